#include <fmt/format.h>

#include "nn/append.hpp"

namespace noyau::nn {
namespace {

double share_of_depth(const Builder& b, const std::string& name, std::int64_t l) {
  if (b.all_shortcuts == 0)
    refuse("drop_path", name, "an unknown number of shortcuts", "count_shortcuts before");
  return double(l) / double(b.all_shortcuts);
}

}  // namespace

ValueId add_shortcut(Builder& b, ValueId branch, ValueId shortcut, const std::string& name,
                     const DropPathOptions& own) {
  const std::int64_t l = ++b.regularised.shortcuts;
  double p = b.regularisation.drop_path;
  if (p < 0)
    p = own.p;
  else if (p > 0 && b.training)
    p *= share_of_depth(b, name, l);
  return add(b, drop_path(b, branch, name + ".drop_path", {.p = p}), shortcut, name + ".add");
}

ValueId head_dropout(Builder& b, ValueId x, const std::string& name, const DropoutOptions& own) {
  ++b.regularised.head_dropouts;
  const double p = b.regularisation.dropout;
  return dropout(b, x, name, {.p = p >= 0 ? p : own.p});
}

ValueId classifier(Builder& b, ValueId x, const std::string& name, LinearOptions options) {
  ++b.regularised.classifiers;
  options.drop_connect = b.regularisation.drop_connect;
  return linear(b, x, name, options);
}

void count_shortcuts(Builder& b, const std::function<void(Builder&)>& network) {
  if (!b.training || !(b.regularisation.drop_path > 0)) return;
  Graph graph;
  Builder counting{graph, b.training, b.dtype};
  network(counting);
  b.all_shortcuts = counting.regularised.shortcuts;
}

std::string unserved(const Builder& b) {
  const auto& [drop_path, dropout, drop_connect] = b.regularisation;
  if (drop_path > 0 && b.regularised.shortcuts == 0) return fmt::format("drop_path {}", drop_path);
  if (dropout > 0 && b.regularised.head_dropouts == 0) return fmt::format("dropout {}", dropout);
  if (drop_connect > 0 && b.regularised.classifiers == 0)
    return fmt::format("drop_connect {}", drop_connect);
  return {};
}

}  // namespace noyau::nn
