#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/stored_tensor.hpp"

namespace noyau::io {

/// A value of a pickle, of the kinds that weight files are made of.
struct PickleValue {
  enum class Kind : std::uint8_t {
    nothing,
    boolean,
    integer,
    number,
    text,
    tuple,
    list,
    dict,
    global,   ///< `text`: "module name"
    storage,  ///< `text`: its key; `type` and `integer`: its elements
    tensor    ///< of the storage `text`, from element `integer` on
  };
  Kind kind = Kind::nothing;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  StoredType type = StoredType::f32;
  std::int64_t storage_elements = 0;                           ///< of a tensor
  std::vector<std::int64_t> shape, stride;                     ///< of a tensor
  std::vector<PickleValue*> items;                             ///< of a tuple or list
  std::vector<std::pair<PickleValue*, PickleValue*>> entries;  ///< of a dict
};

/// One pickle, read by a machine that knows only the opcodes and the names (classes and functions)
/// that torch.save needs for tensors: nothing in a file is ever run.
class Pickle {
 public:
  /// Throws Error(corrupt_file) at "where@offset" for damage, Error(unsupported) for an opcode or a
  /// name outside of the list.
  Pickle(std::string_view bytes, const std::string& where);
  Pickle(Pickle&&) = default;

  const PickleValue& root() const { return *root_; }
  /// All values, also those that the root does not refer to.
  const std::deque<PickleValue>& values() const { return values_; }
  /// Bytes up to and with the end of the pickle.
  std::size_t length() const { return length_; }

 private:
  std::deque<PickleValue> values_;  ///< owns all: values may refer to each other in circles
  const PickleValue* root_ = nullptr;
  std::size_t length_ = 0;
};

}  // namespace noyau::io
