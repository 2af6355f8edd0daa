// Conditions on members, for queries that the compiler checks:
//
//   node.query<Fridge>(where(&Fridge::celsius) > 4.0 &&
//                      where(&Fridge::store, &Store::region) == "east");
//   node.query<Fridge>(any(&Fridge::tags) == "frozen" || !where(&Fridge::note).is_null());
//
// They are texts of the query language (docs/queries.md) with arguments, and for all that they
// cannot say - SORT, aggregates, subqueries - there is Node::query<T>(text, arguments).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "syncline/object_codec.h"

namespace syncline {
namespace detail {

// A text in which arguments stand as kArgument, in order.
inline constexpr char kArgument = '\x01';
// With $0, $1, ... in their places.
std::string numbered(std::string_view text);
// The name as the query language writes it: in backquotes.
std::string query_name(std::string_view name);

template <class V>
Value argument_of(const V& value) {
  return MemberCodec<V>::encode(value);
}
// A link as queries take it: the object itself rather than its _id.
template <class T>
Value argument_of(const Link<T>& link) {
  if (!link) return {};
  return Document{{"$ref", Value(name_of_model<T>())}, {"$id", link.value()}};
}

}  // namespace detail

// What objects of type T are to be like.
template <class T>
class Condition {
 public:
  Condition(std::string text, std::vector<Value> arguments)
      : text_(std::move(text)), arguments_(std::move(arguments)) {}

  std::string text() const { return detail::numbered(text_); }
  const std::vector<Value>& arguments() const { return arguments_; }

  friend Condition operator&&(Condition a, const Condition& b) { return join(a, " AND ", b); }
  friend Condition operator||(Condition a, const Condition& b) { return join(a, " OR ", b); }
  friend Condition operator!(Condition a) {
    a.text_ = "NOT (" + a.text_ + ")";
    return a;
  }

 private:
  static Condition join(Condition& a, std::string_view word, const Condition& b) {
    a.text_ = "(" + a.text_ + std::string(word) + b.text_ + ")";
    a.arguments_.insert(a.arguments_.end(), b.arguments_.begin(), b.arguments_.end());
    return std::move(a);
  }
  std::string text_;
  std::vector<Value> arguments_;
};

// A member of T, or of what it embeds or links to, which is of type Leaf.
template <class T, class Leaf>
class FieldTerm {
 public:
  FieldTerm(std::string prefix, std::string path)
      : prefix_(std::move(prefix)), path_(std::move(path)) {}

  template <class V>
  friend Condition<T> operator==(const FieldTerm& term, const V& value) {
    return term.compared("==", term.stored(value));
  }
  template <class V>
  friend Condition<T> operator!=(const FieldTerm& term, const V& value) {
    return term.compared("!=", term.stored(value));
  }
  template <class V>
  friend Condition<T> operator<(const FieldTerm& term, const V& value) {
    return term.compared("<", term.stored(value));
  }
  template <class V>
  friend Condition<T> operator<=(const FieldTerm& term, const V& value) {
    return term.compared("<=", term.stored(value));
  }
  template <class V>
  friend Condition<T> operator>(const FieldTerm& term, const V& value) {
    return term.compared(">", term.stored(value));
  }
  template <class V>
  friend Condition<T> operator>=(const FieldTerm& term, const V& value) {
    return term.compared(">=", term.stored(value));
  }

  Condition<T> is_null() const { return compared("==", Value()); }
  Condition<T> in(std::initializer_list<Leaf> values) const {
    List list;
    for (const Leaf& value : values) list.elements.push_back(stored(value));
    return compared("IN", std::move(list));
  }
  Condition<T> contains(std::string_view text) const { return words("CONTAINS", text); }
  Condition<T> begins_with(std::string_view text) const { return words("BEGINSWITH", text); }
  Condition<T> ends_with(std::string_view text) const { return words("ENDSWITH", text); }
  Condition<T> like(std::string_view pattern) const { return words("LIKE", pattern); }

 private:
  template <class V>
  static Value stored(const V& value) {
    static_assert(std::convertible_to<const V&, Leaf>,
                  "this cannot be compared with the member: it converts to no value of its type");
    const Leaf leaf(value);
    return detail::argument_of(leaf);
  }
  Condition<T> words(std::string_view word, std::string_view text) const {
    static_assert(std::same_as<Leaf, std::string>, "only strings are looked into");
    return compared(word, Value(text));
  }
  Condition<T> compared(std::string_view word, Value argument) const {
    std::string text = prefix_ + path_ + " " + std::string(word) + " " + detail::kArgument;
    std::vector<Value> arguments;
    arguments.push_back(std::move(argument));
    return Condition<T>(std::move(text), std::move(arguments));
  }
  std::string prefix_;  // "ANY " or nothing
  std::string path_;
};

namespace detail {

template <class Struct, class Member>
std::string name_of_member(Member Struct::* member) {
  std::string found;
  const auto look = [&](const auto& field) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(field.member)>, Member Struct::*>)
      if (field.member == member) found = query_name(field.name);
  };
  std::apply([&](const auto&... fields) { (look(fields), ...); }, schema_of_model<Struct>().fields);
  return found;  // empty, which no query takes: a member that the schema does not list
}

// What a member compares as.
template <class M>
struct LeafOf {
  using type = M;
};
template <class M>
struct LeafOf<std::optional<M>> {
  using type = M;
};
// Of a collection: its elements.
template <class M>
struct ElementOf {
  static_assert(never<M>, "any() is about the elements of a std::vector, std::set or std::map");
};
template <class E>
struct ElementOf<std::vector<E>> : LeafOf<E> {};
template <class E>
struct ElementOf<std::set<E>> : LeafOf<E> {};
template <class E>
struct ElementOf<std::map<std::string, E>> : LeafOf<E> {};

// The rest of a path, through what is embedded or linked to; its last member decides the type.
template <template <class> class LeafRule, class T, class Struct, class Member, class... Rest>
auto term(std::string prefix, std::string path, Member Struct::* member, Rest... rest) {
  path += name_of_member(member);
  if constexpr (sizeof...(rest) == 0) {
    return FieldTerm<T, typename LeafRule<Member>::type>(std::move(prefix), std::move(path));
  } else {
    return term<LeafRule, T>(std::move(prefix), path + ".", rest...);
  }
}

}  // namespace detail

// The member; with more than one, the last one of a path: where(&Fridge::store, &Store::region).
template <class T, class Member, class... Rest>
auto where(Member T::* member, Rest... rest) {
  return detail::term<detail::LeafOf, T>("", "", member, rest...);
}
// Any element of the collection that the path ends in.
template <class T, class Member, class... Rest>
auto any(Member T::* member, Rest... rest) {
  return detail::term<detail::ElementOf, T>("ANY ", "", member, rest...);
}

}  // namespace syncline
