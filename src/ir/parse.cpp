#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "ir/text.hpp"
#include "noyau/error.hpp"
#include "noyau/graph.hpp"

namespace noyau {
namespace {

// Reads one line of a graph's text from left to right.
class LineReader {
 public:
  LineReader(std::string_view line, int number) : line_(line), number_(number) {}

  [[noreturn]] void fail(const std::string& expected) const {
    std::string rest(line_.substr(position_, 40));
    throw Error(ErrorCode::corrupt_file, where(), rest.empty() ? "end of line" : rest, expected);
  }
  std::string where() const { return "graph text line " + std::to_string(number_); }

  bool at_end() {
    skip_spaces();
    return position_ == line_.size();
  }
  void expect_end() {
    if (!at_end()) fail("the end of the line");
  }
  bool accept(std::string_view text) {
    skip_spaces();
    if (line_.substr(position_, text.size()) != text) return false;
    position_ += text.size();
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) fail("'" + std::string(text) + "'");
  }

  std::string word() {
    skip_spaces();
    const std::size_t begin = position_;
    while (position_ < line_.size() && ir::is_plain(line_[position_])) ++position_;
    if (position_ == begin) fail("a word");
    return std::string(line_.substr(begin, position_ - begin));
  }
  bool next_is(char c) {
    skip_spaces();
    return position_ < line_.size() && line_[position_] == c;
  }
  std::string name() { return next_is('"') ? quoted() : word(); }

  std::string quoted() {
    expect("\"");
    std::string out;
    while (position_ < line_.size() && line_[position_] != '"') out += character();
    if (position_ == line_.size()) fail("a closing quote");
    ++position_;
    return out;
  }

  template <class T>
  T number() {
    skip_spaces();
    T value{};
    const char* end = line_.data() + line_.size();
    const auto result = std::from_chars(line_.data() + position_, end, value);
    if (result.ec != std::errc{}) fail("a number");
    position_ = std::size_t(result.ptr - line_.data());
    return value;
  }

  std::vector<std::int64_t> list() {
    std::vector<std::int64_t> items;
    expect("[");
    while (!accept("]")) {
      if (!items.empty()) expect(",");
      items.push_back(number<std::int64_t>());
    }
    return items;
  }

  Attribute attribute() {
    if (next_is('"')) return quoted();
    if (next_is('[')) return list();
    if (accept("true")) return true;
    if (accept("false")) return false;
    skip_spaces();
    const std::size_t end = line_.find_first_of(",}", position_);
    const bool integer =
        line_.substr(position_, end - position_).find_first_of(".en") == std::string_view::npos;
    if (integer) return number<std::int64_t>();
    return number<double>();
  }

 private:
  void skip_spaces() {
    while (position_ < line_.size() && line_[position_] == ' ') ++position_;
  }

  char character() {
    if (line_[position_] != '\\') return line_[position_++];
    const std::string_view escape = line_.substr(position_);
    if (escape.size() >= 2 && (escape[1] == '"' || escape[1] == '\\')) {
      position_ += 2;
      return escape[1];
    }
    int byte = 0;
    if (escape.size() < 4 || escape[1] != 'x' ||
        std::from_chars(escape.data() + 2, escape.data() + 4, byte, 16).ptr != escape.data() + 4)
      fail("an escape of the form \\xNN");
    position_ += 4;
    return char(byte);
  }

  std::string_view line_;
  int number_;
  std::size_t position_ = 0;
};

class Parser {
 public:
  Graph parse(std::string_view text) {
    int number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      LineReader line(text.substr(0, end), ++number);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (number == 1)
        header(line);
      else if (!line.at_end() && !line.next_is('#'))
        checked_line(line);
    }
    if (number == 0) throw Error(ErrorCode::corrupt_file, "graph text", "no text");
    return std::move(graph_);
  }

 private:
  static void header(LineReader& line) {
    line.expect(ir::kHeader);
    line.expect_end();
  }

  // What the graph itself refuses (a name taken, a shape too large) is a fault of the text here.
  void checked_line(LineReader& line) {
    try {
      any_line(line);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::corrupt_file) throw;
      throw Error(ErrorCode::corrupt_file, line.where(), error.where() + ": " + error.got(),
                  error.expected());
    }
    line.expect_end();
  }

  void any_line(LineReader& line) {
    const std::string kind = line.word();
    if (kind == "node") return node(line);
    if (kind == "output") return output(line);
    std::string name = line.name();
    const ValueType value_type = type(line);
    if (kind == "input")
      graph_.add_input(std::move(name), value_type);
    else if (kind == "parameter")
      graph_.add_parameter(std::move(name), value_type.shape, init(line), value_type.dtype);
    else if (kind == "state")
      graph_.add_state(std::move(name), value_type.shape, init(line), value_type.dtype);
    else
      throw Error(ErrorCode::corrupt_file, line.where(), kind,
                  "input, parameter, state, node or output");
  }

  static ValueType type(LineReader& line) {
    for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::u8})
      if (line.accept(to_string(dtype))) return {dtype, Shape(line.list())};
    line.fail("f32, f64, i32 or u8");
  }

  static Init init(LineReader& line) {
    const std::string word = line.word();
    const auto found = std::find(ir::kInitKinds.begin(), ir::kInitKinds.end(), word);
    if (found == ir::kInitKinds.end())
      throw Error(ErrorCode::corrupt_file, line.where(), word, "a known way to initialise");
    Init init{Init::Kind(found - ir::kInitKinds.begin()), line.number<double>(), 0};
    if (line.accept("fan_in")) init.fan_in = line.number<std::int64_t>();
    return init;
  }

  ValueId known(LineReader& line) const {
    const std::string name = line.name();
    const ValueId id = graph_.find(name);
    if (id == kNoValue)
      throw Error(ErrorCode::corrupt_file, line.where(), name, "a value of an earlier line");
    return id;
  }

  // Quotes tell a value that is called "_" from an absent input.
  ValueId input(LineReader& line) const {
    LineReader ahead = line;
    if (!ahead.next_is('"') && ahead.word() == ir::kAbsent) {
      line = ahead;
      return kNoValue;
    }
    return known(line);
  }

  void node(LineReader& line) {
    Node node;
    node.op = line.name();
    node.name = line.name();
    line.expect("(");
    while (!line.accept(")")) {
      if (!node.inputs.empty()) line.expect(",");
      node.inputs.push_back(input(line));
    }
    line.expect("->");
    line.expect("(");
    std::vector<std::string> names;
    std::vector<ValueType> types;
    do {
      names.push_back(line.name());
      types.push_back(type(line));
    } while (line.accept(","));
    line.expect(")");
    attributes(line, node);
    graph_.add_node(std::move(node), types, names);
  }

  static void attributes(LineReader& line, Node& node) {
    line.expect("{");
    while (!line.accept("}")) {
      if (!node.attributes.empty()) line.expect(",");
      std::string name = line.name();
      line.expect("=");
      node.attributes.insert_or_assign(std::move(name), line.attribute());
    }
  }

  void output(LineReader& line) {
    std::string name = line.name();
    if (graph_.output(name) != kNoValue)
      throw Error(ErrorCode::corrupt_file, line.where(), "a second output " + name);
    line.expect("=");
    graph_.set_output(std::move(name), known(line));
  }

  Graph graph_;
};

}  // namespace

Graph parse(std::string_view text) { return Parser().parse(text); }

}  // namespace noyau
