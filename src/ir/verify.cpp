#include <set>
#include <string>

#include "noyau/error.hpp"
#include "noyau/graph.hpp"

namespace noyau {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  void run() {
    for (const Value& value : graph_.values()) check_value(value);
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) check_node(std::int32_t(i));
    for (const Value& value : graph_.values())
      if (value.kind == ValueKind::result && !written_.contains(id_of(value)))
        refuse(value.name, "its producer does not list it");
    for (const auto& [name, id] : graph_.outputs()) check_output(name, id);
  }

 private:
  [[noreturn]] static void refuse(const std::string& where, const std::string& got,
                                  const std::string& expected = {}) {
    throw Error(ErrorCode::internal, where, got, expected);
  }

  ValueId id_of(const Value& value) const { return ValueId(&value - graph_.values().data()); }
  bool exists(ValueId id) const { return id >= 0 && std::size_t(id) < graph_.values().size(); }

  void check_value(const Value& value) const {
    const bool computed = value.kind == ValueKind::result;
    const bool produced =
        value.producer >= 0 && std::size_t(value.producer) < graph_.nodes().size();
    if (computed && !produced) refuse(value.name, "a result without a producer");
    if (!computed && value.producer != -1)
      refuse(value.name, "a producer", "none for inputs, parameters and states");
    if (value.name.empty()) refuse("graph", "a value without name");
    if (graph_.find(value.name) != id_of(value)) refuse(value.name, "a second value of this name");
  }

  void check_node(std::int32_t index) {
    const Node& node = graph_.nodes()[std::size_t(index)];
    const std::string where = node.op + " " + node.name;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) continue;
      if (!exists(id)) refuse(where, "reads value " + std::to_string(id), "a value of the graph");
      const Value& value = graph_.value(id);
      if (value.kind == ValueKind::result && !written_.contains(id))
        refuse(where, "reads " + value.name + " before it is written");
    }
    if (node.outputs.empty()) refuse(where, "no outputs", "at least one");
    for (const ValueId id : node.outputs) {
      if (!exists(id)) refuse(where, "writes value " + std::to_string(id), "a value of the graph");
      if (graph_.value(id).producer != index || !written_.insert(id).second)
        refuse(where, "writes " + graph_.value(id).name, "one producer per value");
    }
  }

  void check_output(const std::string& name, ValueId id) {
    if (!exists(id))
      refuse("output " + name, "value " + std::to_string(id), "a value of the graph");
    if (!output_names_.insert(name).second)
      refuse("output " + name, "a second output of this name");
  }

  const Graph& graph_;
  std::set<ValueId> written_;
  std::set<std::string_view> output_names_;
};

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace noyau
