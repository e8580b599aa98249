#include "nn/append.hpp"

namespace noyau::nn {

ValueId softmax(Builder& b, ValueId logits, const std::string& name) {
  return append(b, "softmax", name, {logits});
}

ValueId softmax_cross_entropy(Builder& b, ValueId logits, ValueId target, const std::string& name,
                              const CrossEntropyOptions& o) {
  return append(b, "softmax_cross_entropy", name, {logits, target, kNoValue},
                {{"label_smoothing", o.label_smoothing},
                 {"reduction", o.reduction},
                 {"ignore_index", o.ignore_index}});
}

}  // namespace noyau::nn
