#include "data/check/issues.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace noyau::data {
namespace {

constexpr double kBlankContrast = 2;    // levels of 255
constexpr std::int64_t kTinySide = 16;  // pixels
constexpr double kTinyShare = 0.25;     // of the median's shorter side
constexpr double kElongated = 4;        // longer to shorter side
constexpr double kRareColour = 0.05;    // share of grey among colour pictures, or the reverse

std::int64_t shorter(const PictureFacts& facts) { return std::min(facts.width, facts.height); }

std::string size_text(const PictureFacts& facts) {
  return std::to_string(facts.width) + " x " + std::to_string(facts.height) + " pixels";
}

/// What an extension promises; empty = nothing that could be wrong.
std::string_view promised_format(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) return {};
  std::string extension(name.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return char(std::tolower(c)); });
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kFormats = {
      {{"jpg", "JPEG"},
       {"jpeg", "JPEG"},
       {"jpe", "JPEG"},
       {"jfif", "JPEG"},
       {"png", "PNG"},
       {"npy", "NPY"},
       {"webp", "WebP"}}};
  for (const auto& [known, format] : kFormats)
    if (extension == known) return format;
  return {};
}

/// What all pictures together say of each one.
struct Usual {
  std::int64_t side = 0;  ///< median of the shorter sides
  std::size_t colour = 0, grey = 0;

  bool is_rare(bool coloured) const {
    const std::size_t count = coloured ? colour : grey;
    return double(count) < kRareColour * double(colour + grey);
  }
};

Usual usual_of(std::span<const Examined> pictures) {
  Usual usual;
  std::vector<std::int64_t> sides;
  for (const Examined& picture : pictures) {
    if (!picture.facts.readable) continue;
    sides.push_back(shorter(picture.facts));
    ++(picture.facts.colour ? usual.colour : usual.grey);
  }
  if (sides.empty()) return usual;
  std::ranges::nth_element(sides, sides.begin() + std::ptrdiff_t(sides.size() / 2));
  usual.side = sides[sides.size() / 2];
  return usual;
}

class Finder {
 public:
  explicit Finder(std::span<const Examined> pictures) : usual_(usual_of(pictures)) {}

  void look_at(const Examined& picture, std::int64_t index) {
    const PictureFacts& facts = picture.facts;
    const auto add = [&](const char* kind, std::string detail) {
      issues.push_back({kind, facts.name, index, std::move(detail)});
    };
    if (!facts.readable) return add("unreadable", picture.failure);
    if (facts.contrast < kBlankContrast) add("blank", "all pixels are nearly the same");
    const double side = double(shorter(facts));
    if (side < kTinySide || side < kTinyShare * double(usual_.side)) add("tiny", size_text(facts));
    if (double(std::max(facts.width, facts.height)) > kElongated * side)
      add("elongated", size_text(facts));
    const std::string_view promised = promised_format(facts.name);
    if (!promised.empty() && promised != facts.format)
      add("extension", "the file is a " + facts.format);
    if (usual_.is_rare(facts.colour))
      add("colour", facts.colour ? "colour among grey pictures" : "grey among colour pictures");
  }

  std::vector<Issue> issues;

 private:
  Usual usual_;
};

}  // namespace

std::vector<Issue> find_issues(std::span<const Examined> pictures,
                               const std::vector<Skipped>& skipped) {
  Finder finder(pictures);
  for (const Skipped& file : skipped)
    finder.issues.push_back({"unreadable", file.path, -1, file.reason});
  for (std::size_t i = 0; i < pictures.size(); ++i) finder.look_at(pictures[i], std::int64_t(i));
  std::ranges::stable_sort(finder.issues, [](const Issue& a, const Issue& b) {
    const bool first = a.kind == "unreadable", second = b.kind == "unreadable";
    if (first != second) return first;
    return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
  });
  return std::move(finder.issues);
}

}  // namespace noyau::data
