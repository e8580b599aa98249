#include "runtime/tune.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "base/stopwatch.hpp"
#include "runtime/arena.hpp"

namespace noyau::runtime {
namespace {

constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

// Where the operands of one call lie in the memory that all measurements share.
struct Layout {
  std::vector<std::size_t> inputs, outputs;
  std::size_t scratch = 0, bytes = 0;

  std::size_t add(std::size_t size) { return std::exchange(bytes, bytes + (size + 63) / 64 * 64); }
};

kernels::Problem with_variant(const kernels::Problem& problem, int variant) {
  kernels::Problem other = problem;
  std::get<kernels::Conv>(other).variant = variant;
  return other;
}

// The most that any variant of the call needs.
std::size_t most_bytes(std::size_t (*size)(const kernels::Problem&), const plan::Call& call) {
  std::size_t most = 0;
  for (int v = 0; size != nullptr && v < plan::variants(*call.kernel, call.problem); ++v)
    most = std::max(most, size(with_variant(call.problem, v)));
  return most;
}

Layout lay_out(const plan::Plan& plan, const plan::Call& call) {
  using Place = plan::Operand::Place;
  const Node& node = plan.graph.nodes()[std::size_t(call.node)];
  const kernels::Kernel& kernel = *call.kernel;
  Layout layout;
  const auto add = [&](const plan::Operand& operand) {
    return operand.place == Place::none ? kAbsent : layout.add(operand.bytes);
  };
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const bool packed = i == 1 && kernel.pack != nullptr;
    layout.inputs.push_back(packed ? layout.add(most_bytes(kernel.packed_bytes, call))
                                   : add(call.inputs[i]));
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    layout.outputs.push_back(add(call.outputs[i]));
  const auto shared = std::size_t(kernel.in_place);
  if (kernel.in_place >= 0 && shared < call.inputs.size() &&
      call.inputs[shared].place == Place::arena && call.outputs[0].place == Place::arena &&
      call.inputs[shared].offset == call.outputs[0].offset)
    layout.outputs[0] = layout.inputs[shared];
  layout.scratch = layout.add(most_bytes(kernel.scratch_bytes, call));
  return layout;
}

// One call on memory full of zeros: they look the same in any packing, and stay zeros.
class Trial {
 public:
  Trial(const plan::Call& call, const Layout& layout, std::byte* memory, ThreadPool& pool)
      : call_(call), scratch_(memory + layout.scratch), pool_(pool) {
    for (const std::size_t at : layout.inputs)
      inputs_.push_back(at == kAbsent ? nullptr : memory + at);
    for (const std::size_t at : layout.outputs)
      outputs_.push_back(at == kAbsent ? nullptr : memory + at);
  }

  double ms(int variant) {
    const kernels::Problem problem = with_variant(call_.problem, variant);
    const Stopwatch watch;
    call_.kernel->run(problem, {inputs_, outputs_, scratch_, pool_});
    return 1e3 * watch.seconds();
  }

 private:
  const plan::Call& call_;
  std::vector<const void*> inputs_;
  std::vector<void*> outputs_;
  std::byte* scratch_;
  ThreadPool& pool_;
};

// Interleaved, so that what else the machine does meets all alike; the least time of each counts.
// Variants that are far behind after the first round take no further time.
plan::Tuned measure(Trial& trial, int variants) {
  constexpr int kRounds = 3, kMostRounds = 50;
  constexpr double kMs = 10, kHopeless = 1.1, kClear = 0.97;
  plan::Tuned tuned;
  trial.ms(0);
  for (int v = 0; v < variants; ++v) tuned.ms.push_back(trial.ms(v));
  const Stopwatch watch;
  for (int round = 1; round < kMostRounds; ++round) {
    if (round >= kRounds && 1e3 * watch.seconds() > kMs) break;
    const double best = *std::ranges::min_element(tuned.ms);
    for (int v = 0; v < variants; ++v) {
      double& ms = tuned.ms[std::size_t(v)];
      if (ms < kHopeless * best) ms = std::min(ms, trial.ms(v));
    }
  }
  const auto best = std::ranges::min_element(tuned.ms);
  if (*best < kClear * tuned.ms[0]) tuned.variant = int(best - tuned.ms.begin());
  return tuned;
}

}  // namespace

void tune(const plan::Plan& plan, plan::Tuning& table, ThreadPool& pool) {
  std::map<std::string, std::pair<const plan::Call*, Layout>> unknown;
  std::size_t bytes = 0;
  for (const plan::Call& call : plan.calls) {
    if (call.packs || plan::variants(*call.kernel, call.problem) == 1) continue;
    const std::string key = plan::tuning_key(*call.kernel, call.problem);
    if (unknown.contains(key) || plan::find_tuned(table, *call.kernel, call.problem)) continue;
    const Layout layout = lay_out(plan, call);
    bytes = std::max(bytes, layout.bytes);
    unknown[key] = {&call, layout};
  }
  if (unknown.empty()) return;
  const Arena arena(bytes);
  std::memset(arena.data(), 0, bytes);  // pages that were never written would all be one
  const FlushDenormals flush;
  for (const auto& [key, trial] : unknown) {
    const auto& [call, layout] = trial;
    Trial timed(*call, layout, arena.data(), pool);
    table[key] = measure(timed, plan::variants(*call->kernel, call->problem));
  }
}

plan::Plan make_tuned_plan(const Graph& graph, plan::Options options, plan::Tuning* table,
                           ThreadPool& pool) {
  if (table == nullptr) return plan::make_plan(graph, options);
  tune(plan::make_plan(graph, options), *table, pool);
  options.tuning = *table;
  return plan::make_plan(graph, options);
}

}  // namespace noyau::runtime
