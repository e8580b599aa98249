#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "noyau/tensor.hpp"

namespace noyau {

using ValueId = std::int32_t;
/// Stands for an optional input that is absent, such as the bias of a convolution.
inline constexpr ValueId kNoValue = -1;

/// How a parameter gets its first numbers.
struct Init {
  enum class Kind : std::uint8_t {
    constant,         ///< every element is `scale`
    normal,           ///< mean 0, standard deviation `scale`
    uniform,          ///< between -`scale` and `scale`
    kaiming_normal,   ///< He et al. 2015, fan_out: standard deviation `scale` * sqrt(2 / fan_out)
    kaiming_uniform,  ///< bound `scale` * sqrt(1 / fan_in): torch's default for linear and conv
                      ///< layers
    kaiming_normal_fan_in,  ///< He et al. 2015, fan_in: deviation `scale` * sqrt(2 / fan_in)
    xavier_uniform  ///< Glorot and Bengio 2010: bound `scale` * sqrt(6 / (fan_in + fan_out))
  };
  Kind kind = Kind::constant;
  double scale = 0.0;
  /// Only for kaiming_uniform biases: the fan_in of the weight the bias belongs to; 0 = own shape.
  std::int64_t fan_in = 0;
  bool operator==(const Init&) const = default;
};

/// What a value is: given by the caller at each step, learned, carried from step to step without a
/// gradient (running statistics), or computed by a node.
enum class ValueKind : std::uint8_t { input, parameter, state, result };

struct ValueType {
  DType dtype = DType::f32;
  Shape shape;
  bool operator==(const ValueType&) const = default;
};

struct Value {
  std::string name;  ///< unique in its graph; parameters carry their torchvision name
  ValueType type;
  ValueKind kind = ValueKind::result;
  std::int32_t producer = -1;  ///< index of the node that computes it, -1 unless kind is result
  Init init;                   ///< parameters and states only
};

using Attribute = std::variant<bool, std::int64_t, double, std::vector<std::int64_t>, std::string>;
using Attributes = std::map<std::string, Attribute, std::less<>>;

/// One operation. `op` names a row of src/ops/ops.def; `name` says which layer it is
/// ("layer1.0.bn1").
struct Node {
  std::string op;
  std::string name;
  std::vector<ValueId> inputs;  ///< kNoValue where an optional input is absent
  std::vector<ValueId> outputs;
  Attributes attributes;

  bool has(std::string_view attribute) const {
    return attributes.find(attribute) != attributes.end();
  }
  /// The attribute as T. Throws Error(internal) naming the node when it is absent or of another
  /// type.
  template <class T>
  const T& get(std::string_view attribute) const;
};

/// A network as static single assignment: values with static shapes, and nodes in an order in which
/// every node comes after those it reads. Building it does not compute anything.
class Graph {
 public:
  /// Throws, as the next two do, Error(invalid_argument) when the name is empty or taken, or the
  /// shape has more than 2^48 elements.
  ValueId add_input(std::string name, ValueType type);
  ValueId add_parameter(std::string name, Shape shape, Init init, DType dtype = DType::f32);
  ValueId add_state(std::string name, Shape shape, Init init, DType dtype = DType::f32);
  /// Appends a node whose outputs have the given types; returns its index. The outputs are named
  /// after the node ("layer1.0.bn1", "layer1.0.bn1:1", ...), made unique when needed, unless
  /// `output_names` names each of them. Throws Error(invalid_argument) when a given name is taken.
  /// `ops::append` is the checked way in: it infers the types.
  std::int32_t add_node(Node node, const std::vector<ValueType>& output_types,
                        const std::vector<std::string>& output_names = {});

  const std::vector<Value>& values() const { return values_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const Value& value(ValueId id) const { return values_[std::size_t(id)]; }
  const ValueType& type(ValueId id) const { return value(id).type; }
  const Shape& shape(ValueId id) const { return value(id).type.shape; }
  /// kNoValue when no value has this name.
  ValueId find(std::string_view name) const;

  /// Named results that the caller wants: "logits", "loss", "grad:conv1.weight"... Setting a name
  /// again moves it to the new value. Throws Error(invalid_argument) for a value that is not there.
  void set_output(std::string name, ValueId value);
  const std::vector<std::pair<std::string, ValueId>>& outputs() const { return outputs_; }
  /// kNoValue when there is no such output.
  ValueId output(std::string_view name) const;

 private:
  std::string unique_name(std::string name);
  ValueId add_value(Value value);

  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<std::pair<std::string, ValueId>> outputs_;
  std::map<std::string, ValueId, std::less<>> by_name_;
  std::map<std::string, std::size_t, std::less<>> output_by_name_;  ///< index in outputs_
  std::map<std::string, int, std::less<>> next_suffix_;             ///< of names that were taken
};

/// The graph as text, one line per value or node; `parse` reads it back. The text of a graph that
/// was parsed equals the text it was parsed from.
std::string print(const Graph& graph);
/// Throws Error(corrupt_file) with the line number.
Graph parse(std::string_view text);
/// Throws Error(internal) naming the node or value that breaks a rule: names unique, every read
/// after its write, one producer per value, outputs that exist.
void verify(const Graph& graph);

}  // namespace noyau
