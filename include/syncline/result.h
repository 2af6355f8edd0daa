// Result<T>: a value, or an Error that names the thing, the place and the remedy.
//
//   Result<Receipt> receipt = node.write(...);
//   if (!receipt) return std::unexpected(receipt.error().within("saving the reading"));
//
// Refusals and bad bytes are Results; a broken invariant of ours is a CHECK (proto/check.h).
// Thread-safe to copy and read.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace syncline {

enum class ErrorCode : uint16_t {
#define SYNCLINE_ERROR(enumerator, number, exit_code, name, text) enumerator = number,
#include "syncline/error_codes.def"
#undef SYNCLINE_ERROR
};

// The code's name as logs, JSON and docs/errors.md spell it, such as "store_in_use".
std::string_view name_of(ErrorCode code);
// What the code means, in one line.
std::string_view text_of(ErrorCode code);
// The exit code of a command that ends with it (docs/cli.md).
int exit_code_of(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  Error() = default;
  Error(ErrorCode c, std::string m) : code(c), message(std::move(m)) {}

  // The same error with the place it happened in before it: "saving the reading: no such type".
  Error within(std::string_view place) const {
    return Error(code, std::string(place) + ": " + message);
  }
  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}

}  // namespace syncline

// Returns the error of a Status or Result from the enclosing function, if there is one.
#define SYNCLINE_TRY(expression)                                              \
  do {                                                                        \
    auto&& syncline_try_result = (expression);                                \
    if (!syncline_try_result)                                                 \
      return std::unexpected<::syncline::Error>(syncline_try_result.error()); \
  } while (false)

#define SYNCLINE_CONCAT_INNER(a, b) a##b
#define SYNCLINE_CONCAT(a, b) SYNCLINE_CONCAT_INNER(a, b)
// SYNCLINE_ASSIGN(auto row, read_row(key)): declares row, or returns the error.
#define SYNCLINE_ASSIGN(declaration, expression) \
  SYNCLINE_ASSIGN_INNER(SYNCLINE_CONCAT(syncline_assign_, __LINE__), declaration, expression)
#define SYNCLINE_ASSIGN_INNER(temporary, declaration, expression)               \
  auto temporary = (expression);                                                \
  if (!temporary) return std::unexpected<::syncline::Error>(temporary.error()); \
  declaration = std::move(*temporary)
