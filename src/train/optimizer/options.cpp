#include "train/optimizer/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

constexpr std::array<std::string_view, 8> kNames = {
#define NOYAU_OPTIMIZER(name, ...) #name,
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
};

void require(bool holds, const char* field, double got, const char* expected) {
  if (holds) return;
  throw Error(ErrorCode::invalid_argument, fmt::format("optimizer {}", field),
              fmt::format("{}", got), expected);
}

void require_share(double value, const char* field) {
  require(value >= 0 && value < 1, field, value, "0 or more, below 1");
}

}  // namespace

std::string_view to_string(OptimizerKind kind) { return kNames[std::size_t(kind)]; }

OptimizerKind parse_optimizer(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return OptimizerKind(i);
  }
  throw Error(ErrorCode::invalid_argument, "optimizer", fmt::format("'{}'", name),
              fmt::format("one of {}", fmt::join(kNames, ", ")));
}

OptimizerDefaults optimizer_defaults(OptimizerKind kind) {
  static constexpr std::array<OptimizerDefaults, kNames.size()> kRows = {
#define NOYAU_OPTIMIZER(name, rate, decay, eps_, settings) \
  OptimizerDefaults{rate, decay, {.kind = OptimizerKind::name, .eps = eps_}, settings},
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
  };
  return kRows[std::size_t(kind)];
}

void check(const OptimizerOptions& o) {
  require_share(o.momentum, "momentum");
  require_share(o.dampening, "dampening");
  require_share(o.beta1, "beta1");
  require_share(o.beta2, "beta2");
  require_share(o.alpha, "alpha");
  require(o.eps > 0 && std::isfinite(o.eps), "eps", o.eps, "a finite number above 0");
  require(o.rate_decay >= 0 && std::isfinite(o.rate_decay), "rate_decay", o.rate_decay,
          "a finite number, 0 or more");
  require(o.trust_coefficient > 0 && std::isfinite(o.trust_coefficient), "trust_coefficient",
          o.trust_coefficient, "a finite number above 0");
  require(!o.nesterov || o.momentum > 0, "nesterov", o.momentum, "a momentum above 0");
  require(!o.nesterov || o.dampening == 0, "nesterov", o.dampening, "a dampening of 0");
}

}  // namespace noyau::training
