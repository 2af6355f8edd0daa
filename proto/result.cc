#include "syncline/result.h"

namespace syncline {

std::string_view name_of(ErrorCode code) {
  switch (code) {
#define SYNCLINE_ERROR(enumerator, number, exit_code, name, text) \
  case ErrorCode::enumerator:                                     \
    return name;
#include "syncline/error_codes.def"
#undef SYNCLINE_ERROR
  }
  return "unknown";  // a number from a newer peer
}

std::string_view text_of(ErrorCode code) {
  switch (code) {
#define SYNCLINE_ERROR(enumerator, number, exit_code, name, text) \
  case ErrorCode::enumerator:                                     \
    return text;
#include "syncline/error_codes.def"
#undef SYNCLINE_ERROR
  }
  return "an error that this version does not know";
}

int exit_code_of(ErrorCode code) {
  switch (code) {
#define SYNCLINE_ERROR(enumerator, number, exit_code, name, text) \
  case ErrorCode::enumerator:                                     \
    return exit_code;
#include "syncline/error_codes.def"
#undef SYNCLINE_ERROR
  }
  return 70;
}

}  // namespace syncline
