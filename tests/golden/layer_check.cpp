#include "golden/layer_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "golden/fill.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/session.hpp"

namespace noyau::golden {
namespace {

using nlohmann::json;
using Ints = std::vector<std::int64_t>;

struct Array {
  Ints shape;  // as PyTorch has it
  std::vector<double> values;
};

Array read(const json& j) {
  Array array{j.at("shape").get<Ints>(), {}};
  if (j.contains("values")) {
    array.values = j.at("values").get<std::vector<double>>();
    return array;
  }
  std::int64_t count = 1;
  for (const std::int64_t extent : array.shape) count *= extent;
  const std::uint64_t hash = fnv1a(j.at("fill").get<std::string>());
  const double scale = j.value("scale", 1.0), offset = j.value("offset", 0.0);
  for (std::int64_t i = 0; i < count; ++i) {
    const double u = uniform(hash, i);
    array.values.push_back(offset + scale * (j.value("abs", false) ? std::fabs(u) : u));
  }
  return array;
}

bool is_picture(const Array& a) { return a.shape.size() >= 3; }

Ints channels_last(Ints shape) {
  if (shape.size() >= 3) std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
  return shape;
}

// Values of [N, C, pixels] in the order of [N, pixels, C].
std::vector<double> channels_last(const Array& a) {
  if (!is_picture(a)) return a.values;
  const auto n = std::size_t(a.shape[0]), c = std::size_t(a.shape[1]);
  const std::size_t pixels = a.values.size() / (n * c);
  std::vector<double> out(a.values.size());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < c; ++k)
      for (std::size_t p = 0; p < pixels; ++p)
        out[(i * pixels + p) * c + k] = a.values[(i * c + k) * pixels + p];
  return out;
}

// A case as a graph of one node, every tensor an input, with the gradients of `wanted`.
class Layer {
 public:
  Layer(const json& test, DType dtype) : test_(test), dtype_(dtype) {}

  /// The case's tensors have channels last already.
  void keep_layout() { keep_layout_ = true; }

  // `layout` false: the tensor keeps PyTorch's order (weights).
  ValueId input(const std::string& name, bool layout = true) {
    if (!test_.at("inputs").contains(name)) return kNoValue;
    Array a = read(test_.at("inputs").at(name));
    layout = layout && !keep_layout_;
    const Ints shape = layout ? channels_last(a.shape) : a.shape;
    const std::vector<double> values = layout ? channels_last(a) : a.values;
    const bool labels = name == "target" && a.shape.size() == 1;
    inputs_.push_back({name, values});
    return graph_.add_input(name, {labels ? DType::i32 : dtype_, Shape(shape)});
  }
  std::string name() const { return test_.at("name").get<std::string>(); }
  ValueId state(const std::string& name) {
    const Array a = read(test_.at("inputs").at(name));
    states_.push_back({name, a.values});
    return graph_.add_state(name, Shape(a.shape), {}, dtype_);
  }
  // A weight of a 1x1 convolution as that of a linear layer.
  ValueId matrix(const std::string& name) {
    const Array a = read(test_.at("inputs").at(name));
    inputs_.push_back({name, a.values});
    return graph_.add_input(name, {dtype_, Shape{a.shape[0], a.shape[1]}});
  }
  // A node ahead of the last one.
  ValueId inner(const std::string& op, std::vector<ValueId> inputs) {
    return ops::append(graph_, op, op + std::to_string(graph_.nodes().size()),
                       std::move(inputs))[0];
  }
  void node(const std::string& op, std::vector<ValueId> inputs, Attributes attributes) {
    graph_.set_output(
        "y", ops::append(graph_, op, "layer", std::move(inputs), std::move(attributes))[0]);
  }

  // Runs forward and backward, and compares y, the gradients and the states.
  void check(Worst& worst) {
    std::vector<std::string> wanted;
    for (const auto& [name, values] : test_.at("grads").items()) wanted.push_back(name);
    const Graph training = passes::dce(passes::autodiff(graph_, "y", wanted, "dy"));
    runtime::Weights weights(training, 1);
    for (const auto& [name, values] : states_) put(weights.at(name), values);
    ThreadPool pool(2);
    runtime::Session session(plan::make_plan(training), weights, pool);
    for (const auto& [name, values] : inputs_) fill(session, training, name, values);
    fill(session, training, "dy",
         test_.contains("dy") && !test_.at("dy").is_null() ? in_layout(read(test_.at("dy")))
                                                           : std::vector<double>{1.0});
    session.run();
    compare("y", output(session, "y"), in_layout(read(test_.at("y"))), worst);
    for (const std::string& name : wanted) {
      Array expected{test_.at("inputs").at(name).at("shape").get<Ints>(),
                     test_.at("grads").at(name).get<std::vector<double>>()};
      compare("gradient of " + name, output(session, "grad:" + name),
              name == "x" ? in_layout(expected) : expected.values, worst);
    }
    for (const auto& [name, values] : states_)
      if (test_.contains(name + "_after") && !test_.at(name + "_after").is_null())
        compare(name, numbers(weights.at(name)),
                test_.at(name + "_after").get<std::vector<double>>(), worst);
  }

 private:
  std::vector<double> in_layout(const Array& a) const {
    return keep_layout_ ? a.values : channels_last(a);
  }
  template <class T>
  static void assign(std::span<T> to, const std::vector<double>& from) {
    if (to.size() != from.size()) throw std::invalid_argument("a tensor of another size");
    std::transform(from.begin(), from.end(), to.begin(), [](double v) { return T(v); });
  }
  static void put(Tensor& tensor, const std::vector<double>& values) {
    tensor.dtype() == DType::f64 ? assign(tensor.as<double>(), values)
                                 : assign(tensor.as<float>(), values);
  }
  static std::vector<double> numbers(const Tensor& tensor) {
    if (tensor.dtype() == DType::f64) {
      const auto v = tensor.as<double>();
      return {v.begin(), v.end()};
    }
    const auto v = tensor.as<float>();
    return {v.begin(), v.end()};
  }
  void fill(runtime::Session& session, const Graph& graph, const std::string& name,
            const std::vector<double>& values) {
    switch (graph.type(graph.find(name)).dtype) {
      case DType::f64:
        return assign(session.input<double>(name), values);
      case DType::i32:
        return assign(session.input<std::int32_t>(name), values);
      default:
        return assign(session.input<float>(name), values);
    }
  }
  std::vector<double> output(const runtime::Session& session, const std::string& name) const {
    if (dtype_ == DType::f64) {
      const auto v = session.output<double>(name);
      return {v.begin(), v.end()};
    }
    const auto v = session.output<float>(name);
    return {v.begin(), v.end()};
  }
  void compare(const std::string& what, const std::vector<double>& got,
               const std::vector<double>& expected, Worst& worst) const {
    if (got.size() != expected.size()) return worst.see(HUGE_VAL, name() + " " + what + ": count");
    double largest = 0, difference = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      largest = std::max(largest, std::fabs(expected[i]));
      const double d = std::fabs(got[i] - expected[i]);
      difference = std::isfinite(d) ? std::max(difference, d) : HUGE_VAL;
    }
    worst.see(difference / std::max(largest, 1e-3), name() + " " + what);
  }

  const json& test_;
  DType dtype_;
  bool keep_layout_ = false;
  Graph graph_;
  std::vector<std::pair<std::string, std::vector<double>>> inputs_, states_;
};

Ints ints(const json& options, const char* key, Ints missing = {}) {
  return options.contains(key) ? options.at(key).get<Ints>() : missing;
}

// {top, bottom, left, right} from PyTorch's [height, width] or from explicit pads.
Ints padding(const json& options) {
  if (options.contains("pads_top_bottom_left_right"))
    return options.at("pads_top_bottom_left_right").get<Ints>();
  const Ints p = options.at("padding").get<Ints>();
  Ints both;
  for (const std::int64_t side : p) both.insert(both.end(), 2, side);
  return both;
}

void conv(Layer& layer, const json& o) {
  const ValueId x = layer.input("x"), w = layer.input("weight", false), b = layer.input("bias");
  layer.node("conv", {x, w, b},
             {{"stride", ints(o, "stride")},
              {"padding", padding(o)},
              {"dilation", ints(o, "dilation")},
              {"groups", o.at("groups").get<std::int64_t>()}});
}

void conv_transpose(Layer& layer, const json& o) {
  const ValueId x = layer.input("x"), w = layer.input("weight", false), b = layer.input("bias");
  layer.node("conv_transpose", {x, w, b},
             {{"stride", ints(o, "stride")},
              {"padding", padding(o)},
              {"output_padding", ints(o, "output_padding")},
              {"dilation", ints(o, "dilation")},
              {"groups", o.at("groups").get<std::int64_t>()}});
}

void linear(Layer& layer, const json&) {
  const ValueId x = layer.input("x"), w = layer.input("weight", false), b = layer.input("bias");
  layer.node("linear", {x, w, b}, {});
}

void batch_norm(Layer& layer, const json& o) {
  const ValueId x = layer.input("x"), w = layer.input("weight"), b = layer.input("bias");
  const ValueId mean = layer.state("running_mean"), var = layer.state("running_var");
  layer.node("batch_norm", {x, w, b, mean, var},
             {{"eps", o.at("eps").get<double>()},
              {"momentum", o.at("momentum").get<double>()},
              {"training", o.at("train").get<bool>()}});
}

void group_norm(Layer& layer, const json& o) {
  const ValueId x = layer.input("x"), w = layer.input("weight"), b = layer.input("bias");
  layer.node("group_norm", {x, w, b},
             {{"groups", o.at("groups").get<std::int64_t>()}, {"eps", o.at("eps").get<double>()}});
}

void layer_norm(Layer& layer, const json& o) {
  const bool all = ints(o, "normalized_shape").size() > 1;
  if (o.contains("normalized_shape") && !all) layer.keep_layout();
  const ValueId x = layer.input("x");
  const ValueId w = layer.input("weight", false), b = layer.input("bias", false);
  layer.node("layer_norm", {x, w, b},
             {{"axes", all ? "all" : "channels"}, {"eps", o.at("eps").get<double>()}});
}

void local_response_norm(Layer& layer, const json& o) {
  layer.node("local_response_norm", {layer.input("x")},
             {{"size", o.at("size").get<std::int64_t>()},
              {"alpha", o.at("alpha").get<double>()},
              {"beta", o.at("beta").get<double>()},
              {"k", o.at("k").get<double>()}});
}

void max_pool(Layer& layer, const json& o) {
  layer.node("max_pool", {layer.input("x")},
             {{"kernel_size", ints(o, "kernel")},
              {"stride", ints(o, "stride")},
              {"padding", padding(o)},
              {"dilation", ints(o, "dilation")},
              {"ceil_mode", o.at("ceil_mode").get<bool>()}});
}

void avg_pool(Layer& layer, const json& o) {
  const json& divisor = o.at("divisor_override");
  layer.node(
      "avg_pool", {layer.input("x")},
      {{"kernel_size", ints(o, "kernel")},
       {"stride", ints(o, "stride")},
       {"padding", padding(o)},
       {"ceil_mode", o.at("ceil_mode").get<bool>()},
       {"count_include_pad", o.at("count_include_pad").get<bool>()},
       {"divisor_override", divisor.is_null() ? std::int64_t{0} : divisor.get<std::int64_t>()}});
}

void adaptive_pool(Layer& layer, const json& o) {
  layer.node("adaptive_" + o.at("kind").get<std::string>() + "_pool", {layer.input("x")},
             {{"output_size", ints(o, "output")}});
}

void interpolate(Layer& layer, const json& o) {
  auto mode = o.at("mode").get<std::string>();
  if (mode == "nearest-exact") mode = "nearest_exact";
  if (mode.starts_with("bi")) mode = mode.substr(2);
  const json& corners = o.at("align_corners");
  layer.node("resize", {layer.input("x")},
             {{"size", ints(o, "size")},
              {"mode", mode},
              {"align_corners", !corners.is_null() && corners.get<bool>()},
              {"antialias", o.value("antialias", false)}});
}

void cross_entropy(Layer& layer, const json& o) {
  const ValueId x = layer.input("x"), target = layer.input("target");
  layer.node("softmax_cross_entropy", {x, target, layer.input("class_weight")},
             {{"label_smoothing", o.at("label_smoothing").get<double>()},
              {"reduction", o.at("reduction").get<std::string>()},
              {"ignore_index", o.value("ignore_index", std::int64_t{-100})}});
}

// The op of a case is its name; "_points" are cases at the kinks.
void activation(Layer& layer, const json& o) {
  std::string name = layer.name();
  if (name.ends_with("_points")) name.resize(name.size() - 7);
  if (name == "gelu_tanh") name = "gelu";
  if (name.starts_with("hard")) name.insert(4, "_");
  std::vector<ValueId> inputs = {layer.input("x")};
  if (name == "prelu") inputs.push_back(layer.input("weight", false));
  Attributes attributes;
  for (const char* key : {"negative_slope", "alpha"})
    if (o.contains(key)) attributes[key] = o.at(key).get<double>();
  if (o.contains("approximate")) attributes["approximate"] = o.at("approximate").get<std::string>();
  layer.node(name, inputs, attributes);
}

void binary_cross_entropy(Layer& layer, const json& o) {
  const ValueId x = layer.input("x"), target = layer.input("target");
  layer.node("sigmoid_cross_entropy", {x, target, layer.input("pos_weight")},
             {{"reduction", o.at("reduction").get<std::string>()}});
}

void squeeze_excite(Layer& layer, const json& o) {
  const ValueId x = layer.input("x");
  const ValueId mean = layer.inner("global_avg_pool", {x});
  const ValueId reduce = layer.matrix("reduce.weight"), expand = layer.matrix("expand.weight");
  const ValueId reduced = layer.inner("linear", {mean, reduce, layer.input("reduce.bias")});
  const ValueId hidden = layer.inner("relu", {reduced});
  const ValueId logits = layer.inner("linear", {hidden, expand, layer.input("expand.bias")});
  const bool hard = o.at("gate") == "hardsigmoid";
  layer.node("mul", {x, layer.inner(hard ? "hard_sigmoid" : "sigmoid", {logits})}, {});
}

using Make = void (*)(Layer&, const json&);

Make maker(const std::string& op) {
  static const std::map<std::string, Make> makers = {
      {"activations", activation},
      {"adaptive_pool2d", adaptive_pool},
      {"avg_pool2d", avg_pool},
      {"batch_norm", batch_norm},
      {"bce_with_logits", binary_cross_entropy},
      {"conv2d", conv},
      {"conv3d", conv},
      {"conv_transpose2d", conv_transpose},
      {"cross_entropy", cross_entropy},
      {"group_norm", group_norm},
      {"interpolate", interpolate},
      {"layer_norm", layer_norm},
      {"linear", linear},
      {"local_response_norm", local_response_norm},
      {"max_pool2d", max_pool},
      {"squeeze_excite", squeeze_excite},
  };
  const auto found = makers.find(op);
  if (found == makers.end()) throw std::invalid_argument("no op for layers of " + op);
  return found->second;
}

// Relative error allowed for a case.
double limit(const std::string& name, DType dtype) {
  // An offset of 100 costs float32 two digits before any arithmetic starts.
  if (dtype == DType::f32) return name == "train_offset100" ? 1e-4 : 1e-5;
  // PyTorch rounds the slope of hard_sigmoid, 1/6, to float32 also in float64.
  return name.starts_with("hardsigmoid") ? 4e-8 : 1e-9;
}

}  // namespace

bool LayerReport::good() const { return wrong.empty(); }

LayerReport check_layers(const json& golden) {
  LayerReport report;
  report.op = golden.at("op").get<std::string>();
  const Make make = maker(report.op);
  for (const json& test : golden.at("cases")) {
    const auto name = test.at("name").get<std::string>();
    ++report.cases;
    for (const DType dtype : {DType::f32, DType::f64}) {
      Layer layer(test, dtype);
      make(layer, test.at("options"));
      Worst worst;
      layer.check(worst);
      Worst& total = dtype == DType::f32 ? report.f32 : report.f64;
      total.see(worst.error, worst.at);
      worst.limit = limit(name, dtype);
      if (!worst.good())
        report.wrong.push_back(fmt::format("{} in {}: {:.2e}, allowed {:.0e}", worst.at,
                                           to_string(dtype), worst.error, worst.limit));
    }
  }
  return report;
}

std::string layer_header() {
  return fmt::format("{:<20} {:>6} {:>10} {:>10}\n", "layer", "cases", "f32", "f64");
}

std::string row(const LayerReport& r) {
  std::string text = fmt::format("{:<20} {:>6} {:>10.1e} {:>10.1e}  {}\n", r.op, r.cases,
                                 r.f32.error, r.f64.error, r.good() ? "ok" : "WRONG");
  for (const std::string& line : r.wrong) text += "  " + line + "\n";
  return text;
}

}  // namespace noyau::golden
