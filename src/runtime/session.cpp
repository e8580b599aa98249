#include "runtime/session.hpp"

#include <map>
#include <string>
#include <utility>

#include "base/stopwatch.hpp"
#include "noyau/error.hpp"
#include "runtime/arena.hpp"

namespace noyau::runtime {

// A call with the addresses of its operands.
struct Session::Bound {
  const kernels::Kernel* kernel;
  const kernels::Problem* problem;
  bool packs;
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  std::byte* scratch;
};

struct Session::Memory {
  explicit Memory(std::size_t bytes) : arena(bytes) {}
  Arena arena;
  plan::Plan plan;
  std::map<ValueId, Tensor> inputs;
  std::vector<Bound> prologue, calls;
};

namespace {

void check_weight(const Value& value, const Weights& weights) {
  if (!weights.contains(value.name))
    throw Error(ErrorCode::shape_mismatch, value.name, "no such tensor among the weights",
                to_string(value.type.shape));
  const Tensor& tensor = weights.at(value.name);
  if (tensor.shape() != value.type.shape || tensor.dtype() != value.type.dtype)
    throw Error(ErrorCode::shape_mismatch, value.name,
                to_string(tensor.shape()) + " " + std::string(to_string(tensor.dtype())),
                to_string(value.type.shape) + " " + std::string(to_string(value.type.dtype)));
}

void check_element(const Value& value, std::size_t element) {
  if (size_of(value.type.dtype) != element)
    throw Error(ErrorCode::invalid_argument, value.name,
                "read with elements of " + std::to_string(element) + " bytes",
                std::string(to_string(value.type.dtype)));
}

}  // namespace

Session::Session(plan::Plan plan, Weights& weights, ThreadPool& pool)
    : memory_(std::make_unique<Memory>(plan.arena_bytes)), pool_(&pool) {
  Memory& m = *memory_;
  m.plan = std::move(plan);
  const Graph& g = m.plan.graph;
  for (std::size_t v = 0; v < g.values().size(); ++v) {
    const Value& value = g.values()[v];
    if (value.kind == ValueKind::input)
      m.inputs.emplace(ValueId(v), Tensor(value.type.shape, value.type.dtype));
    if (value.kind == ValueKind::parameter || value.kind == ValueKind::state)
      check_weight(value, weights);
  }
  const auto address = [&](const plan::Operand& operand) -> void* {
    switch (operand.place) {
      case plan::Operand::Place::none:
        return nullptr;
      case plan::Operand::Place::arena:
        return m.arena.data() + operand.offset;
      case plan::Operand::Place::input:
        return m.inputs.at(operand.value).raw();
      case plan::Operand::Place::weight:
        return weights.at(g.value(operand.value).name).raw();
    }
    return nullptr;
  };
  const auto bind = [&](const plan::Call& call) {
    Bound bound{
        call.kernel, &call.problem, call.packs, {}, {}, m.arena.data() + call.scratch_offset};
    for (const plan::Operand& operand : call.inputs) bound.inputs.push_back(address(operand));
    for (const plan::Operand& operand : call.outputs) bound.outputs.push_back(address(operand));
    return bound;
  };
  for (const plan::Call& call : m.plan.prologue) m.prologue.push_back(bind(call));
  for (const plan::Call& call : m.plan.calls) m.calls.push_back(bind(call));
  for (const plan::Operand& operand : m.plan.values) addresses_.push_back(address(operand));
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::execute(const Bound& call, std::uint64_t seed, std::uint64_t step) noexcept {
  if (call.packs)
    call.kernel->pack(*call.problem, call.inputs[0], call.outputs[0], *pool_);
  else
    call.kernel->run(*call.problem, {call.inputs, call.outputs, call.scratch, *pool_, seed, step});
}

void Session::run_prologue(std::uint64_t seed, std::uint64_t step) noexcept {
  if (!packed_)
    for (const Bound& call : memory_->prologue) execute(call, seed, step);
  packed_ = true;
}

void Session::run(std::uint64_t seed, std::uint64_t step) noexcept {
  run_prologue(seed, step);
  for (const Bound& call : memory_->calls) execute(call, seed, step);
}

void Session::run(std::uint64_t seed, std::uint64_t step, std::span<CallTime> times) noexcept {
  run_prologue(seed, step);
  const Stopwatch watch;
  for (std::size_t i = 0; i < times.size(); ++i) {
    times[i].begin = watch.seconds();
    execute(memory_->calls[i], seed, step);
    times[i].seconds = watch.seconds() - times[i].begin;
  }
}

const plan::Plan& Session::plan() const { return memory_->plan; }

void* Session::raw(ValueId id, std::string_view name, std::size_t element) const {
  if (id == kNoValue)
    throw Error(ErrorCode::invalid_argument, std::string(name), "no such input or output");
  check_element(graph().value(id), element);
  return addresses_[std::size_t(id)];
}

ValueId Session::input_id(std::string_view name) const {
  const ValueId id = graph().find(name);
  return id != kNoValue && graph().value(id).kind == ValueKind::input ? id : kNoValue;
}

}  // namespace noyau::runtime
