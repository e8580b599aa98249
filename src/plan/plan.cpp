#include "plan/plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/conv/int8/int8.hpp"
#include "noyau/error.hpp"
#include "plan/bind.hpp"
#include "plan/choose.hpp"
#include "plan/memory.hpp"
#include "plan/places.hpp"

namespace noyau::plan {
namespace {

constexpr std::int32_t kUnset = -1;

class Planner {
 public:
  Planner(const Graph& graph, const Options& options)
      : options_(options), places_(find_places(graph, options)) {
    plan_.graph = graph;
  }

  Plan make() {
    choose_kernels();
    find_lifetimes();
    share_storage();
    lay_out();
    bind_operands();
    return std::move(plan_);
  }

 private:
  const Graph& graph() const { return plan_.graph; }
  std::size_t bytes_of(ValueId id) const {
    const ValueType& type = graph().type(id);
    const std::size_t bytes = std::size_t(type.shape.elements()) * size_of(type.dtype);
    const Place& place = places_[std::size_t(id)];
    return place.in == id ? bytes / std::size_t(type.shape[-1]) * std::size_t(place.width) : bytes;
  }

  // One binding per node; a call for each that has something to compute, with its packing before
  // it.
  void choose_kernels() {
    const auto& nodes = graph().nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      Binding binding = bind(graph(), nodes[i]);
      widen(binding, graph(), nodes[i], places_);
      views_.push_back(binding.view);
      if (binding.view || copies_nothing(nodes[i], places_)) continue;
      Call call;
      call.node = std::int32_t(i);
      call.problem = under(options_, graph(), nodes[i], binding.problem);
      call.kernel = choose(binding.family, call.problem, call.refused);
      if (const Tuned* tuned = find_tuned(options_.tuning, *call.kernel, call.problem)) {
        std::get<kernels::Conv>(call.problem).variant = tuned->variant;
        call.variant_ms = tuned->ms;
      }
      if (call.kernel->pack != nullptr) add_packing(call);
      if (call.kernel->scratch_bytes != nullptr)
        call.scratch_bytes = call.kernel->scratch_bytes(call.problem);
      plan_.calls.push_back(std::move(call));
    }
    end_ = std::int32_t(plan_.calls.size());
  }

  void add_packing(const Call& call) {
    Call pack;
    pack.kernel = call.kernel;
    pack.problem = call.problem;
    pack.packs = true;
    pack.node = call.node;
    const bool once = has_constant_weights(graph(), node(call), options_);
    (once ? plan_.prologue : plan_.calls).push_back(std::move(pack));
  }

  const Node& node(const Call& call) const { return graph().nodes()[std::size_t(call.node)]; }

  // last_[v]: the last call that reads v; views pass their readers on to what they view, and parts
  // of a concat's output to the whole.
  void find_lifetimes() {
    const std::size_t values = graph().values().size();
    first_.assign(values, kUnset);
    last_.assign(values, kUnset);
    root_.resize(values);
    for (std::size_t v = 0; v < values; ++v)
      root_[v] = places_[v].in != kNoValue ? places_[v].in : ValueId(v);
    const auto& nodes = graph().nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (views_[i]) root_[std::size_t(nodes[i].outputs[0])] = root(nodes[i].inputs[0]);
    for (std::int32_t c = 0; c < end_; ++c) {
      const Call& call = plan_.calls[std::size_t(c)];
      if (call.packs) continue;
      for (const ValueId v : node(call).inputs)
        if (v != kNoValue) last_[std::size_t(root(v))] = c;
      for (const ValueId v : node(call).outputs)
        if (std::int32_t& first = first_[std::size_t(root(v))]; first == kUnset) first = c;
    }
    for (const auto& [name, v] : graph().outputs()) last_[std::size_t(root(v))] = end_;
  }

  // The value whose storage `v` uses. Shortens the way there for the next who ask.
  ValueId root(ValueId v) const {
    while (root_[std::size_t(v)] != v) {
      ValueId& up = root_[std::size_t(v)];
      up = root_[std::size_t(up)];
      v = up;
    }
    return v;
  }
  bool in_arena(ValueId v) const { return graph().value(v).kind == ValueKind::result; }

  // Lets outputs take over the storage of an input that is read for the last time by their call.
  void share_storage() {
    for (std::int32_t c = 0; c < end_; ++c) {
      const Call& call = plan_.calls[std::size_t(c)];
      if (call.packs || call.kernel->in_place < 0) continue;
      const Node& n = node(call);
      const auto position = std::size_t(call.kernel->in_place);
      if (position >= n.inputs.size() || n.inputs[position] == kNoValue) continue;
      const ValueId in = root(n.inputs[position]), out = n.outputs[0];
      const bool read_twice = std::count_if(n.inputs.begin(), n.inputs.end(), [&](ValueId v) {
                                return v != kNoValue && root(v) == in;
                              }) > 1;
      if (!in_arena(in) || last_[std::size_t(in)] != c || read_twice || root(out) != out) continue;
      if (bytes_of(in) != bytes_of(out)) continue;
      redirect(out, in);
    }
  }

  void redirect(ValueId from, ValueId to) {
    last_[std::size_t(to)] = std::max(last_[std::size_t(to)], last_[std::size_t(from)]);
    root_[std::size_t(from)] = to;
  }

  // An arena block for each storage, each call's scratch and each packed weight.
  void lay_out() {
    block_of_.assign(graph().values().size(), kUnset);
    for (std::size_t v = 0; v < graph().values().size(); ++v) {
      const auto id = ValueId(v);
      if (!in_arena(id) || root(id) != id || first_[v] == kUnset) continue;
      if (last_[v] == kUnset && !is_first_output(id)) continue;  // nobody reads it
      block_of_[v] = std::int32_t(plan_.blocks.size());
      plan_.blocks.push_back(
          {id, graph().value(id).name, 0, bytes_of(id), first_[v], std::max(first_[v], last_[v])});
    }
    for (std::int32_t c = 0; c < end_; ++c) add_call_block(plan_.calls[std::size_t(c)], c);
    for (Call& call : plan_.prologue) add_call_block(call, kUnset);
    plan_.arena_bytes = place_blocks(plan_.blocks);
  }

  // Kernels always write their first output, read or not.
  bool is_first_output(ValueId id) const {
    const Node& producer = graph().nodes()[std::size_t(graph().value(id).producer)];
    return producer.outputs[0] == id;
  }

  void add_call_block(Call& call, std::int32_t c) {
    if (call.packs) {
      const bool once = c == kUnset;
      packed_block_[call.node] = plan_.blocks.size();
      plan_.blocks.push_back({kNoValue, "packed weights of " + node(call).name, 0,
                              call.kernel->packed_bytes(call.problem), once ? 0 : c,
                              once ? end_ : c + 1});
    } else if (call.scratch_bytes > 0) {
      scratch_block_[call.node] = plan_.blocks.size();
      plan_.blocks.push_back(
          {kNoValue, "scratch of " + node(call).name, 0, call.scratch_bytes, c, c});
    }
  }

  Operand operand(ValueId id) const {
    if (id == kNoValue) return {};
    const ValueId r = root(id);
    switch (graph().value(r).kind) {
      case ValueKind::input:
        return {Operand::Place::input, 0, bytes_of(r), r};
      case ValueKind::parameter:
      case ValueKind::state:
        return {Operand::Place::weight, 0, bytes_of(r), r};
      case ValueKind::result:
        break;
    }
    const std::int32_t block = block_of_[std::size_t(r)];
    if (block == kUnset) return {};
    const Block& b = plan_.blocks[std::size_t(block)];
    const std::size_t begin =
        std::size_t(places_[std::size_t(id)].begin) * size_of(graph().type(id).dtype);
    return {Operand::Place::arena, b.offset + begin, b.bytes - begin, id};
  }

  void bind_operands() {
    for (std::size_t v = 0; v < graph().values().size(); ++v)
      plan_.values.push_back(operand(ValueId(v)));
    for (Call& call : plan_.prologue) bind_call(call);
    for (Call& call : plan_.calls) bind_call(call);
  }

  // A concat does not copy what its output holds already.
  bool lies_in_place(const Node& n, ValueId v) const {
    return n.op == "concat" && places_[std::size_t(v)].in != kNoValue;
  }

  void bind_call(Call& call) {
    const Node& n = node(call);
    const auto packed = packed_block_.find(call.node);
    const Operand packed_operand =
        packed == packed_block_.end()
            ? Operand{}
            : Operand{Operand::Place::arena, plan_.blocks[packed->second].offset,
                      plan_.blocks[packed->second].bytes, kNoValue};
    if (call.packs) {
      call.inputs = {operand(n.inputs[1])};
      call.outputs = {packed_operand};
      return;
    }
    for (const ValueId v : n.inputs)
      call.inputs.push_back(lies_in_place(n, v) ? Operand{} : operand(v));
    if (packed != packed_block_.end()) call.inputs[1] = packed_operand;
    for (const ValueId v : n.outputs) call.outputs.push_back(operand(v));
    const auto scratch = scratch_block_.find(call.node);
    if (scratch != scratch_block_.end()) call.scratch_offset = plan_.blocks[scratch->second].offset;
  }

  Options options_;
  Plan plan_;
  std::int32_t end_ = 0;
  std::vector<Place> places_;
  std::vector<bool> views_;
  std::vector<std::int32_t> first_, last_, block_of_;
  mutable std::vector<ValueId> root_;
  std::map<std::int32_t, std::size_t> packed_block_, scratch_block_;
};

}  // namespace

void expect_supported(Numerics numerics) {
  const auto expect = [&](Numerics one, bool supported, const char* instructions) {
    if (numerics == one && !supported)
      throw Error(ErrorCode::invalid_argument, "--numerics",
                  std::string(to_string(one)) + ", and this processor has no " + instructions,
                  "exact or fast");
  };
  expect(Numerics::bf16, kernels::has_bf16(), "AVX512_BF16");
  expect(Numerics::int8, kernels::has_int8(), "AVX512_VNNI");
}

Plan make_plan(const Graph& graph, const Options& options) {
  expect_supported(options.numerics);
  return Planner(graph, options).make();
}

bool takes_norms(const Graph& graph, const Node& node, const Options& options) {
  const Binding binding = bind(graph, node);
  const kernels::Problem with = under(options, graph, node, binding.problem);
  kernels::Problem without = with;
  if (auto* conv = std::get_if<kernels::Conv>(&without))
    conv->normalised = conv->statistics = conv->norm_grad = false;
  if (auto* norm = std::get_if<kernels::Norm>(&without)) norm->residual_width = 0;
  std::vector<Refusal> refused;
  return choose(binding.family, with, refused) == choose(binding.family, without, refused);
}

}  // namespace noyau::plan
