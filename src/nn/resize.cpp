#include "nn/append.hpp"

namespace noyau::nn {

ValueId resize(Builder& b, ValueId x, const std::string& name, const ResizeOptions& o) {
  return append(b, "resize", name, {x},
                {{"size", o.size},
                 {"mode", o.mode},
                 {"align_corners", o.align_corners},
                 {"antialias", o.antialias}});
}

}  // namespace noyau::nn
