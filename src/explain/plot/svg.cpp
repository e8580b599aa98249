#include "explain/plot/svg.hpp"

#include <fmt/format.h>

#include "explain/text.hpp"

namespace noyau::explain {

const std::string_view kPlotStyle = R"(
text{font-family:"DejaVu Sans",Verdana,"Segoe UI",Arial,sans-serif;fill:#24292f;font-size:12px}
.back{fill:#ffffff}
.title{font-size:16px;font-weight:600}
.label{fill:#57606a}
.grid{stroke:#e4e8ec;stroke-width:1;fill:none}
.frame{stroke:#8c959f;stroke-width:1;fill:none}
.mark{stroke:#8c959f;stroke-width:1;stroke-dasharray:4 4}
.curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.s0{stroke:#1f6fb4}.s1{stroke:#c9510c}.s2{stroke:#2a8a4a}.s3{stroke:#7b4fb5}
.d0{fill:#1f6fb4}.d1{fill:#c9510c}.d2{fill:#2a8a4a}.d3{fill:#7b4fb5}
.hit{fill:#1f6fb4}.miss{fill:#c9510c}
.on{fill:#ffffff}
)";

std::string svg_open(double width, double height, std::string_view title, bool standalone) {
  const std::string name = markup_escaped(title);
  std::string out = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" role="img" aria-label="{2}">)",
      width, height, name);
  if (standalone)
    out += fmt::format(
        "\n<title>{}</title>\n<style>{}</style>\n"
        "<rect class=\"back\" width=\"{:g}\" height=\"{:g}\"/>",
        name, kPlotStyle, width, height);
  return out + '\n';
}

std::string svg_text(double x, double y, std::string_view css_class, std::string_view anchor,
                     std::string_view text, std::string_view extra) {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\"{}{}>{}</text>\n", x, y,
      css_class, anchor, extra.empty() ? "" : " ", extra, markup_escaped(text));
}

std::string svg_line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, css_class);
}

double text_width(std::string_view text, double font_size) {
  // DejaVu Sans and Verdana, the widest of the named fonts, average 0.6 em per letter.
  return 0.6 * font_size * static_cast<double>(characters(text));
}

}  // namespace noyau::explain
