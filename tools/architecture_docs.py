#!/usr/bin/env python3
"""Fills the tables, the quoted code and the pictures of docs/architectures.md.

Usage: tools/architecture_docs.py [--check] NOYAU

NOYAU is the built command. Between `<!-- noyau: KIND ARGUMENTS -->` and `<!-- end -->` stands what
the function of that KIND gives; each link to architectures/NAME.svg is a picture of network NAME.
With --check nothing is written, and the exit code is 1 when a file is not what it would become.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architectures.md"
COURSE = json.loads((ROOT / "tools" / "course_counts.json").read_text())
BLOCK = re.compile(r"(<!-- noyau: (\w+)([^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
PICTURE = re.compile(r"\(architectures/(\w+)\.svg\)")
SHOWN = {"conv", "grouped conv", "depthwise conv", "linear", "max_pool", "avg_pool",
         "local_response_norm", "global_avg_pool", "adaptive_avg_pool"}


class Noyau:
    def __init__(self, program):
        self.program = program
        self.known = {}

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def summary(self, model):
        if model not in self.known:
            self.known[model] = json.loads(self.run("summary", model, "--json"))
        return self.known[model]

    def picture(self, model):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "picture.svg"
            self.run("summary", model, "--svg", str(path))
            return path.read_text()


def table(head, rows):
    """A Markdown table without the columns that no row fills."""
    filled = [c for c in range(len(head)) if any(row[c] != "" for row in rows)]
    head, rows = [head[c] for c in filled], [[row[c] for c in filled] for row in rows]
    numbers = [rows and all(re.fullmatch(r"[\d,.]*|all", str(row[column])) for row in rows)
               for column in range(len(head))]
    lines = [head, ["---:" if number else "---" for number in numbers], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def extents(layer):
    return "x".join(str(extent) for extent in layer["output"][1:])


def field(layer):
    return "all" if layer["receptive_field"] is None else layer["receptive_field"]


def elements(layer):
    product = 1
    for extent in layer["output"]:
        product *= extent
    return product


def layers(noyau, model):
    """The layers with a window or weights; a column with the course's figures where it has some."""
    course = COURSE.get(model, {})
    head = ["layer", "op", "kernel", "output", "neurons", "field", "weights", "biases", "MACs"]
    rows = []
    for layer in noyau.summary(model)["layers"]:
        if layer["op"] not in SHOWN:
            continue
        weights = layer["parameters"] - layer["biases"]
        row = [f"`{layer['name']}`", layer["op"], layer["kernel"], extents(layer),
               f"{elements(layer):,}", field(layer), f"{weights:,}", f"{layer['biases']:,}",
               f"{layer['macs']:,}"]
        rows.append(row + [course.get(layer["name"], "")] if course else row)
    return table(head + ["course"] if course else head, rows)


def parts(noyau, model, depth):
    """Layers summed over the first `depth` names of their path."""
    rows = []
    for layer in noyau.summary(model)["layers"]:
        name = ".".join(layer["name"].split(".")[: int(depth)])
        if not rows or rows[-1]["name"] != name:
            rows.append({"name": name, "layers": 0, "parameters": 0, "macs": 0})
        row = rows[-1]
        row["layers"] += layer["macs"] > 0
        row["parameters"] += layer["parameters"]
        row["macs"] += layer["macs"]
        row["output"], row["field"] = extents(layer), field(layer)
    return table(["part", "output", "layers with weights", "field", "parameters", "MACs"],
                 [[f"`{r['name']}`", r["output"], r["layers"], r["field"], f"{r['parameters']:,}",
                   f"{r['macs']:,}"] for r in rows if r["parameters"] or r["layers"]])


def stage_of(layer):
    found = re.match(r"layer(\d)", layer["name"])
    if found:
        return found.group()
    return "stem" if layer["receptive_field"] is not None else "head"


def block_text(summary, stage):
    """"[1x1 64, 3x3 64, 1x1 256] x3": the convolutions of the stage's second block."""
    blocks = {layer["name"].split(".")[1] for layer in summary["layers"]
              if layer["name"].startswith(stage + ".")}
    convolutions = [f"{layer['kernel'].replace('g', 'C=')} {layer['output'][-1]}"
                    for layer in summary["layers"]
                    if layer["name"].startswith(stage + ".1.") and layer["op"].endswith("conv")]
    return f"[{', '.join(convolutions)}] x{len(blocks)}"


def stages(noyau, *models):
    rows = {}
    for model in models:
        summary = noyau.summary(model)
        for layer in summary["layers"]:
            row = rows.setdefault(stage_of(layer), {})
            row["output"] = extents(layer)
            cell = row.setdefault(model, {"parameters": 0, "macs": 0})
            cell["parameters"] += layer["parameters"]
            cell["macs"] += layer["macs"]
    head = ["stage", "output"]
    for model in models:
        head += [model, "parameters", "MACs"]
    lines = []
    for stage, row in rows.items():
        line = [stage, row["output"]]
        for model in models:
            text = block_text(noyau.summary(model), stage) if stage.startswith("layer") else {
                "stem": "7x7 s2 64, max pool 3x3 s2", "head": "global pool, linear 1000"}[stage]
            line += [text, f"{row[model]['parameters']:,}", f"{row[model]['macs']:,}"]
        lines.append(line)
    total = ["total", ""]
    for model in models:
        summary = noyau.summary(model)
        total += ["", f"{summary['parameters']:,}", f"{summary['macs']:,}"]
    return table(head, lines + [total])


def counts(noyau, *models):
    """Parameters and MACs beside those that papers print."""
    rows = []
    for row in json.loads(noyau.run("compare", "--counts", "--json", *models)):
        published = row["published"] or {}
        printed = published.get("parameters_m")
        macs = published.get("macs_m")
        rows.append([f"{row['model']} at {row['input'][-2]}", f"{row['macs'] / 1e6:,.1f}",
                     f"{macs:,g}" if macs else "", f"{row['parameters'] / 1e6:,.2f}",
                     f"{printed:g}" if printed else "", f"{row['weight_bytes'] / 1e6:,.1f}",
                     published.get("reason", "")])
    return table(["network", "M multiply-adds", "printed", "M parameters", "printed", "MB of weights",
                  "why they differ"], rows)


def code(noyau, path, name):
    """The function `name` of a source file, from its first line to its closing brace."""
    lines = (ROOT / path).read_text().splitlines()
    start = next(i for i, line in enumerate(lines)
                 if re.match(rf"\s*\w[\w:&<> ]* {name}\(", line) and not line.rstrip().endswith(";"))
    indent = re.match(r"\s*", lines[start]).group()
    end = next(i for i in range(start, len(lines)) if lines[i] == indent + "}")
    body = [line[len(indent):] for line in lines[start:end + 1]]
    return "\n".join(["```cpp", *body, "```"]) + "\n"


def fill(noyau, page):
    kinds = {"layers": layers, "parts": parts, "stages": stages, "counts": counts, "code": code}
    return BLOCK.sub(lambda m: m[1] + kinds[m[2]](noyau, *m[3].split()) + m[4], page)


def main(arguments):
    check = "--check" in arguments
    programs = [argument for argument in arguments if argument != "--check"]
    if len(programs) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    noyau = Noyau(programs[0])
    page = PAGE.read_text()
    files = {PAGE: fill(noyau, page)}
    for model in sorted(set(PICTURE.findall(page))):
        files[PAGE.parent / "architectures" / f"{model}.svg"] = noyau.picture(model)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path])
        print(f"{path.relative_to(ROOT)}: {'is stale' if check else 'written'}")
    if check and stale:
        print("run tools/architecture_docs.py with the built command to renew them")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
