// The names that @type knows, as sets of kinds. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/query/bound.h"

namespace syncline::query {

// "string", "numeric", "collection"...; in any case. Nothing if there is no such name.
std::optional<int64_t> type_bits_of_name(std::string_view name);
// A name for exactly these kinds; those that have none cannot come out of the names.
std::string_view name_of_type_bits(int64_t bits);
// What a value is; what a declared type is.
int64_t type_bits_of(const Value& value);
int64_t type_bits_of(const ValueType& type);
inline constexpr int64_t kDictionaryBits = 1 << 11;
inline constexpr int64_t kListBits = 1 << 12;
inline constexpr int64_t kLinkBits = 1 << 13;

}  // namespace syncline::query
