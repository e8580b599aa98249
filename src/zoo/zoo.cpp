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
  at_least_one("slices", spec.depth);
  if (spec.depth > 1 && !variant.volumes)
    throw Error(ErrorCode::invalid_argument, fmt::format("model {}", spec.name),
                fmt::format("volumes of {} slices", spec.depth),
                "pictures, or one of the networks for volumes: resnet3d_18, resnet3d_34, "
                "r2plus1d_18");
  const nn::Size2 size = spec.image_size;
  if (std::min(size.height, size.width) < variant.smallest_image) {
    throw Error(ErrorCode::invalid_argument, fmt::format("model {}", spec.name),
                fmt::format("pictures of {}x{} pixels", size.height, size.width),
                fmt::format("at least {} pixels a side", variant.smallest_image));
  }
}

Shape input_shape(const ModelSpec& spec, const Variant& variant) {
  const nn::Size2 size = spec.image_size;
  if (variant.volumes)
    return Shape{spec.batch, spec.depth, size.height, size.width, spec.in_channels};
  return Shape{spec.batch, size.height, size.width, spec.in_channels};
}

// The networks that can serve what this one cannot.
std::vector<std::string> serving(const ModelSpec& spec) {
  std::vector<std::string> names;
  for (const Variant& variant : variants()) {
    Graph graph;
    nn::Builder b{.graph = graph, .training = true};
    ModelSpec other = spec;
    other.image_size = variant.published.image_size;
    variant.build(b, graph.add_input("x", {b.dtype, input_shape(other, variant)}), {});
    b.regularisation = spec.regularisation;
    if (nn::unserved(b).empty()) names.push_back(variant.name);
  }
  return names;
}

void expect_served(const nn::Builder& b, const ModelSpec& spec) {
  const std::string setting = nn::unserved(b);
  if (setting.empty()) return;
  throw Error(ErrorCode::invalid_argument, fmt::format("model {}", spec.name),
              fmt::format("{}, for which it has no layer", setting),
              fmt::format("one of {}", fmt::join(serving(spec), ", ")));
}

ValueId add_loss(nn::Builder& b, const Heads& heads, const ModelSpec& spec, double aux_weight) {
  const nn::LossInputs inputs = nn::add_loss_inputs(b, Shape{spec.batch, spec.classes}, spec.loss);
  ValueId loss = nn::training_loss(b, heads.logits, inputs, "loss", spec.loss);
  for (std::size_t i = 0; i < heads.aux.size(); ++i) {
    const std::string name = fmt::format("aux{}_loss", i + 1);
    const ValueId aux = nn::training_loss(b, heads.aux[i], inputs, name, spec.loss);
    loss = nn::add(b, loss, nn::scale(b, aux, aux_weight, name + ".weighted"), name + ".sum");
  }
  return loss;
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
  nn::Builder b{.graph = graph,
                .training = spec.training,
                .dtype = spec.double_precision ? DType::f64 : DType::f32,
                .drop = spec.drop,
                .regularisation = spec.regularisation,
                .conventions = spec.conventions};
  const bool aux = spec.training && spec.aux_heads && variant.aux_weight > 0;
  const auto network = [&](nn::Builder& to) {
    const ValueId x = to.graph.add_input("x", {to.dtype, input_shape(spec, variant)});
    return variant.build(to, x, {spec.classes, aux, spec.zero_gamma});
  };
  nn::count_shortcuts(b, network);
  const Heads heads = network(b);
  expect_served(b, spec);
  graph.set_output("logits", heads.logits);
  for (std::size_t i = 0; i < heads.aux.size(); ++i)
    graph.set_output(fmt::format("aux{}", i + 1), heads.aux[i]);
  if (spec.training || spec.with_loss)
    graph.set_output("loss",
                     add_loss(b, heads, spec, spec.aux_weight.value_or(variant.aux_weight)));
  return graph;
}

}  // namespace noyau::zoo
