#include "golden/zoo_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "golden/fill.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/inference.hpp"
#include "runtime/lower.hpp"
#include "runtime/session.hpp"
#include "zoo/zoo.hpp"

namespace noyau::golden {
namespace {

using Json = nlohmann::json;
using Numbers = std::vector<double>;

Numbers to_numbers(const Json& rows) {
  Numbers all;
  for (const Json& row : rows)
    for (const Json& v : row) all.push_back(v.get<double>());
  return all;
}

double largest(const Numbers& v) {
  double m = 0;
  for (const double x : v) m = std::max(m, std::fabs(x));
  return m;
}

double norm(const Numbers& v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

double sum(const Numbers& v) {
  double s = 0;
  for (const double x : v) s += x;
  return s;
}

void see_logits(Worst& worst, const Numbers& got, const Json& rows, const std::string& where) {
  const Numbers expected = to_numbers(rows);
  if (got.size() != expected.size()) return worst.see(HUGE_VAL, where + ": count");
  double difference = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double d = std::fabs(got[i] - expected[i]);
    difference = std::isfinite(d) ? std::max(difference, d) : HUGE_VAL;
  }
  worst.see(difference / largest(expected), where);
}

zoo::ModelSpec spec_of(const Json& golden, bool training, bool double_precision) {
  const auto input = golden.at("input").get<std::vector<std::int64_t>>();
  const std::size_t rank = input.size();
  const Json& train = golden.at("train");
  zoo::ModelSpec spec;
  spec.name = golden.at("model").get<std::string>();
  spec.batch = input[0];
  spec.in_channels = input[1];
  spec.depth = rank == 5 ? input[2] : 1;
  spec.image_size = {input[rank - 2], input[rank - 1]};
  spec.classes = std::int64_t(train.at("logits")[0].size());
  spec.training = training;
  spec.double_precision = double_precision;
  spec.drop = false;
  spec.aux_heads = train.contains("aux_logits");
  if (spec.aux_heads) spec.aux_weight = train.at("aux_weight").get<double>();
  return spec;
}

// A graph with its weights, ready to run.
class Runner {
 public:
  Runner(const Graph& graph, runtime::Weights& weights, ThreadPool& pool,
         const plan::Options& options)
      : own_(std::make_unique<runtime::Session>(plan::make_plan(graph, options), weights, pool)),
        session_(*own_) {
    fill_input();
  }
  explicit Runner(runtime::Session& session) : session_(session) { fill_input(); }

  void set_targets(const Json& targets) {
    const auto to = session_.input<std::int32_t>("target");
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = targets[i].get<std::int32_t>();
  }
  void run() { session_.run(); }
  Numbers output(const std::string& name) const {
    const Graph& g = session_.graph();
    const ValueType& type = g.type(g.output(name));
    if (type.dtype == DType::f64) return copy(session_.output<double>(name));
    return copy(session_.output<float>(name));
  }

 private:
  template <class Span>
  static Numbers copy(const Span& span) {
    return {span.begin(), span.end()};
  }
  void fill_input() {
    const Graph& g = session_.graph();
    const ValueType& type = g.type(g.find("x"));
    const std::int64_t n = type.shape[0], c = type.shape[-1];
    const std::int64_t pixels = type.shape.elements() / (n * c);
    const Filler value("input", type.shape);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < c; ++k)
        for (std::int64_t p = 0; p < pixels; ++p) {
          const float v = value((i * c + k) * pixels + p);
          const auto at = std::size_t((i * pixels + p) * c + k);
          if (type.dtype == DType::f64)
            session_.input<double>("x")[at] = double(v);
          else
            session_.input<float>("x")[at] = v;
        }
  }

  std::unique_ptr<runtime::Session> own_;
  runtime::Session& session_;
};

void compare_parameters(const Json& golden, const Graph& graph, ZooReport& report) {
  std::map<std::string, Shape> ours;
  std::int64_t trainable = 0;
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter && value.kind != ValueKind::state) continue;
    ours[value.name] = value.type.shape;
    if (value.kind == ValueKind::parameter) trainable += value.type.shape.elements();
  }
  for (const Json& entry : golden.at("parameters")) {
    const auto name = entry[0].get<std::string>();
    const Shape shape(entry[1].get<std::vector<std::int64_t>>());
    const auto found = ours.find(name);
    if (found == ours.end())
      report.problems.push_back("no parameter " + name);
    else if (found->second != shape)
      report.problems.push_back(
          fmt::format("{} is {}, expected {}", name, to_string(found->second), to_string(shape)));
    ours.erase(name);
  }
  for (const auto& [name, shape] : ours) report.problems.push_back("unexpected parameter " + name);
  if (trainable != golden.at("params").get<std::int64_t>())
    report.problems.push_back(
        fmt::format("{} parameters, expected {}", trainable, golden.at("params").dump()));
}

void compare_counts(const Json& golden, const Graph& graph, ZooReport& report) {
  std::int64_t macs = 0;
  std::set<std::pair<double, double>> norms, expected;
  for (const Node& node : graph.nodes()) {
    macs += ops::cost(graph, node).macs;
    if (node.op == "batch_norm")
      norms.insert({node.get<double>("eps"), node.get<double>("momentum")});
  }
  macs /= golden.at("input")[0].get<std::int64_t>();
  if (macs != golden.at("macs").get<std::int64_t>())
    report.problems.push_back(
        fmt::format("{} multiply-adds, expected {}", macs, golden.at("macs").dump()));
  if (golden.contains("norm"))
    for (const Json& n : golden.at("norm"))
      expected.insert({n.at("eps").get<double>(), n.at("momentum").get<double>()});
  if (norms != expected) report.problems.push_back("eps or momentum of batch norms differ");
}

// The node that computes each layer of the file. A layer that is used several times has several
// nodes of its name; timm's fused norms put a norm's output under ".drop".
class LayerNodes {
 public:
  explicit LayerNodes(const Graph& graph) {
    for (const Node& node : graph.nodes()) by_name_[node.name].push_back(node.outputs[0]);
  }
  ValueId next(std::string name) {
    if (name.ends_with(".drop")) name.resize(name.size() - 5);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return kNoValue;
    std::size_t& used = used_[name];
    return used < found->second.size() ? found->second[used++] : kNoValue;
  }

 private:
  std::map<std::string, std::vector<ValueId>> by_name_;
  std::map<std::string, std::size_t> used_;
};

// Layers that change nothing in evaluation need no node: also an adaptive pool to the extents that
// are already there.
bool passes_through(const Json& layer, const Json* before) {
  const auto type = layer.at("type").get<std::string>();
  if (type.starts_with("AdaptiveAvgPool"))
    return before != nullptr && layer.at("out_shape") == before->at("out_shape");
  return type == "Identity" || type == "Dropout" || type == "Flatten";
}

void compare_layers(const Json& golden, Graph graph, runtime::Weights& weights, ThreadPool& pool,
                    Numerics numerics, ZooReport& report) {
  if (!golden.contains("layers")) return;
  LayerNodes nodes(graph);
  std::vector<std::pair<std::string, const Json*>> compared;
  const Json* before = nullptr;
  for (const Json& layer : golden.at("layers")) {
    const auto name = layer.at("module").get<std::string>();
    const ValueId value = nodes.next(name);
    if (value == kNoValue) {
      if (!passes_through(layer, before)) report.problems.push_back("no layer " + name);
      continue;
    }
    const std::string output = fmt::format("layer{}:{}", compared.size(), name);
    graph.set_output(output, value);
    compared.push_back({output, &layer});
    before = &layer;
  }
  Runner runner(graph, weights, pool, {.numerics = numerics});
  runner.run();
  for (const auto& [output, layer] : compared) {
    const Numbers got = runner.output(output);
    const double n = double(got.size()), l2 = layer->at("l2").get<double>();
    const std::string name = output.substr(output.find(':') + 1);
    report.layers.see(std::fabs(norm(got) - l2) / l2, name + " l2");
    report.layers.see(
        std::fabs(sum(got) / n - layer->at("mean").get<double>()) / (l2 / std::sqrt(n)),
        name + " mean");
  }
}

/// Differences of samples from many gradients, each relative to its own root mean square.
struct Pooled {
  double squares = 0;
  std::int64_t count = 0;
  double error() const { return count == 0 ? 0 : std::sqrt(squares / double(count)); }
};

void compare_gradient(const Json& expected, const Numbers& got, const std::string& name,
                      double largest_norm, Worst& worst, Pooled& pooled) {
  const double n = double(got.size()), l2 = expected.at("l2").get<double>();
  // A gradient that is zero in exact arithmetic is rounding noise.
  if (expected.value("zero", false)) return worst.see(norm(got) / largest_norm, name + " zero");
  worst.see(std::fabs(norm(got) - l2) / l2, name + " l2");
  worst.see(std::fabs(sum(got) - expected.at("sum").get<double>()) / (l2 * std::sqrt(n)),
            name + " sum");
  for (const Json& sample : expected.at("samples")) {
    const double d = got.at(sample[0].get<std::size_t>()) - sample[1].get<double>();
    worst.see(std::fabs(d) / l2, name + " sample " + sample[0].dump());
    pooled.squares += d * d / (l2 * l2 / n);
    ++pooled.count;
  }
}

// The other framework lists its auxiliary heads in an order of its own: each is compared with the
// one of ours that is nearest.
void compare_auxiliary(const Json& heads, const Runner& runner, Worst& worst) {
  for (std::size_t i = 0; i < heads.size(); ++i) {
    Worst nearest;
    for (std::size_t k = 0; k < heads.size(); ++k) {
      const std::string name = fmt::format("aux{}", k + 1);
      Worst one;
      see_logits(one, runner.output(name), heads[i], name);
      if (k == 0 || one.error < nearest.error) nearest = one;
    }
    worst.see(nearest.error, nearest.at);
  }
}

void compare_training(const Json& golden, const zoo::ModelSpec& spec, runtime::Weights& weights,
                      ThreadPool& pool, Numerics numerics, ZooReport& report) {
  const Json& train = golden.at("train");
  const Graph forward = zoo::build(spec);
  compare_parameters(golden, forward, report);
  const Graph graph = runtime::lower_training(passes::autodiff(forward), {.numerics = numerics});
  Runner runner(graph, weights, pool, {.numerics = numerics});
  runner.set_targets(golden.at("targets"));
  runner.run();
  const auto expected_loss = train.at("loss").get<double>();
  report.loss.see(std::fabs(runner.output("loss")[0] - expected_loss) / expected_loss, "loss");
  see_logits(report.train_logits, runner.output("logits"), train.at("logits"), "logits");
  if (spec.aux_heads) compare_auxiliary(train.at("aux_logits"), runner, report.aux_logits);
  double largest_norm = 0;
  for (const auto& [name, g] : train.at("grads").items())
    largest_norm = std::max(largest_norm, g.at("l2").get<double>());
  Pooled pooled;
  for (const auto& [name, g] : train.at("grads").items())
    if (graph.output("grad:" + name) != kNoValue)
      compare_gradient(g, runner.output("grad:" + name), name, largest_norm, report.gradients,
                       pooled);
  report.gradients.see(pooled.error(), "all samples");
  if (!train.contains("running")) return;
  for (const auto& [name, s] : train.at("running").items()) {
    if (!weights.contains(name)) continue;
    const Tensor& tensor = weights.at(name);
    Numbers got;
    if (tensor.dtype() == DType::f64)
      got.assign(tensor.as<double>().begin(), tensor.as<double>().end());
    else
      got.assign(tensor.as<float>().begin(), tensor.as<float>().end());
    const double l2 = s.at("l2").get<double>();
    report.running.see(std::fabs(norm(got) - l2) / l2, name + " l2");
    report.running.see(
        std::fabs(sum(got) - s.at("sum").get<double>()) / (l2 * std::sqrt(double(got.size()))),
        name + " sum");
  }
}

void set_limits(const Json& golden, bool double_precision, ZooReport& report) {
  constexpr double kSmooth = 1e-5, kDouble = 1e-6, kTight = 1e-4;
  static const std::set<std::string> tight = {"cifar_resnet20", "alexnet", "squeezenet1_1",
                                              "resnet18"};
  const Json& f32 = golden.at("float32");
  // Where no switch flipped in the file's own float32 run, one may in another.
  const auto three_times = [&](const char* key) {
    return std::max(kSmooth, 3 * f32.at(key).get<double>());
  };
  report.eval_logits.limit = report.layers.limit = kSmooth;
  // The loss moves with the logits, by less than they do.
  report.loss.limit = std::max(three_times("loss"), 0.5 * f32.at("train_logits").get<double>());
  report.train_logits.limit = three_times("train_logits");
  report.running.limit = std::max(kSmooth, three_times("train_logits"));
  report.gradients.limit = tight.contains(report.model) ? kTight : three_times("grad_max");
  report.aux_logits.limit = report.gradients.limit;
  if (!double_precision) return;
  for (Worst* worst : {&report.eval_logits, &report.layers, &report.loss, &report.train_logits,
                       &report.aux_logits, &report.gradients, &report.running})
    worst->limit = kDouble;
}

}  // namespace

bool ZooReport::good() const {
  const auto all = {&eval_logits, &layers, &loss, &train_logits, &aux_logits, &gradients, &running};
  return problems.empty() && std::all_of(all.begin(), all.end(), [](auto w) { return w->good(); });
}

ZooReport check_zoo(const Json& golden, const ZooCheck& check) {
  const bool double_precision = check.double_precision;
  ZooReport report;
  report.model = golden.at("model").get<std::string>();
  set_limits(golden, double_precision, report);
  ThreadPool pool(check.threads);
  const Graph inference = zoo::build(spec_of(golden, false, double_precision));
  const zoo::ModelSpec training = spec_of(golden, true, double_precision);
  runtime::Weights weights(zoo::build(training), 1);
  fill(weights);
  compare_counts(golden, inference, report);
  if (golden.at("eval").contains("logits")) {
    runtime::Inference folded(inference, weights, pool, check.numerics);
    Runner runner(folded.session());
    runner.run();
    see_logits(report.eval_logits, runner.output("logits"), golden.at("eval").at("logits"),
               "logits");
  }
  compare_layers(golden, inference, weights, pool, check.numerics, report);
  compare_training(golden, training, weights, pool, check.numerics, report);
  return report;
}

std::string zoo_header() {
  return fmt::format("{:<20} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10} {:>10}  {}\n", "model",
                     "eval", "layers", "loss", "train logits", "gradients", "(limit)", "running",
                     "");
}

std::string row(const ZooReport& r) {
  std::string text = fmt::format(
      "{:<20} {:>10.1e} {:>10.1e} {:>10.1e} {:>12.1e} {:>10.1e} {:>10.1e} {:>10.1e}  {}\n", r.model,
      r.eval_logits.error, r.layers.error, r.loss.error, r.train_logits.error, r.gradients.error,
      r.gradients.limit, r.running.error, r.good() ? "ok" : "WRONG");
  const auto complain = [&](const char* what, const Worst& w) {
    if (!w.good())
      text += fmt::format("  {}: {:.3e} at {}, allowed {:.1e}\n", what, w.error, w.at, w.limit);
  };
  complain("evaluation logits", r.eval_logits);
  complain("layer outputs", r.layers);
  complain("loss", r.loss);
  complain("training logits", r.train_logits);
  complain("auxiliary logits", r.aux_logits);
  complain("gradients", r.gradients);
  complain("running statistics", r.running);
  for (std::size_t i = 0; i < std::min<std::size_t>(10, r.problems.size()); ++i)
    text += "  " + r.problems[i] + "\n";
  if (r.problems.size() > 10) text += fmt::format("  and {} more\n", r.problems.size() - 10);
  return text;
}

}  // namespace noyau::golden
