#include "nn/append.hpp"

namespace noyau::nn {

ValueId batch_norm(Builder& b, ValueId x, const std::string& name, const BatchNormOptions& o) {
  const Shape shape{b.channels(x)};
  const auto constant = [](double value) { return Init{Init::Kind::constant, value, 0}; };
  ValueId weight = kNoValue, bias = kNoValue;
  if (o.affine) {
    weight = b.graph.add_parameter(name + ".weight", shape, constant(o.weight_init), b.dtype);
    bias = b.graph.add_parameter(name + ".bias", shape, constant(0), b.dtype);
  }
  const ValueId mean = b.graph.add_state(name + ".running_mean", shape, constant(0), b.dtype);
  const ValueId variance = b.graph.add_state(name + ".running_var", shape, constant(1), b.dtype);
  return append(b, "batch_norm", name, {x, weight, bias, mean, variance, kNoValue},
                {{"eps", o.eps}, {"momentum", o.momentum}, {"training", b.training}});
}

ValueId local_response_norm(Builder& b, ValueId x, const std::string& name,
                            const LocalResponseNormOptions& o) {
  return append(b, "local_response_norm", name, {x},
                {{"size", o.size}, {"alpha", o.alpha}, {"beta", o.beta}, {"k", o.k}});
}

}  // namespace noyau::nn
