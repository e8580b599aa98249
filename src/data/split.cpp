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

namespace {

using Members = std::vector<std::size_t>;

/// Deals out each class by `deal(members, part)`, whose members are shuffled.
template <class Deal>
Parts dealt(const std::vector<Sample>& samples, std::uint64_t seed, const Deal& deal) {
  std::map<std::int32_t, Members> by_class;
  for (std::size_t i = 0; i < samples.size(); ++i) by_class[samples[i].label].push_back(i);
  std::vector<Split> part(samples.size(), Split::train);
  for (auto& [label, members] : by_class) {
    Random random(seed, kStream, std::uint64_t(label));
    shuffle(members, random);
    deal(members, part);
  }
  Parts parts;
  std::vector<Sample>* lists[] = {&parts.train, &parts.val, &parts.test};
  for (std::size_t i = 0; i < samples.size(); ++i)
    lists[std::size_t(part[i])]->push_back(samples[i]);
  return parts;
}

}  // namespace

std::vector<Sample> at_most_per_class(const std::vector<Sample>& samples, std::int64_t count,
                                      std::uint64_t seed) {
  return dealt(samples, seed,
               [&](const Members& members, std::vector<Split>& part) {
                 for (auto i = std::size_t(count); i < members.size(); ++i)
                   part[members[i]] = Split::test;
               })
      .train;
}

Parts stratified_split(const std::vector<Sample>& samples, double val_fraction,
                       double test_fraction, std::uint64_t seed) {
  check_fractions(val_fraction, test_fraction);
  return dealt(samples, seed, [&](const Members& members, std::vector<Split>& part) {
    const std::size_t limit = members.size() - 1;  // one stays for training
    const std::size_t test = std::min(share(members.size(), test_fraction), limit);
    const std::size_t val = std::min(share(members.size(), val_fraction), limit - test);
    for (std::size_t k = 0; k < test; ++k) part[members[k]] = Split::test;
    for (std::size_t k = test; k < test + val; ++k) part[members[k]] = Split::val;
  });
}

Parts stratified_fold(const std::vector<Sample>& samples, double val_fraction, std::int64_t folds,
                      std::int64_t fold, std::uint64_t seed) {
  if (folds < 2 || fold < 0 || fold >= folds)
    throw Error(ErrorCode::invalid_argument, "fold",
                std::to_string(fold) + " of " + std::to_string(folds),
                "0 to folds - 1, of two folds or more");
  check_fractions(val_fraction, 0);
  return dealt(samples, seed, [&](const Members& members, std::vector<Split>& part) {
    Members others;
    for (std::size_t k = 0; k < members.size(); ++k) {
      if (std::int64_t(k) % folds == fold)
        part[members[k]] = Split::test;
      else
        others.push_back(members[k]);
    }
    if (others.empty()) return;
    const std::size_t val = std::min(share(others.size(), val_fraction), others.size() - 1);
    for (std::size_t k = 0; k < val; ++k) part[others[k]] = Split::val;
  });
}

Parts split_as_asked(const std::vector<Sample>& samples, const DataOptions& options, bool has_val,
                     bool has_test) {
  const double val = has_val ? 0 : options.val_fraction;
  if (options.folds > 0)
    return stratified_fold(samples, val, options.folds, options.fold, options.seed);
  return stratified_split(samples, val, has_val || has_test ? 0 : options.test_fraction,
                          options.seed);
}

}  // namespace noyau::data
