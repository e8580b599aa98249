#include "nn/append.hpp"

namespace noyau::nn {
namespace {

Init constant(double value) { return {Init::Kind::constant, value, 0}; }

struct Affine {
  ValueId weight = kNoValue, bias = kNoValue;
};

Affine add_affine(Builder& b, const std::string& name, const Shape& shape, double weight_init) {
  return {b.graph.add_parameter(name + ".weight", shape, constant(weight_init), b.dtype),
          b.graph.add_parameter(name + ".bias", shape, constant(0), b.dtype)};
}

}  // namespace

ValueId batch_norm(Builder& b, ValueId x, const std::string& name, const BatchNormOptions& o) {
  const Shape shape{b.channels(x)};
  const Affine affine = o.affine ? add_affine(b, name, shape, o.weight_init) : Affine();
  const ValueId mean = b.graph.add_state(name + ".running_mean", shape, constant(0), b.dtype);
  const ValueId variance = b.graph.add_state(name + ".running_var", shape, constant(1), b.dtype);
  return append(b, "batch_norm", name, {x, affine.weight, affine.bias, mean, variance, kNoValue},
                {{"eps", b.conventions.norm_eps > 0 ? b.conventions.norm_eps : o.eps},
                 {"momentum", o.momentum},
                 {"training", b.training}});
}

ValueId group_norm(Builder& b, ValueId x, const std::string& name, const GroupNormOptions& o) {
  const Shape shape{b.channels(x)};
  const Affine affine = o.affine ? add_affine(b, name, shape, o.weight_init) : Affine();
  return append(b, "group_norm", name, {x, affine.weight, affine.bias},
                {{"groups", o.groups}, {"eps", o.eps}});
}

ValueId layer_norm(Builder& b, ValueId x, const std::string& name, const LayerNormOptions& o) {
  const bool all = o.axes == LayerNormOptions::Axes::all;
  const Shape& shape = b.graph.shape(x);
  std::vector<std::int64_t> extents{b.channels(x)};
  for (int axis = 1; all && axis < shape.rank() - 1; ++axis) extents.push_back(shape[axis]);
  const Affine affine = o.affine ? add_affine(b, name, Shape(extents), 1) : Affine();
  return append(b, "layer_norm", name, {x, affine.weight, affine.bias},
                {{"axes", all ? "all" : "channels"}, {"eps", o.eps}});
}

ValueId local_response_norm(Builder& b, ValueId x, const std::string& name,
                            const LocalResponseNormOptions& o) {
  return append(b, "local_response_norm", name, {x},
                {{"size", o.size}, {"alpha", o.alpha}, {"beta", o.beta}, {"k", o.k}});
}

}  // namespace noyau::nn
