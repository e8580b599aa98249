#include "io/pytorch/pickle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>

#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMostValues = 4'000'000, kMostAxes = 64;

struct StorageName {
  std::string_view name;
  StoredType type;
};
constexpr std::array kStorages = {
    StorageName{"torch DoubleStorage", StoredType::f64},
    StorageName{"torch FloatStorage", StoredType::f32},
    StorageName{"torch HalfStorage", StoredType::f16},
    StorageName{"torch BFloat16Storage", StoredType::bf16},
    StorageName{"torch LongStorage", StoredType::i64},
    StorageName{"torch IntStorage", StoredType::i32},
    StorageName{"torch ShortStorage", StoredType::i16},
    StorageName{"torch CharStorage", StoredType::i8},
    StorageName{"torch ByteStorage", StoredType::u8},
    StorageName{"torch BoolStorage", StoredType::boolean},
};
constexpr std::array<std::string_view, 5> kFunctions = {
    "collections OrderedDict", "torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter", "torch._utils _rebuild_parameter_with_state"};

std::optional<StoredType> storage_type(std::string_view global) {
  for (const StorageName& row : kStorages)
    if (row.name == global) return row.type;
  return std::nullopt;
}

class Machine {
 public:
  Machine(std::string_view bytes, const std::string& where, std::deque<PickleValue>& values)
      : bytes_(bytes), where_(where), values_(values) {}

  PickleValue* run() {
    while (true) {
      op_at_ = at_;
      const auto op = static_cast<unsigned char>(number(1));
      if (op == '.') return pop();
      step(op);
    }
  }
  std::size_t position() const { return at_; }

 private:
  void step(unsigned char op) {
    switch (op) {
      case 0x80:  // PROTO
        if (const std::uint64_t version = number(1); version > 5)
          fail(fmt::format("pickle protocol {}", version), "2 to 5");
        return;
      case 0x95:  // FRAME: its length is of no use here
        number(8);
        return;
      case 'N':
        make(Kind::nothing);
        return;
      case 0x88:
      case 0x89:
        make(Kind::boolean)->integer = op == 0x88;
        return;
      case 'K':
        make(Kind::integer)->integer = std::int64_t(number(1));
        return;
      case 'M':
        make(Kind::integer)->integer = std::int64_t(number(2));
        return;
      case 'J':
        make(Kind::integer)->integer = std::int32_t(number(4));
        return;
      case 0x8A:
        make(Kind::integer)->integer = long_number(std::size_t(number(1)));
        return;
      case 'G':
        make(Kind::number)->number = std::bit_cast<double>(big_endian(8));
        return;
      case 'X':
      case 'T':
      case 'B':
        make_text(number(4));
        return;
      case 0x8C:
      case 'U':
      case 'C':
        make_text(number(1));
        return;
      case 0x8D:
        make_text(number(8));
        return;
      case '(':
        marks_.push_back(stack_.size());
        return;
      case ')':
        make(Kind::tuple);
        return;
      case 't':
        make_of(Kind::tuple, since_mark());
        return;
      case 0x85:
      case 0x86:
      case 0x87:
        make_of(Kind::tuple, take(std::size_t(op - 0x84)));
        return;
      case ']':
        make(Kind::list);
        return;
      case 'l':
        make_of(Kind::list, since_mark());
        return;
      case '}':
        make(Kind::dict);
        return;
      case 'a':
        append(take(1));
        return;
      case 'e':
        append(since_mark());
        return;
      case 's':
        set_entries(take(2));
        return;
      case 'u':
        set_entries(since_mark());
        return;
      case 'q':
        memo_[number(1)] = top();
        return;
      case 'r':
        memo_[number(4)] = top();
        return;
      case 0x94:
        memo_[memo_.size()] = top();
        return;
      case 'h':
        recall(number(1));
        return;
      case 'j':
        recall(number(4));
        return;
      case 'c': {
        const std::string module = line();
        make_global(module, line());
        return;
      }
      case 0x93: {
        const std::vector<PickleValue*> names = take(2);
        make_global(text_of(names[0]), text_of(names[1]));
        return;
      }
      case 'Q':
        make_storage(pop());
        return;
      case 'R': {
        const std::vector<PickleValue*> call = take(2);
        reduce(*call[0], *call[1]);
        return;
      }
      case 'b':  // BUILD: the attributes of an object, which weights have no use for
        pop();
        top();
        return;
      case '0':
        pop();
        return;
      default:
        throw Error(ErrorCode::unsupported, place(), fmt::format("opcode 0x{:02X}", op),
                    "those that tensors and dicts are saved with",
                    "save the state dict only: torch.save(model.state_dict(), FILE)");
    }
  }

  // Reading.

  std::string_view raw(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail("an end too soon", "a whole pickle");
    const std::string_view part = bytes_.substr(at_, std::size_t(size));
    at_ += std::size_t(size);
    return part;
  }
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const std::string_view part = raw(width);
    for (std::size_t i = 0; i < width; ++i)
      value |= std::uint64_t(static_cast<unsigned char>(part[i])) << (8 * i);
    return value;
  }
  std::uint64_t big_endian(std::size_t width) {
    std::uint64_t value = 0;
    for (const char c : raw(width)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::int64_t long_number(std::size_t width) {
    if (width > 8) fail(fmt::format("a number of {} bytes", width), "at most 8");
    const std::uint64_t value = number(width);
    const int shift = int(64 - 8 * width);
    return width == 0 ? 0 : std::int64_t(value << shift) >> shift;
  }
  std::string line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("a name without an end", "a whole pickle");
    const std::string text(raw(end - at_));
    raw(1);
    return text;
  }

  // Making values.

  PickleValue* make(Kind kind) {
    if (values_.size() >= kMostValues) fail("millions of values", "a dict of tensors");
    values_.push_back({});
    values_.back().kind = kind;
    stack_.push_back(&values_.back());
    return stack_.back();
  }
  void make_text(std::uint64_t size) {
    const std::string_view text = raw(size);
    make(Kind::text)->text = text;
  }
  void make_of(Kind kind, std::vector<PickleValue*> items) { make(kind)->items = std::move(items); }
  void make_global(const std::string& module, const std::string& name) {
    const std::string global = module + " " + name;
    if (!storage_type(global) && std::ranges::find(kFunctions, global) == kFunctions.end())
      throw Error(ErrorCode::unsupported, place(),
                  fmt::format("the name {}.{}", module.substr(0, 100), name.substr(0, 100)),
                  "tensors and dicts only; nothing in a weight file is run",
                  "save the state dict only: torch.save(model.state_dict(), FILE)");
    make(Kind::global)->text = global;
  }
  /// From ("storage", type, key, location, elements), and in old files a view of it.
  void make_storage(const PickleValue* id) {
    const auto& items = id->items;
    const bool known = id->kind == Kind::tuple && items.size() >= 5 &&
                       items[0]->kind == Kind::text && items[0]->text == "storage" &&
                       items[1]->kind == Kind::global && items[2]->kind == Kind::text &&
                       items[4]->kind == Kind::integer && items[4]->integer >= 0;
    const auto type = known ? storage_type(items[1]->text) : std::nullopt;
    if (!type) fail("a reference that is no storage", "the storage of a tensor");
    if (items.size() > 5 && items[5]->kind != Kind::nothing)
      throw Error(ErrorCode::unsupported, place(), "a view of another storage",
                  "a file of PyTorch 0.4 or later");
    PickleValue* storage = make(Kind::storage);
    storage->text = items[2]->text;
    storage->type = *type;
    storage->integer = items[4]->integer;
  }

  // The stack.

  PickleValue* top() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back()))
      fail("nothing on the stack", "a value");
    return stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }
  std::vector<PickleValue*> take(std::size_t count) {
    std::vector<PickleValue*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  std::vector<PickleValue*> since_mark() {
    if (marks_.empty()) fail("no mark on the stack", "a mark");
    const auto begin = stack_.begin() + std::ptrdiff_t(marks_.back());
    std::vector<PickleValue*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  void recall(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail(fmt::format("memo {} that was not set", index), "a value");
    stack_.push_back(found->second);
  }

  // Changing values.

  void append(const std::vector<PickleValue*>& items) {
    PickleValue* list = top();
    if (list->kind != Kind::list) fail("items for what is no list", "a list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }
  void set_entries(const std::vector<PickleValue*>& items) {
    PickleValue* dict = top();
    if (dict->kind != Kind::dict) fail("entries for what is no dict", "a dict");
    if (items.size() % 2 != 0) fail("a key without a value", "pairs");
    for (std::size_t i = 0; i < items.size(); i += 2)
      dict->entries.emplace_back(items[i], items[i + 1]);
  }

  // Calls.

  void reduce(const PickleValue& function, const PickleValue& arguments) {
    if (function.kind != Kind::global || arguments.kind != Kind::tuple)
      fail("a call of what is no function", "a function and its arguments");
    const auto& items = arguments.items;
    if (function.text == "collections OrderedDict") {
      ordered_dict(items);
    } else if (function.text == "torch._utils _rebuild_tensor" ||
               function.text == "torch._utils _rebuild_tensor_v2") {
      rebuild_tensor(items);
    } else if (function.text.starts_with("torch._utils _rebuild_parameter")) {
      if (items.empty() || items[0]->kind != Kind::tensor)
        fail("no tensor", "a parameter's tensor");
      stack_.push_back(items[0]);
    } else {
      fail("a call of " + function.text, "a function that makes tensors");
    }
  }

  void ordered_dict(const std::vector<PickleValue*>& arguments) {
    PickleValue* dict = make(Kind::dict);
    if (arguments.empty()) return;
    if (arguments[0]->kind != Kind::list) fail("an OrderedDict of what is no list", "a list");
    for (const PickleValue* pair : arguments[0]->items) {
      if (pair->items.size() != 2) fail("an entry that is no pair", "pairs");
      dict->entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }

  /// From (storage, offset, shape, stride, ...).
  void rebuild_tensor(const std::vector<PickleValue*>& arguments) {
    if (arguments.size() < 4 || arguments[0]->kind != Kind::storage ||
        arguments[1]->kind != Kind::integer)
      fail("a tensor without storage, offset, shape and stride", "all of them");
    PickleValue* tensor = make(Kind::tensor);
    tensor->text = arguments[0]->text;
    tensor->type = arguments[0]->type;
    tensor->storage_elements = arguments[0]->integer;
    tensor->integer = arguments[1]->integer;
    tensor->shape = integers(*arguments[2]);
    tensor->stride = integers(*arguments[3]);
    if (tensor->shape.size() != tensor->stride.size())
      fail("more axes than strides, or fewer", "one stride for each axis");
  }

  std::vector<std::int64_t> integers(const PickleValue& tuple) {
    if (tuple.kind != Kind::tuple || tuple.items.size() > kMostAxes)
      fail("a shape that is no tuple", "a tuple of numbers");
    std::vector<std::int64_t> list;
    for (const PickleValue* item : tuple.items) {
      if (item->kind != Kind::integer || item->integer < 0)
        fail("an extent that is no number", "0 or more");
      list.push_back(item->integer);
    }
    return list;
  }

  const std::string& text_of(const PickleValue* value) const {
    if (value->kind != Kind::text) fail("a name that is no text", "a text");
    return value->text;
  }

  std::string place() const { return fmt::format("{}@{}", where_, op_at_); }
  [[noreturn]] void fail(const std::string& got, const std::string& expected) const {
    throw Error(ErrorCode::corrupt_file, place(), got, expected);
  }

  std::string_view bytes_;
  const std::string& where_;
  std::deque<PickleValue>& values_;
  std::size_t at_ = 0, op_at_ = 0;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, PickleValue*> memo_;
};

}  // namespace

Pickle::Pickle(std::string_view bytes, const std::string& where) {
  Machine machine(bytes, where, values_);
  root_ = machine.run();
  length_ = machine.position();
}

}  // namespace noyau::io
