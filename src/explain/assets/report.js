"use strict";
(() => {
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const data = JSON.parse(document.getElementById("curves")?.textContent ?? "null");
  const palette = ["--blue", "--orange", "--green", "--violet"];
  const charts = [];

  function recolour(chart) {
    chart.data.datasets.forEach((set, i) => {
      const colour = style(palette[i % palette.length]);
      Object.assign(set, {
        borderColor: colour, backgroundColor: colour,
        pointBorderColor: colour, pointBackgroundColor: colour,
      });
    });
    for (const scale of Object.values(chart.options.scales)) {
      scale.grid.color = style("--grid");
      scale.ticks.color = scale.title.color = style("--soft");
    }
    chart.options.plugins.legend.labels.color = style("--ink");
  }

  function draw(plot) {
    const canvas = document.getElementById("curve-" + plot.id);
    const single = data.epochs.length === 1;
    const dots = single ? 5 : data.epochs.length > 40 ? 0 : 2;
    const first = data.epochs[0], last = data.epochs[data.epochs.length - 1];
    const axis = text => ({
      type: "linear", grid: {}, ticks: {maxTicksLimit: 11, maxRotation: 0}, title: {display: true, text},
    });
    const x = Object.assign(axis("epoch"), single ? {min: first - 1, max: last + 1} : {min: first, max: last});
    x.ticks.callback = value => Number.isInteger(value) && value >= first && value <= last ? value : "";
    const y = Object.assign(axis(plot.label), {beginAtZero: single});
    y.ticks.callback = function (value, index, ticks) {
      const tiny = value !== 0 && Math.abs(value) < 1e-3;
      return tiny ? Number(value.toPrecision(3)).toExponential() : Chart.Ticks.formatters.numeric.call(this, value, index, ticks);
    };
    const config = {
      type: "line",
      data: {
        datasets: plot.curves.map(curve => ({
          label: curve.name, data: curve.values.map((value, i) => ({x: data.epochs[i], y: value})),
          borderWidth: 2, tension: 0, pointRadius: dots, pointHoverRadius: 5, clip: 6,
        })),
      },
      options: {
        animation: false, maintainAspectRatio: false,
        interaction: {mode: "index", intersect: false},
        scales: {x, y},
        plugins: {
          legend: {display: plot.curves.length > 1, labels: {boxWidth: 14, boxHeight: 1, padding: 8}},
          tooltip: {
            callbacks: {
              title: items => "epoch " + items[0].parsed.x,
              label: item => item.dataset.label + ": " + Number(item.parsed.y.toPrecision(4)),
            },
          },
        },
      },
    };
    recolour(config);
    charts.push(new Chart(canvas, config));
  }

  if (data && window.Chart) {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    data.plots.forEach(draw);
    const refresh = () => charts.forEach(chart => { recolour(chart); chart.update("none"); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
    // Printing uses the light colours and the width of the paper.
    matchMedia("print").addEventListener("change", refresh);
    addEventListener("beforeprint", () => charts.forEach(chart => chart.resize()));
    addEventListener("afterprint", () => charts.forEach(chart => chart.resize()));
  }

  const copy = document.getElementById("copy");
  copy?.addEventListener("click", async () => {
    const code = document.getElementById("command");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
        const numeric = column > 0;
        const order = (a, b) => {
          if (!numeric) return key(a).localeCompare(key(b));
          const x = parseFloat(key(a)), y = parseFloat(key(b));
          // Classes without a value stay at the end in both directions.
          if (isNaN(x) || isNaN(y)) return (isNaN(x) - isNaN(y)) * (down ? -1 : 1);
          return x - y;
        };
        const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * order(a, b));
        table.tBodies[0].append(...rows);
      });
    });
  }

  const heat = document.querySelector(".heat svg");
  if (heat) {
    const tip = document.getElementById("tip");
    // The tip replaces the browser's own tooltip, which comes late and not on touch screens.
    for (const title of heat.querySelectorAll("rect > title")) {
      title.parentNode.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    const show = event => {
      const text = event.target.getAttribute?.("aria-label");
      tip.hidden = event.target.tagName !== "rect" || !text;
      if (tip.hidden) return;
      tip.textContent = text;
      tip.style.left = Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
      tip.style.top = Math.max(8, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)) + "px";
    };
    heat.addEventListener("pointermove", show);
    heat.addEventListener("pointerdown", show);
    heat.addEventListener("pointerleave", () => { tip.hidden = true; });
  }
})();
