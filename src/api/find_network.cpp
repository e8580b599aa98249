#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/weight_file.hpp"
#include "io/match.hpp"
#include "noyau/error.hpp"
#include "zoo/zoo.hpp"

namespace noyau::api {

std::int64_t classes_of_head(const WeightMatch& match, std::int64_t classes) {
  if (match.misshapen.empty() || !match.missing.empty()) return classes;
  const std::int64_t found =
      match.misshapen.front().found.empty() ? classes : match.misshapen.front().found.front();
  for (const MisshapenTensor& tensor : match.misshapen) {
    std::vector<std::int64_t> expected = tensor.expected;
    if (expected.empty() || expected.front() != classes) return classes;
    expected.front() = found;
    if (expected != tensor.found) return classes;
  }
  return found;
}

std::string find_network(const WeightFile& file) {
  std::vector<std::string> fitting;
  std::string nearest;
  std::size_t most = 0;
  for (const zoo::Variant& variant : zoo::variants()) {
    const NetworkSpec spec = spec_of(ModelOptions{.name = variant.name});
    const WeightMatch match =
        io::match_weights(io::expected_tensors(build_inference(spec, 1)), file.tensors());
    const bool other_head = classes_of_head(match, spec.classes) != spec.classes;
    if (match.unexpected.empty() && (match.complete() || other_head))
      fitting.push_back(variant.name);
    if (match.matching.size() <= most) continue;
    most = match.matching.size();
    nearest = fmt::format("{}, of which {} tensors are in the file", variant.name, most);
  }
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty())
    throw Error(ErrorCode::unsupported, file.path(),
                "does not say which network it is for, and fits none of the zoo",
                nearest.empty() ? "" : "nearest: " + nearest,
                "noyau weights match FILE --model NAME lists what differs");
  throw Error(ErrorCode::unsupported, file.path(),
              fmt::format("fits several networks: {}", fmt::join(fitting, ", ")), "one of them",
              "--model NAME chooses");
}

}  // namespace noyau::api
