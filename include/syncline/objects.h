// Objects as structs of your own: written, read, queried and observed without a Document in sight.
//
//   struct Place {
//     std::string aisle;
//     std::optional<int32_t> shelf;
//   };
//   constexpr auto schema_of(syncline::Model<Place>) {
//     return syncline::embedded_schema("Place", syncline::field("aisle", &Place::aisle),
//                                      syncline::field("shelf", &Place::shelf));
//   }
//
//   struct Fridge {
//     std::string id;
//     double celsius = 4;
//     std::optional<Place> place;
//     syncline::Counter door_openings;
//   };
//   constexpr auto schema_of(syncline::Model<Fridge>) {
//     return syncline::object_schema("Fridge", syncline::field("_id", &Fridge::id),
//                                    syncline::field("celsius", &Fridge::celsius),
//                                    syncline::field("place", &Fridge::place),
//                                    syncline::field("doorOpenings", &Fridge::door_openings,
//                                                    syncline::defaulted));
//   }
//
//   Result<Node> node = Node::open("/var/lib/fridge", {.models = models<Fridge>()});
//   node->write([](Transaction& t) -> Status {
//     SYNCLINE_TRY(t.put(Fridge{.id = "f7", .celsius = -18.5}));
//     return t.update<Fridge>("f7", [](Fridge& fridge) { fridge.door_openings += 1; });
//   });
//   Result<std::optional<Fridge>> fridge = node->get<Fridge>("f7");
//   Result<TypedResults<Fridge>> warm = node->query<Fridge>(where(&Fridge::celsius) > 4.0);
//
// A struct is plain: an aggregate that can be made empty. Beside it, in its namespace, stands its
// schema_of(). `syncline schema generate --lang cpp` writes just such headers: the struct with
// a member for each property in the schema's order, defaults as initialisers; then its schema_of();
// embedded structs before what embeds them; targets of links declared ahead (`struct Store;`).
//
// The members that are stored (docs/data-model.md is the whole table):
//   bool, int32_t, int64_t, double, std::string    scalars; an enum is stored as its number
//   Date or std::chrono::system_clock::time_point, ObjectId, Uuid, Decimal128, Timestamp, Regex
//   Binary or std::vector<uint8_t>                 bytes
//   Value                                          anything, also null: schema "mixed"
//   Counter                                        a long that is counted
//   Link<T>                                        the _id of a T, or nothing
//   a struct with an embedded_schema               an object in the object
//   std::optional of these                         may be absent; links and Values may anyhow
//   std::vector, std::set, std::map<std::string,>  list, set, dictionary; absent reads as empty
//
// What must be present and is not, or is of another type, is an Error naming type, _id, field, what
// was expected and what was found. Fields of the store that a struct does not list stay as they
// are, whatever is written. Before it is used, a struct is compared with the authority's schema:
// if they do not fit, every call answers kSchemaMismatch with the differences; others go on.
//
// Threads, durability and errors are those of node.h. Thread-safe: the functions here keep no
// state of their own.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "syncline/conditions.h"
#include "syncline/node.h"
#include "syncline/object_codec.h"
#include "syncline/typed_results.h"

namespace syncline {

namespace detail {
template <class T>
constexpr void check_whole_object() {
  static_assert(schema_of_model<T>().kind != ModelKind::embedded,
                "embedded objects are written and read with the object that they are in");
}
// node/runtime: what a typed put or update writes, field by field. before: what was read, absent
// for put.
Status write_struct(Transaction& transaction, const TypeModel& model, const Value& id,
                    const Document* before, const Document& after);
}  // namespace detail

// ---- Transaction ----

template <class T>
Status Transaction::create(const T& object) {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  return create(name_of_model<T>(), to_document(object));
}

template <class T>
Status Transaction::put(const T& object) {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  return detail::write_struct(*this, type_model<T>(), detail::id_value_of(object), nullptr,
                              to_document(object));
}

template <class T>
Status Transaction::update(const T& before, const T& after) {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  if (!(detail::id_value_of(before) == detail::id_value_of(after)))
    return fail(ErrorCode::kUsage,
                std::string(name_of_model<T>()) +
                    ": an object's _id cannot be changed; remove it and create another");
  const Document was = to_document(before);
  return detail::write_struct(*this, type_model<T>(), detail::id_value_of(after), &was,
                              to_document(after));
}

template <class T, class Change>
Status Transaction::update(const KeyOf<T>& id, Change change) {
  SYNCLINE_ASSIGN(std::optional<T> before, get<T>(id));
  if (!before)
    return fail(ErrorCode::kNotFound, "there is no " + std::string(name_of_model<T>()) +
                                          " with this _id; create it first");
  T after = *before;
  if constexpr (std::convertible_to<std::invoke_result_t<Change&, T&>, Status>) {
    SYNCLINE_TRY(Status(change(after)));
  } else {
    change(after);
  }
  return update(*before, after);
}

template <class T>
Status Transaction::remove(const KeyOf<T>& id) {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  return remove(name_of_model<T>(), MemberCodec<KeyOf<T>>::encode(id));
}

template <class T>
Result<std::optional<T>> Transaction::get(const KeyOf<T>& id) const {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  SYNCLINE_ASSIGN(const std::optional<Document> document,
                  get(name_of_model<T>(), MemberCodec<KeyOf<T>>::encode(id)));
  if (!document) return std::nullopt;
  return from_document<T>(*document);
}

template <class T>
Status Transaction::subscribe(const Condition<T>& condition, std::string_view name) {
  return subscribe(name_of_model<T>(), condition.text(), condition.arguments(), name);
}

// ---- Node ----

template <class T>
Status Node::fits() const {
  return fits(type_model<T>());
}

template <class T>
Result<std::optional<T>> Node::get(const KeyOf<T>& id) const {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  SYNCLINE_ASSIGN(const std::optional<Document> document,
                  get(name_of_model<T>(), MemberCodec<KeyOf<T>>::encode(id)));
  if (!document) return std::nullopt;
  return from_document<T>(*document);
}

template <class T, class Visit>
Status Node::each(Visit visit) const {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  Status stopped;
  SYNCLINE_TRY(each(name_of_model<T>(), [&](const Document& document) {
    const Result<bool> more = detail::visit_one<T>(from_document<T>(document), visit);
    if (!more) stopped = std::unexpected(more.error());
    return more && *more;
  }));
  return stopped;
}

template <class T>
Result<TypedResults<T>> Node::query(std::string_view text,
                                    const std::vector<Value>& arguments) const {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  SYNCLINE_ASSIGN(Results results, query(name_of_model<T>(), text, arguments));
  return TypedResults<T>(std::move(results));
}

template <class T>
Result<TypedResults<T>> Node::query(const Condition<T>& condition) const {
  return query<T>(condition.text(), condition.arguments());
}

template <class T>
Result<std::optional<T>> Node::follow(const Link<T>& link) const {
  detail::check_whole_object<T>();
  SYNCLINE_TRY(fits(type_model<T>()));
  if (!link) return std::nullopt;
  SYNCLINE_ASSIGN(const std::optional<Document> document, get(name_of_model<T>(), link.value()));
  if (!document) return std::nullopt;
  return from_document<T>(*document);
}

template <class T>
Observation Node::observe(std::function<void(const ObjectChanges<T>&)> callback) {
  detail::check_whole_object<T>();
  return observe(name_of_model<T>(), [callback = std::move(callback)](const ObjectChangeSet& set) {
    callback(detail::typed_changes<T>(set));
  });
}

template <class T>
Observation Node::observe(const KeyOf<T>& id,
                          std::function<void(const ObjectChanges<T>&)> callback) {
  detail::check_whole_object<T>();
  return observe(name_of_model<T>(), MemberCodec<KeyOf<T>>::encode(id),
                 [callback = std::move(callback)](const ObjectChangeSet& set) {
                   callback(detail::typed_changes<T>(set));
                 });
}

template <class T>
Result<SubscriptionSet> Node::subscribe(const Condition<T>& condition,
                                        const SubscribeOptions& options) {
  SubscribeOptions with = options;
  with.arguments = condition.arguments();
  return subscribe(name_of_model<T>(), condition.text(), with);
}

}  // namespace syncline
