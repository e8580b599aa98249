#include "train_flags.hpp"

#include <fmt/format.h>

namespace noyau::cli {
namespace {

const char* type_of(OptionInfo::Kind kind) {
  switch (kind) {
    case OptionInfo::Kind::integer:
      return "INT";
    case OptionInfo::Kind::number:
      return "NUMBER";
    default:
      return "NAME";
  }
}

}  // namespace

void TrainFlags::add_to(Parser& parser) {
  const TrainOptions defaults;
  for (const OptionInfo& info : train_options()) {
    std::string& text = texts_[info.name];
    // What the optimizer or the schedule decides has no default of its own.
    const std::string value = get_option(defaults, info.name);
    const std::string shown = value.empty() ? "" : fmt::format(" [{}]", value);
    const std::string help = fmt::format(
        "{}{}{}", info.help, info.range.starts_with("one of") ? "; " + info.range : "", shown);
    if (info.kind == OptionInfo::Kind::flag)
      parser.on_off(info.name, &text, help);
    else
      parser.text("--" + info.name, &text, help, type_of(info.kind));
  }
}

std::vector<std::pair<std::string, std::string>> TrainFlags::given() const {
  std::vector<std::pair<std::string, std::string>> list;
  // In the order of args.toml, so that the first wrong flag of two is always the same one.
  for (const OptionInfo& info : train_options())
    if (const std::string& text = texts_.at(info.name); !text.empty())
      list.emplace_back(info.name, text);
  return list;
}

void TrainFlags::apply(TrainOptions& options) const {
  for (const auto& [name, text] : given()) set_option(options, name, text);
}

}  // namespace noyau::cli
