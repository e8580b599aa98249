#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace noyau {

/// What kind of thing went wrong. The command line maps each code to an exit code.
enum class ErrorCode {
  invalid_argument,
  shape_mismatch,
  unsupported,
  io,
  corrupt_file,
  out_of_memory,
  numeric,
  distributed,
  internal,
};

/// The name of a code as it is written in C++, for example "shape_mismatch".
std::string_view to_string(ErrorCode code);

/// The one exception that noyau throws, made where the fact is known.
///
/// `what()` reads "where: got; expected X; hint". All parts are escaped: control characters of
/// file names or of file contents never reach a terminal.
class Error : public std::runtime_error {
 public:
  /// `where` names the file (with [:member][@offset]), flag, field or node; `expected` and `hint`
  /// may be empty.
  Error(ErrorCode code, std::string where, std::string got, std::string expected = {},
        std::string hint = {});

  ErrorCode code() const { return code_; }
  const std::string& where() const { return where_; }
  const std::string& got() const { return got_; }
  const std::string& expected() const { return expected_; }
  const std::string& hint() const { return hint_; }

 private:
  ErrorCode code_;
  std::string where_, got_, expected_, hint_;
};

/// `text` with control bytes and invalid UTF-8 written as \xNN, safe to print on a terminal.
std::string escaped(std::string_view text);

}  // namespace noyau
