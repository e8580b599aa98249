#include "data/split.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr std::uint64_t kStream = 0x73706c69;

std::size_t share(std::size_t count, double fraction) {
  if (fraction == 0) return 0;
  const std::size_t rounded = std::size_t(std::llround(double(count) * fraction));
  return count >= 3 ? std::max<std::size_t>(rounded, 1) : rounded;
}

}  // namespace

void check_fractions(double val_fraction, double test_fraction) {
  if (val_fraction >= 0 && test_fraction >= 0 && val_fraction + test_fraction < 1) return;
  throw Error(
      ErrorCode::invalid_argument, "split",
      "validation " + std::to_string(val_fraction) + ", test " + std::to_string(test_fraction),
      "fractions of at least 0 that leave something to train on");
}

Parts stratified_split(const std::vector<Sample>& samples, double val_fraction,
                       double test_fraction, std::uint64_t seed) {
  check_fractions(val_fraction, test_fraction);
  std::map<std::int32_t, std::vector<std::size_t>> by_class;
  for (std::size_t i = 0; i < samples.size(); ++i) by_class[samples[i].label].push_back(i);
  std::vector<Split> part(samples.size(), Split::train);
  for (auto& [label, members] : by_class) {
    Random random(seed, kStream, std::uint64_t(label));
    shuffle(members, random);
    const std::size_t limit = members.size() - 1;  // one stays for training
    const std::size_t test = std::min(share(members.size(), test_fraction), limit);
    const std::size_t val = std::min(share(members.size(), val_fraction), limit - test);
    for (std::size_t k = 0; k < test; ++k) part[members[k]] = Split::test;
    for (std::size_t k = test; k < test + val; ++k) part[members[k]] = Split::val;
  }
  Parts parts;
  std::vector<Sample>* lists[] = {&parts.train, &parts.val, &parts.test};
  for (std::size_t i = 0; i < samples.size(); ++i)
    lists[std::size_t(part[i])]->push_back(samples[i]);
  return parts;
}

}  // namespace noyau::data
