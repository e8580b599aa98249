#include "zoo/zoo.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest_names.hpp"
#include "noyau/error.hpp"

namespace noyau::zoo {

#define FAMILY(name) std::vector<Variant> name();
#include "zoo/zoo.def"
#undef FAMILY

namespace {

std::vector<Variant> collect() {
  std::vector<Variant> all;
  const auto take = [&all](std::vector<Variant> family) {
    for (Variant& variant : family) all.push_back(std::move(variant));
  };
#define FAMILY(name) take(name());
#include "zoo/zoo.def"
#undef FAMILY
  return all;
}

void check(const ModelSpec& spec, const Variant& variant) {
  const auto at_least_one = [&](const char* what, std::int64_t got) {
    if (got >= 1) return;
    throw Error(ErrorCode::invalid_argument, fmt::format("model {}", spec.name),
                fmt::format("{} {}", got, what), "at least 1");
  };
  at_least_one("input channels", spec.in_channels);
  at_least_one("classes", spec.classes);
  at_least_one("pictures in a batch", spec.batch);
  const nn::Size2 size = spec.image_size;
  if (std::min(size.height, size.width) < variant.smallest_image) {
    throw Error(ErrorCode::invalid_argument, fmt::format("model {}", spec.name),
                fmt::format("pictures of {}x{} pixels", size.height, size.width),
                fmt::format("at least {} pixels a side", variant.smallest_image));
  }
}

}  // namespace

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = collect();
  return all;
}

const Variant& find(std::string_view name) {
  std::vector<std::string> names;
  for (const Variant& variant : variants()) {
    if (variant.name == name) return variant;
    names.push_back(variant.name);
  }
  const std::vector<std::string> close = nearest_names(name, names);
  throw Error(ErrorCode::invalid_argument, "model", fmt::format("unknown model '{}'", name),
              close.empty() ? fmt::format("one of {}", fmt::join(names, ", ")) : "",
              close.empty() ? "" : fmt::format("did you mean {}?", fmt::join(close, ", ")));
}

Graph build(const ModelSpec& spec) {
  const Variant& variant = find(spec.name);
  check(spec, variant);
  Graph graph;
  nn::Builder b{graph, spec.training, spec.double_precision ? DType::f64 : DType::f32};
  const Shape pictures{spec.batch, spec.image_size.height, spec.image_size.width, spec.in_channels};
  const ValueId x = graph.add_input("x", {b.dtype, pictures});
  const ValueId logits = variant.build(b, x, spec.classes);
  graph.set_output("logits", logits);
  if (!spec.training && !spec.with_loss) return graph;
  const ValueId target = graph.add_input("target", {DType::i32, Shape{spec.batch}});
  nn::CrossEntropyOptions options;
  options.label_smoothing = spec.label_smoothing;
  graph.set_output("loss", nn::softmax_cross_entropy(b, logits, target, "loss", options));
  return graph;
}

}  // namespace noyau::zoo
