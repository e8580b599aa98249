#include <charconv>
#include <string>

#include "ir/text.hpp"
#include "noyau/graph.hpp"

namespace noyau {
namespace {

std::string quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte == 0x7F)
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    else
      out += c;
  }
  return out + '"';
}

std::string name_text(std::string_view name) {
  bool plain = !name.empty() && name != ir::kAbsent;
  for (const char c : name) plain = plain && ir::is_plain(c);
  return plain ? std::string(name) : quoted(name);
}

// The shortest digits that read back as the same number, always told apart from an integer.
std::string number(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

template <class List>
std::string list_text(const List& list) {
  std::string text;
  for (const std::int64_t item : list) text += (text.empty() ? "" : ",") + std::to_string(item);
  return "[" + text + "]";
}

std::string type_text(const ValueType& type) {
  return std::string(to_string(type.dtype)) + list_text(type.shape.extents());
}

struct AttributeText {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return number(value); }
  std::string operator()(const std::vector<std::int64_t>& value) const { return list_text(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
};

std::string init_text(const Init& init) {
  std::string text(ir::kInitKinds[std::size_t(init.kind)]);
  text += " " + number(init.scale);
  if (init.fan_in != 0) text += " fan_in " + std::to_string(init.fan_in);
  return text;
}

std::string value_line(const Value& value) {
  std::string line(ir::kValueKinds[std::size_t(value.kind)]);
  line += " " + name_text(value.name) + " " + type_text(value.type);
  if (value.kind != ValueKind::input) line += " " + init_text(value.init);
  return line + "\n";
}

std::string node_line(const Graph& graph, const Node& node) {
  std::string inputs, outputs, attributes;
  for (const ValueId id : node.inputs) {
    inputs += inputs.empty() ? "" : ", ";
    inputs += id == kNoValue ? std::string(ir::kAbsent) : name_text(graph.value(id).name);
  }
  for (const ValueId id : node.outputs) {
    const Value& value = graph.value(id);
    outputs += (outputs.empty() ? "" : ", ") + name_text(value.name) + " " + type_text(value.type);
  }
  for (const auto& [name, value] : node.attributes)
    attributes += (attributes.empty() ? "" : ", ") + name_text(name) + "=" +
                  std::visit(AttributeText{}, value);
  return "node " + name_text(node.op) + " " + name_text(node.name) + " (" + inputs + ") -> (" +
         outputs + ") {" + attributes + "}\n";
}

}  // namespace

std::string print(const Graph& graph) {
  std::string text = std::string(ir::kHeader) + "\n";
  for (std::size_t v = 0; v < graph.values().size(); ++v) {
    const Value& value = graph.values()[v];
    if (value.kind != ValueKind::result) {
      text += value_line(value);
      continue;
    }
    // A node stands where its first output does, so that reading it back numbers values alike.
    const Node& node = graph.nodes()[std::size_t(value.producer)];
    if (node.outputs[0] == ValueId(v)) text += node_line(graph, node);
  }
  for (const auto& [name, id] : graph.outputs())
    text += "output " + name_text(name) + " = " + name_text(graph.value(id).name) + "\n";
  return text;
}

}  // namespace noyau
