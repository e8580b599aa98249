#include "nn/append.hpp"

namespace noyau::nn {

ValueId softmax(Builder& b, ValueId logits, const std::string& name) {
  return append(b, "softmax", name, {logits});
}

ValueId log_softmax(Builder& b, ValueId logits, const std::string& name) {
  return append(b, "log_softmax", name, {logits});
}

ValueId softmax_cross_entropy(Builder& b, ValueId logits, ValueId target, const std::string& name,
                              const CrossEntropyOptions& o) {
  return append(b, "softmax_cross_entropy", name, {logits, target, o.class_weight},
                {{"label_smoothing", o.label_smoothing},
                 {"reduction", o.reduction},
                 {"ignore_index", o.ignore_index},
                 {"gamma", o.gamma}});
}

ValueId sigmoid_cross_entropy(Builder& b, ValueId logits, ValueId target, const std::string& name,
                              const SigmoidCrossEntropyOptions& o) {
  return append(b, "sigmoid_cross_entropy", name, {logits, target, o.positive_weight, o.weight},
                {{"reduction", o.reduction}});
}

ValueId mse_loss(Builder& b, ValueId x, ValueId target, const std::string& name,
                 const MseLossOptions& o) {
  return append(b, "mse_loss", name, {x, target}, {{"reduction", o.reduction}});
}

}  // namespace noyau::nn
