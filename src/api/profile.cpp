#include "noyau/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "api/bench_step.hpp"
#include "api/files.hpp"
#include "api/numbers.hpp"
#include "kernels/probe/bandwidth.hpp"
#include "kernels/probe/fma_peak.hpp"

namespace noyau {
namespace {

using Json = nlohmann::ordered_json;
using training::StepTimes;

double bytes_of(const Graph& graph, const std::vector<ValueId>& values) {
  double bytes = 0;
  for (const ValueId v : std::set<ValueId>(values.begin(), values.end()))
    if (v != kNoValue)
      bytes += double(graph.shape(v).elements()) * double(size_of(graph.type(v).dtype));
  return bytes;
}

ProfileRow row_of(const plan::Plan& plan, const plan::Call& call) {
  const Node& node = plan.graph.nodes()[std::size_t(call.node)];
  ProfileRow row;
  row.node = node.name;
  row.op = call.packs ? "pack" : node.op;
  row.kernel = call.kernel->name;
  row.problem = kernels::to_string(call.problem);
  std::vector<ValueId> operands = node.inputs;
  if (call.packs) {
    row.gbyte =
        (bytes_of(plan.graph, {node.inputs[1]}) + double(call.kernel->packed_bytes(call.problem))) /
        1e9;
    return row;
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    if (call.outputs[i].place != plan::Operand::Place::none) operands.push_back(node.outputs[i]);
  row.gflop = kernels::flops(call.problem) / 1e9;
  row.gbyte = bytes_of(plan.graph, operands) / 1e9;
  return row;
}

/// Median milliseconds of one part over all steps.
template <class Part>
double median_ms(const std::vector<StepTimes>& steps, Part&& part) {
  std::vector<double> times;
  for (const StepTimes& step : steps) times.push_back(part(step));
  return 1e3 * api::median(times);
}

template <class Part>
void add_part(Profile& profile, const std::vector<StepTimes>& steps, const char* name,
              Part&& part) {
  ProfileRow row;
  row.node = row.op = name;
  row.begin_ms = 1e3 * part(steps.back()).begin;
  row.ms = median_ms(steps, [&](const StepTimes& s) { return part(s).seconds; });
  profile.rows.push_back(std::move(row));
}

void add_calls(Profile& profile, const std::vector<StepTimes>& steps, const plan::Plan& plan) {
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    ProfileRow row = row_of(plan, plan.calls[i]);
    row.begin_ms = 1e3 * (steps.back().plan.begin + steps.back().calls[i].begin);
    row.ms = median_ms(steps, [&](const StepTimes& s) { return s.calls[i].seconds; });
    profile.rows.push_back(std::move(row));
  }
}

std::vector<StepTimes> time_steps(api::BenchStep& step, double seconds) {
  step.run();
  step.run();
  std::vector<StepTimes> steps;
  for (double total = 0; steps.size() < 5 || total < seconds; total += steps.back().seconds)
    step.run(&steps.emplace_back());
  return steps;
}

}  // namespace

Profile profile_model(const ModelBenchOptions& options) {
  ThreadPool pool(options.threads > 0 ? options.threads : available_processors());
  const FlushDenormals flush;
  Profile profile;
  profile.fma_peak_gflops = kernels::fma_peak(pool);
  profile.memory_gb_s = kernels::memory_bandwidth(pool);
  api::BenchStep step(options, pool);
  const std::vector<StepTimes> steps = time_steps(step, options.seconds);
  profile.model = options.model;
  profile.mode = options.train ? "train" : "infer";
  profile.batch = options.batch;
  profile.threads = pool.threads();
  profile.steps = int(steps.size());
  profile.step_ms = median_ms(steps, [](const StepTimes& s) { return s.seconds; });
  add_part(profile, steps, "feed", [](const StepTimes& s) { return s.feed; });
  add_calls(profile, steps, step.plan());
  if (!options.train) return profile;
  add_part(profile, steps, "gradient_norm", [](const StepTimes& s) { return s.gradient_norm; });
  add_part(profile, steps, "optimizer", [](const StepTimes& s) { return s.optimizer; });
  return profile;
}

std::vector<ProfileTotal> totals(const Profile& profile) {
  std::vector<ProfileTotal> totals;
  for (const ProfileRow& row : profile.rows) {
    auto total = std::find_if(totals.begin(), totals.end(),
                              [&](const ProfileTotal& t) { return t.op == row.op; });
    if (total == totals.end()) total = totals.insert(totals.end(), {.op = row.op});
    ++total->calls;
    total->ms += row.ms;
    total->gflop += row.gflop;
    total->gbyte += row.gbyte;
  }
  std::stable_sort(totals.begin(), totals.end(),
                   [](const ProfileTotal& a, const ProfileTotal& b) { return a.ms > b.ms; });
  return totals;
}

void write_profile_csv(const std::string& path, const Profile& profile) {
  std::string text = "node,op,kernel,problem,begin_ms,ms,gflop,gbyte,gflop_s,gb_s,share_of_peak\n";
  for (const ProfileRow& r : profile.rows) {
    const double seconds = std::max(r.ms, 1e-6) / 1e3, rate = r.gflop / seconds;
    text += fmt::format("{},{},{},\"{}\",{:.4f},{:.4f},{:.6f},{:.6f},{:.2f},{:.2f},{:.4f}\n",
                        r.node, r.op, r.kernel, r.problem, r.begin_ms, r.ms, r.gflop, r.gbyte, rate,
                        r.gbyte / seconds, rate / profile.fma_peak_gflops);
  }
  api::write_file(path, text);
}

void write_profile_trace(const std::string& path, const Profile& profile) {
  Json events = Json::array();
  for (const ProfileRow& r : profile.rows)
    events.push_back({{"name", r.node},
                      {"cat", r.op},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", 1},
                      {"ts", 1e3 * r.begin_ms},
                      {"dur", 1e3 * r.ms},
                      {"args", {{"kernel", r.kernel}, {"problem", r.problem}}}});
  api::write_file(path, Json{{"displayTimeUnit", "ms"}, {"traceEvents", events}}.dump() + "\n");
}

}  // namespace noyau
