// Types of members that C++ has no word for: a number that is counted, and a link to an object.
//
//   struct Fridge {
//     std::string id;
//     syncline::Counter door_openings;
//     syncline::Link<Store> store;
//   };
//   fridge.door_openings += 1;  // of two devices that do so, both count
//   fridge.store = store;       // its _id is what is stored
//
// Plain data: no thread rules of their own.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "syncline/value.h"

namespace syncline {

// An int64 whose changes are added up rather than overwritten: what an update changed it by is
// written as an increment. To set one whatever others counted, Transaction::set it by its path.
class Counter {
 public:
  constexpr Counter() = default;
  constexpr explicit Counter(int64_t value) : value_(value) {}
  constexpr int64_t value() const { return value_; }

  // Modulo 2^64, as replicas add.
  constexpr Counter& operator+=(int64_t amount) {
    value_ = static_cast<int64_t>(static_cast<uint64_t>(value_) + static_cast<uint64_t>(amount));
    return *this;
  }
  constexpr Counter& operator-=(int64_t amount) {
    value_ = static_cast<int64_t>(static_cast<uint64_t>(value_) - static_cast<uint64_t>(amount));
    return *this;
  }
  constexpr Counter& operator++() { return *this += 1; }
  constexpr Counter& operator--() { return *this -= 1; }
  auto operator<=>(const Counter&) const = default;

 private:
  int64_t value_ = 0;
};

namespace detail {
template <class T>
Value id_value_of(const T& object);  // object_codec.h
template <class T, class Id>
Value id_value_from(const Id& id);
template <class T>
auto id_from_value(const Value& id);
// Which of two _ids comes first: integers, strings, ObjectIds, Uuids; null before all.
bool id_less(const Value& a, const Value& b);
}  // namespace detail

// The _id of an object of type T, or nothing. The object need not be here, or anywhere: follow it
// with Node::follow(). T may be incomplete where the link is declared, so that types can link to
// each other.
template <class T>
class Link {
 public:
  using Target = T;

  Link() = default;  // leads nowhere
  Link(const T& target) : id_(detail::id_value_of(target)) {}
  // To the object with this _id, which is of the type that T has it.
  template <class Id>
  static Link to(const Id& id) {
    return of_value(detail::id_value_from<T>(id));
  }
  // Requires: null, or a value that can be an _id.
  static Link of_value(Value id) {
    Link link;
    link.id_ = std::move(id);
    return link;
  }

  explicit operator bool() const { return !id_.is_null(); }
  // std::optional of the type of T's _id. An _id of another type is none.
  auto id() const { return detail::id_from_value<T>(id_); }
  const Value& value() const { return id_; }  // the _id, or null

  bool operator==(const Link& other) const { return id_ == other.id_; }
  bool operator<(const Link& other) const { return detail::id_less(id_, other.id_); }

 private:
  Value id_;
};

}  // namespace syncline
