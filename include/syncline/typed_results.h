// What queries and observations tell, as structs. Node::query<T>() and Node::observe<T>() hand
// these out (objects.h). An object that does not fit its struct is an Error in its place; the
// others are told all the same.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "syncline/node.h"
#include "syncline/object_codec.h"

namespace syncline {

namespace detail {
// Calls visit with a Result<T> if it takes one, else with a T; false: it has had enough.
template <class T, class Visit>
Result<bool> visit_one(Result<T> object, Visit& visit) {
  if constexpr (std::is_invocable_r_v<bool, Visit&, const Result<T>&>) {
    return visit(std::as_const(object));
  } else {
    static_assert(std::is_invocable_r_v<bool, Visit&, const T&>,
                  "visit takes a const T& (or a const Result<T>&, to go on past objects that do "
                  "not fit) and answers whether to go on");
    if (!object) return std::unexpected(object.error());
    return visit(std::as_const(*object));
  }
}
}  // namespace detail

// Results of results.h, as structs.
template <class T>
class TypedResults {
 public:
  explicit TypedResults(Results untyped) : untyped_(std::move(untyped)) {}

  Result<uint64_t> size() const { return untyped_.size(); }
  Result<T> at(uint64_t index) const {
    SYNCLINE_ASSIGN(const Document document, untyped_.at(index));
    return from_document<T>(document);
  }
  Result<std::optional<T>> first() const {
    SYNCLINE_ASSIGN(const std::optional<Document> document, untyped_.first());
    if (!document) return std::nullopt;
    return from_document<T>(*document);
  }
  // In order, until `visit` answers false. visit: bool(const T&), which ends with the error of the
  // first object that does not fit, or bool(const Result<T>&), which is given it.
  template <class Visit>
  Status each(Visit visit) const {
    Status stopped;
    SYNCLINE_TRY(untyped_.each([&](const Document& document) {
      const Result<bool> more = detail::visit_one<T>(from_document<T>(document), visit);
      if (!more) stopped = std::unexpected(more.error());
      return more && *more;
    }));
    return stopped;
  }
  // All of them. An Error of the first that does not fit.
  Result<std::vector<T>> all() const {
    std::vector<T> objects;
    SYNCLINE_TRY(each([&](const T& object) {
      objects.push_back(object);
      return true;
    }));
    return objects;
  }
  TypedResults again() const { return TypedResults(untyped_.again()); }
  // As Results::observe().
  Result<Observation> observe(
      std::function<void(const TypedResults& now, const ResultsChange&)> callback,
      const std::vector<std::string>& key_paths = {}) const {
    return untyped_.observe(
        [callback = std::move(callback)](const Results& now, const ResultsChange& change) {
          callback(TypedResults(now), change);
        },
        key_paths);
  }
  const Results& untyped() const { return untyped_; }

 private:
  Results untyped_;
};

// ObjectChangeSet of node.h, as structs.
template <class T>
struct ObjectChanges {
  using Kind = ObjectChangeSet::Change::Kind;
  struct Change {
    KeyOf<T> id{};
    Kind kind = Kind::modified;
    std::optional<T> before;          // modified, deleted
    std::optional<T> after;           // inserted, modified
    std::vector<std::string> fields;  // modified: which top-level fields, by their stored names
    // Before, after or the _id does not fit the struct; what fits is there. `document` is the rest.
    std::optional<Error> error;
    ObjectChangeSet::Change document;
  };
  std::vector<Change> changes;
  bool everything = false;  // too much at once to list: read again what you show
};

namespace detail {

template <class T>
ObjectChanges<T> typed_changes(const ObjectChangeSet& set) {
  ObjectChanges<T> out;
  out.everything = set.everything;
  for (const ObjectChangeSet::Change& change : set.changes) {
    auto& one = out.changes.emplace_back();
    one.kind = change.kind;
    one.fields = change.fields;
    one.document = change;
    const auto read = [&](const std::optional<Document>& document, std::optional<T>* object) {
      if (!document) return;
      Result<T> made = from_document<T>(*document);
      if (made) {
        *object = std::move(*made);
      } else if (!one.error) {
        one.error = made.error();
      }
    };
    const ReadPlace at{nullptr, name_of_model<T>(), &change.id, {}};
    if (Status id = MemberCodec<KeyOf<T>>::decode(change.id, &one.id, at); !id)
      one.error = id.error();
    read(change.before, &one.before);
    read(change.after, &one.after);
  }
  return out;
}

}  // namespace detail
}  // namespace syncline
