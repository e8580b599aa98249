#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "plan/plan.hpp"

namespace noyau::plan {
namespace {

std::string describe(const Plan& plan, const Operand& operand) {
  switch (operand.place) {
    case Operand::Place::none:
      return "-";
    case Operand::Place::input:
    case Operand::Place::weight:
      return plan.graph.value(operand.value).name;
    case Operand::Place::arena:
      return fmt::format("@{}", operand.offset);
  }
  return "?";
}

std::string list(const Plan& plan, const std::vector<Operand>& operands) {
  std::string text;
  for (const Operand& operand : operands)
    text += (text.empty() ? "" : ", ") + describe(plan, operand);
  return text;
}

std::string line(const Plan& plan, const Call& call, std::size_t index) {
  const Node& node = plan.graph.nodes()[std::size_t(call.node)];
  return fmt::format(
      "{:4} {:<24} {:<12} {} -> {}{}  # {}, {}\n", index, call.kernel->family,
      call.packs ? "pack" : call.kernel->name, list(plan, call.inputs), list(plan, call.outputs),
      call.scratch_bytes == 0
          ? ""
          : fmt::format(", scratch @{} {} bytes", call.scratch_offset, call.scratch_bytes),
      node.name, kernels::to_string(call.problem));
}

}  // namespace

std::string print(const Plan& plan) {
  std::string text = fmt::format("# arena {} bytes in {} blocks, kernels for {}\n",
                                 plan.arena_bytes, plan.blocks.size(), kernels::target());
  if (!plan.prologue.empty()) text += "prologue\n";
  for (std::size_t i = 0; i < plan.prologue.size(); ++i) text += line(plan, plan.prologue[i], i);
  text += "step\n";
  for (std::size_t i = 0; i < plan.calls.size(); ++i) text += line(plan, plan.calls[i], i);
  text += "arena\n";
  std::vector<Block> blocks = plan.blocks;
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) { return a.offset < b.offset; });
  for (const Block& block : blocks)
    text += fmt::format("{:>12} {:>12} bytes  calls {:>4} to {:<4}  {}\n", block.offset,
                        block.bytes, block.first, block.last, block.label);
  return text;
}

std::string print_dispatch(const Plan& plan) {
  std::string text;
  for (const Call& call : plan.calls) {
    if (call.packs) continue;
    const Node& node = plan.graph.nodes()[std::size_t(call.node)];
    text += fmt::format("{} {}: {}\n", node.op, node.name, kernels::to_string(call.problem));
    for (const Refusal& refusal : call.refused)
      text += fmt::format("  refused {}: {}\n", refusal.kernel, refusal.reason);
    text += fmt::format("  taken   {} of {}\n", call.kernel->name, call.kernel->family);
    if (!call.variant_ms.empty())
      text += fmt::format("  variant {} of 0 to {}: measured {:.3f} ms\n",
                          std::get<kernels::Conv>(call.problem).variant, call.variant_ms.size() - 1,
                          fmt::join(call.variant_ms, ", "));
  }
  return text;
}

}  // namespace noyau::plan
