#include "nn/append.hpp"

namespace noyau::nn {

ValueId relu(Builder& b, ValueId x, const std::string& name) {
  return append(b, "relu", name, {x});
}

ValueId activation(Builder& b, ValueId x, const std::string& name, Activation function) {
  switch (function) {
#define NOYAU_ACTIVATION(op, ...) \
  case Activation::op:            \
    return append(b, #op, name, {x});
#include "base/activations.def"
#undef NOYAU_ACTIVATION
    case Activation::gelu_tanh:
      return append(b, "gelu", name, {x}, {{"approximate", "tanh"}});
    case Activation::none:
      break;
  }
  return x;
}

ValueId leaky_relu(Builder& b, ValueId x, const std::string& name, double negative_slope) {
  return append(b, "leaky_relu", name, {x}, {{"negative_slope", negative_slope}});
}

ValueId elu(Builder& b, ValueId x, const std::string& name, double alpha) {
  return append(b, "elu", name, {x}, {{"alpha", alpha}});
}

ValueId prelu(Builder& b, ValueId x, const std::string& name, const PReluOptions& o) {
  const Shape shape{o.per_channel ? b.channels(x) : 1};
  const Init init{Init::Kind::constant, o.init, 0};
  return append(b, "prelu", name,
                {x, b.graph.add_parameter(name + ".weight", shape, init, b.dtype)});
}

}  // namespace noyau::nn
