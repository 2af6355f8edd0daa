// Between members of structs and values, by the member's type. object_codec.h puts them together;
// applications do not call what is here.
//
// A type of one's own that is stored as one of those below is taught by a specialisation:
//
//   template <>
//   struct syncline::MemberCodec<Celsius> : syncline::ConvertedCodec<Celsius, double> {
//     static double to_stored(const Celsius& celsius) { return celsius.degrees; }
//     static std::optional<Celsius> from_stored(double stored) { return Celsius{stored}; }
//   };
#pragma once

#include <chrono>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "syncline/field_types.h"
#include "syncline/model.h"
#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline {
namespace detail {

// Where a value is read: for messages. Lives on the reader's stack.
struct ReadPlace {
  const ReadPlace* outer = nullptr;
  std::string_view name = {};        // of the type, at the outermost; of a field or key
  const Value* id = nullptr;         // at the outermost
  std::optional<size_t> index = {};  // in a list
};
// "Fridge/f7: doors[1].side: expected a string, found the long 3".
std::unexpected<Error> misfit(const ReadPlace& place, ScalarType expected, const Value& found);
std::unexpected<Error> misfit(const ReadPlace& place, std::string_view expected,
                              const Value& found);

template <class T>
constexpr bool never = false;

}  // namespace detail

// What a member's type is stored as:
//   kNullable                null is one of its values
//   declare(field)           type, target, counter of a field that holds it
//   encode(member)           a value; null stands for nothing
//   decode(value, out, at)   null: nothing is there; kBadData naming the place
template <class T>
struct MemberCodec {
  static_assert(
      detail::never<T>,
      "Syncline cannot store this type of member. It stores bool, int32_t, int64_t, double, "
      "std::string, enums, Date, std::chrono::system_clock::time_point, ObjectId, Uuid, "
      "Decimal128, Binary, std::vector<uint8_t>, Timestamp, Regex, Value, Counter, Link<T>, "
      "structs with an embedded_schema; std::optional of these; and std::vector, std::set and "
      "std::map<std::string, ...> of these. For a float use double; for unsigned and small "
      "integers int32_t or int64_t; or specialise syncline::MemberCodec");
};

namespace detail {

template <class T, ScalarType kType>
struct ScalarCodec {
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) { field->type = kType; }
  static Value encode(const T& member) { return Value(member); }
  static Status decode(const Value& value, T* out, const ReadPlace& at) {
    const T* held = value.get_if<T>();
    if (held == nullptr) return misfit(at, kType, value);
    *out = *held;
    return {};
  }
};

template <class T>
concept SignedInteger = std::signed_integral<T> && (sizeof(T) == 4 || sizeof(T) == 8);

template <class T>
concept EmbeddedStruct = std::is_class_v<T> && Modelled<T>;

// Whether an integer of the store fits the member's type.
template <class T>
bool fits_in(int64_t number) {
  return std::in_range<T>(number);
}

}  // namespace detail

template <>
struct MemberCodec<bool> : detail::ScalarCodec<bool, ScalarType::boolean> {};
template <>
struct MemberCodec<double> : detail::ScalarCodec<double, ScalarType::floating> {};
template <>
struct MemberCodec<std::string> : detail::ScalarCodec<std::string, ScalarType::string> {};
template <>
struct MemberCodec<Date> : detail::ScalarCodec<Date, ScalarType::date> {};
template <>
struct MemberCodec<ObjectId> : detail::ScalarCodec<ObjectId, ScalarType::object_id> {};
template <>
struct MemberCodec<Uuid> : detail::ScalarCodec<Uuid, ScalarType::uuid> {};
template <>
struct MemberCodec<Decimal128> : detail::ScalarCodec<Decimal128, ScalarType::decimal> {};
template <>
struct MemberCodec<Binary> : detail::ScalarCodec<Binary, ScalarType::binary> {};
template <>
struct MemberCodec<Timestamp> : detail::ScalarCodec<Timestamp, ScalarType::timestamp> {};
template <>
struct MemberCodec<Regex> : detail::ScalarCodec<Regex, ScalarType::regex> {};

template <>
struct MemberCodec<Value> {
  static constexpr bool kNullable = true;
  static void declare(DeclaredField* field) { field->type = ScalarType::mixed; }
  static Value encode(const Value& member) { return member; }
  static Status decode(const Value& value, Value* out, const detail::ReadPlace&) {
    *out = value;
    return {};
  }
};

// Of 32 bits: schema "int". Of 64: "long".
template <detail::SignedInteger T>
struct MemberCodec<T> {
  static constexpr ScalarType kType = sizeof(T) == 4 ? ScalarType::int32 : ScalarType::int64;
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) { field->type = kType; }
  static Value encode(T member) {
    if constexpr (sizeof(T) == 4) return Value(static_cast<int32_t>(member));
    return Value(static_cast<int64_t>(member));
  }
  static Status decode(const Value& value, T* out, const detail::ReadPlace& at) {
    if (!value.is_integer() || !detail::fits_in<T>(value.as_integer()))
      return detail::misfit(at, kType, value);
    *out = static_cast<T>(value.as_integer());
    return {};
  }
};

// By their numbers, as "long". A number that no enumerator has is read as it is.
template <class T>
  requires std::is_enum_v<T>
struct MemberCodec<T> {
  using Number = std::underlying_type_t<T>;
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) { field->type = ScalarType::int64; }
  static Value encode(T member) {
    static_assert(sizeof(Number) < 8 || std::signed_integral<Number>,
                  "an enum that is stored is of numbers that an int64_t holds");
    return Value(static_cast<int64_t>(member));
  }
  static Status decode(const Value& value, T* out, const detail::ReadPlace& at) {
    if (!value.is_integer()) return detail::misfit(at, ScalarType::int64, value);
    const int64_t number = value.as_integer();
    bool fits = false;
    if constexpr (std::same_as<Number, bool>) {
      fits = number == 0 || number == 1;
    } else {
      fits = number >= static_cast<int64_t>(std::numeric_limits<Number>::min()) &&
             number <= static_cast<int64_t>(std::numeric_limits<Number>::max());
    }
    if (!fits) return detail::misfit(at, "a number that the enum can hold", value);
    *out = static_cast<T>(number);
    return {};
  }
};

template <>
struct MemberCodec<Counter> {
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) {
    field->type = ScalarType::int64;
    field->counter = true;
  }
  static Value encode(const Counter& member) { return Value(member.value()); }
  static Status decode(const Value& value, Counter* out, const detail::ReadPlace& at) {
    if (!value.is_integer()) return detail::misfit(at, ScalarType::int64, value);
    *out = Counter(value.as_integer());
    return {};
  }
};

// Nanoseconds where the clock has them; dates that the clock cannot tell are errors.
template <class Duration>
struct MemberCodec<std::chrono::time_point<std::chrono::system_clock, Duration>> {
  using Point = std::chrono::time_point<std::chrono::system_clock, Duration>;
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) { field->type = ScalarType::date; }
  static Value encode(const Point& member) {
    const auto since = member.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
    return Date{seconds.count(), static_cast<int32_t>(rest.count())};
  }
  static Status decode(const Value& value, Point* out, const detail::ReadPlace& at) {
    const Date* date = value.get_if<Date>();
    if (date == nullptr) return detail::misfit(at, ScalarType::date, value);
    // A second less at either end, so that adding the rest stays inside.
    const auto most = std::chrono::duration_cast<std::chrono::seconds>(Duration::max()).count() - 1;
    const auto least =
        std::chrono::duration_cast<std::chrono::seconds>(Duration::min()).count() + 1;
    if (date->seconds > most || date->seconds < least)
      return detail::misfit(
          at, "a date within the reach of the clock's time_point (syncline::Date has no such end)",
          value);
    *out = Point(std::chrono::duration_cast<Duration>(std::chrono::seconds(date->seconds)) +
                 std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(date->nanoseconds)));
    return {};
  }
};

// Plain bytes: binary data of subtype 0.
template <>
struct MemberCodec<std::vector<uint8_t>> {
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) { field->type = ScalarType::binary; }
  static Value encode(const std::vector<uint8_t>& member) {
    return Binary{0, std::string(member.begin(), member.end())};
  }
  static Status decode(const Value& value, std::vector<uint8_t>* out, const detail::ReadPlace& at) {
    const Binary* binary = value.get_if<Binary>();
    if (binary == nullptr) return detail::misfit(at, ScalarType::binary, value);
    if (binary->subtype != 0)
      return detail::misfit(at, "binData of subtype 0 (syncline::Binary holds the others)", value);
    out->assign(binary->bytes.begin(), binary->bytes.end());
    return {};
  }
};

template <class T>
struct MemberCodec<Link<T>> {
  static constexpr bool kNullable = true;
  static void declare(DeclaredField* field) {
    field->type = ScalarType::link;
    field->target = name_of_model<T>();
  }
  static Value encode(const Link<T>& member) { return member.value(); }
  static Status decode(const Value& value, Link<T>* out, const detail::ReadPlace& at) {
    // By way of the target's _id, so that one of another type is told rather than kept.
    if (!value.is_null()) {
      KeyOf<T> key{};
      SYNCLINE_TRY(MemberCodec<KeyOf<T>>::decode(value, &key, at));
    }
    *out = Link<T>::of_value(value);
    return {};
  }
};

template <class T>
struct MemberCodec<std::optional<T>> {
  static_assert(!std::same_as<T, Value>, "a syncline::Value holds null itself: leave out optional");
  static_assert(!std::same_as<T, Counter>,
                "a counter that is not there cannot be added to: leave out optional, and mark the "
                "field `defaulted` if objects may lack it");
  static constexpr bool kNullable = true;
  static void declare(DeclaredField* field) { MemberCodec<T>::declare(field); }
  static Value encode(const std::optional<T>& member) {
    return member ? MemberCodec<T>::encode(*member) : Value();
  }
  static Status decode(const Value& value, std::optional<T>* out, const detail::ReadPlace& at) {
    out->reset();
    if (value.is_null()) return {};
    return MemberCodec<T>::decode(value, &out->emplace(), at);
  }
};
template <class T>
struct MemberCodec<std::optional<Link<T>>> {
  static_assert(detail::never<T>, "a link can lead nowhere itself: leave out optional");
};

// A type of one's own by way of a stored one; see the head of this file.
template <class T, class Stored>
struct ConvertedCodec {
  static constexpr bool kNullable = MemberCodec<Stored>::kNullable;
  static void declare(DeclaredField* field) { MemberCodec<Stored>::declare(field); }
  static Value encode(const T& member) {
    return MemberCodec<Stored>::encode(MemberCodec<T>::to_stored(member));
  }
  static Status decode(const Value& value, T* out, const detail::ReadPlace& at) {
    Stored stored{};
    SYNCLINE_TRY(MemberCodec<Stored>::decode(value, &stored, at));
    std::optional<T> made = MemberCodec<T>::from_stored(std::move(stored));
    if (!made) return detail::misfit(at, "a value that the member's own type takes", value);
    *out = std::move(*made);
    return {};
  }
};

}  // namespace syncline
