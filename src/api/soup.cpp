#include "api/soup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "api/evaluation.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

void expect_same_network(const std::vector<Member>& members) {
  const ModelCard& first = members[0].card;
  for (const Member& member : members) {
    const ModelCard& card = member.card;
    if (card.model == first.model && card.input == first.input &&
        card.conventions == first.conventions &&
        member.weights.names() == members[0].weights.names())
      continue;
    throw Error(ErrorCode::shape_mismatch, "soup",
                fmt::format("{} at {}x{}", card.model, card.input.height, card.input.width),
                fmt::format("members like the first: {} at {}x{}", first.model, first.input.height,
                            first.input.width),
                "an ensemble takes different networks");
  }
}

/// The mean of the weights of those members, in their order.
Member mean_of(const std::vector<Member>& members, const std::vector<std::size_t>& chosen) {
  Member mean = members[chosen[0]];
  for (const std::string& name : mean.weights.names()) {
    const std::span<float> to = mean.weights.at(name).as<float>();
    for (std::size_t i = 0; i < to.size(); ++i) {
      double sum = 0;
      for (const std::size_t m : chosen) sum += members[m].weights.at(name).as<float>()[i];
      to[i] = float(sum / double(chosen.size()));
    }
  }
  return mean;
}

Member greedy(std::vector<Member>& members, const Dataset& data, ThreadPool& pool) {
  if (data.samples(Split::val).empty())
    throw Error(ErrorCode::invalid_argument, data.path(), "no validation part",
                "one, to judge a greedy soup by", "--soup uniform needs none");
  const auto score = [&](Member& member) {
    return score_of(member.evaluate(data, Split::val, {}, pool));
  };
  std::vector<double> alone;
  for (Member& member : members) alone.push_back(score(member));
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return alone[a] > alone[b]; });
  std::vector<std::size_t> chosen{order[0]};
  double best = alone[order[0]];
  for (std::size_t i = 1; i < order.size(); ++i) {
    std::vector<std::size_t> wider = chosen;
    wider.push_back(order[i]);
    Member mean = mean_of(members, wider);
    const double reached = score(mean);
    if (reached < best) continue;
    best = reached;
    chosen = std::move(wider);
  }
  return mean_of(members, chosen);
}

}  // namespace

Soup parse_soup(std::string_view name) {
  if (name == "none") return Soup::none;
  if (name == "uniform") return Soup::uniform;
  if (name == "greedy") return Soup::greedy;
  throw Error(ErrorCode::invalid_argument, "soup", fmt::format("\"{}\"", name),
              "one of none, uniform, greedy");
}

Member cook(Soup soup, std::vector<Member>& members, const Dataset& data, ThreadPool& pool) {
  expect_same_network(members);
  if (soup == Soup::greedy) return greedy(members, data, pool);
  std::vector<std::size_t> all(members.size());
  std::iota(all.begin(), all.end(), std::size_t(0));
  return mean_of(members, all);
}

}  // namespace noyau::api
