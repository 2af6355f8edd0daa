// Between whole structs and documents: what the functions of objects.h stand on.
//
//   Document document = to_document(fridge);
//   Result<Fridge> again = from_document<Fridge>(document);
#pragma once

#include <string>
#include <utility>

#include "syncline/member_codec.h"
#include "syncline/model.h"

namespace syncline {

// The listed members under their stored names; optionals and links that hold nothing are left out.
template <class T>
Document to_document(const T& object);
// kBadData: a field that the struct cannot hold, or lacks; names type, _id, field, what was
// expected and what was found. Fields that the struct does not list are passed over.
template <class T>
Result<T> from_document(const Document& document);

namespace detail {

template <class T>
constexpr auto schema_of_model() {
  static_assert(Modelled<T>,
                "this struct has no schema: write `constexpr auto schema_of(syncline::Model<It>)` "
                "next to it, in its namespace (syncline/model.h)");
  static_assert(std::is_default_constructible_v<T>,
                "a struct that is read from the store is made empty first: give it a default "
                "constructor");
  return schema_of(Model<T>{});
}

// ---- how a field holds a member: one value, or a collection of them ----

template <class M>
struct FieldCodec {
  static void declare(DeclaredField* field) {
    MemberCodec<M>::declare(field);
    field->nullable = MemberCodec<M>::kNullable;
  }
  static Value encode(const M& member) { return MemberCodec<M>::encode(member); }
  static Status decode(const Value& value, M* out, const ReadPlace& at) {
    return MemberCodec<M>::decode(value, out, at);
  }
  static constexpr bool kLeftOutIfNull = MemberCodec<M>::kNullable && !std::same_as<M, Value>;
  static constexpr bool kCollection = false;
};

template <class E>
void declare_elements(DeclaredField* field, Collection collection) {
  MemberCodec<E>::declare(field);
  field->collection = collection;
  field->nullable = MemberCodec<E>::kNullable;
  field->counter = false;
}

template <class E>
  requires(!std::same_as<E, uint8_t>)
struct FieldCodec<std::vector<E>> {
  static constexpr bool kLeftOutIfNull = false;
  static constexpr bool kCollection = true;
  static void declare(DeclaredField* field) { declare_elements<E>(field, Collection::list); }
  static Value encode(const std::vector<E>& member) {
    List list;
    list.elements.reserve(member.size());
    for (const auto& element : member) list.elements.push_back(MemberCodec<E>::encode(element));
    return list;
  }
  static Status decode(const Value& value, std::vector<E>* out, const ReadPlace& at) {
    out->clear();
    if (value.is_null()) return {};
    const List* list = value.get_if<List>();
    if (list == nullptr) return misfit(at, "a list", value);
    for (size_t i = 0; i < list->elements.size(); ++i) {
      E element{};
      SYNCLINE_TRY(MemberCodec<E>::decode(list->elements[i], &element, {&at, {}, nullptr, i}));
      out->push_back(std::move(element));
    }
    return {};
  }
};

template <class E>
struct FieldCodec<std::set<E>> {
  static_assert(!EmbeddedStruct<E>, "a set cannot hold embedded objects: use a std::vector");
  static constexpr bool kLeftOutIfNull = false;
  static constexpr bool kCollection = true;
  static void declare(DeclaredField* field) { declare_elements<E>(field, Collection::set); }
  static Value encode(const std::set<E>& member) {
    List list;
    list.elements.reserve(member.size());
    for (const E& element : member) list.elements.push_back(MemberCodec<E>::encode(element));
    return list;
  }
  static Status decode(const Value& value, std::set<E>* out, const ReadPlace& at) {
    out->clear();
    if (value.is_null()) return {};
    const List* list = value.get_if<List>();
    if (list == nullptr) return misfit(at, "a set", value);
    for (size_t i = 0; i < list->elements.size(); ++i) {
      E element{};
      SYNCLINE_TRY(MemberCodec<E>::decode(list->elements[i], &element, {&at, {}, nullptr, i}));
      out->insert(std::move(element));
    }
    return {};
  }
};

template <class E, class Less, class Allocator>
struct FieldCodec<std::map<std::string, E, Less, Allocator>> {
  using Map = std::map<std::string, E, Less, Allocator>;
  static constexpr bool kLeftOutIfNull = false;
  static constexpr bool kCollection = true;
  static void declare(DeclaredField* field) { declare_elements<E>(field, Collection::dictionary); }
  static Value encode(const Map& member) {
    Document document;
    document.fields.reserve(member.size());
    for (const auto& [key, element] : member)
      document.fields.push_back({key, MemberCodec<E>::encode(element)});
    return document;
  }
  static Status decode(const Value& value, Map* out, const ReadPlace& at) {
    out->clear();
    if (value.is_null()) return {};
    const Document* document = value.get_if<Document>();
    if (document == nullptr) return misfit(at, "a dictionary", value);
    for (const DocumentField& field : document->fields) {
      E element{};
      SYNCLINE_TRY(MemberCodec<E>::decode(field.value, &element, {&at, field.name, nullptr, {}}));
      (*out)[field.name] = std::move(element);
    }
    return {};
  }
};

// ---- structs ----

template <class T>
Document encode_struct(const T& object) {
  Document document;
  const auto one = [&](const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    using Codec = FieldCodec<typename Field::member_type>;
    Value value = Codec::encode(object.*field.member);
    if (Codec::kLeftOutIfNull && value.is_null()) return;
    document.fields.push_back({std::string(field.name), std::move(value)});
  };
  std::apply([&](const auto&... fields) { (one(fields), ...); }, schema_of_model<T>().fields);
  return document;
}

template <class T>
Status decode_struct(const Document& document, T* out, const ReadPlace& at) {
  Status status;
  const auto one = [&](const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    const Value* held = document.find(field.name);
    const Value nothing;
    if (held == nullptr) held = &nothing;
    if (field.defaulted && held->is_null()) return true;
    status = FieldCodec<typename Field::member_type>::decode(*held, &(out->*field.member),
                                                             {&at, field.name, nullptr, {}});
    return status.has_value();
  };
  std::apply([&](const auto&... fields) { (void)(one(fields) && ...); },
             schema_of_model<T>().fields);
  return status;
}

// The struct that is embedded in members of this type, or void.
template <class M>
struct EmbeddedIn {
  using type = std::conditional_t<EmbeddedStruct<M>, M, void>;
};
template <class E>
struct EmbeddedIn<std::optional<E>> : EmbeddedIn<E> {};
template <class E>
struct EmbeddedIn<std::vector<E>> : EmbeddedIn<E> {};
template <class E, class Less, class Allocator>
struct EmbeddedIn<std::map<std::string, E, Less, Allocator>> : EmbeddedIn<E> {};

template <class T>
TypeModel make_type_model() {
  const auto schema = schema_of_model<T>();
  if constexpr (schema_of(Model<T>{}).kind != ModelKind::embedded) {
    static_assert(sizeof(KeyOf<T>) > 0);  // says what is wrong with its _id
  } else {
    static_assert(id_index<T>() == std::tuple_size_v<decltype(schema.fields)>,
                  "embedded objects have no _id: they live and die with what they are in");
  }
  TypeModel model;
  model.type.name = std::string(schema.name);
  model.type.embedded = schema.kind == ModelKind::embedded;
  model.type.asymmetric = schema.kind == ModelKind::asymmetric;
  const T initial{};
  const auto one = [&](const auto& field) {
    using Member = typename std::remove_cvref_t<decltype(field)>::member_type;
    using Embedded = typename EmbeddedIn<Member>::type;
    DeclaredField declared;
    declared.name = std::string(field.name);
    FieldCodec<Member>::declare(&declared);
    if (field.defaulted && !FieldCodec<Member>::kCollection)
      declared.default_value = FieldCodec<Member>::encode(initial.*field.member);
    model.type.fields.push_back(std::move(declared));
    if constexpr (std::is_void_v<Embedded>) {
      model.embedded.push_back(nullptr);
    } else {
      model.embedded.push_back(&type_model<Embedded>);
    }
  };
  std::apply([&](const auto&... fields) { (one(fields), ...); }, schema.fields);
  return model;
}

template <class T>
Value id_value_of(const T& object) {
  constexpr auto schema = schema_of(Model<T>{});
  return MemberCodec<KeyOf<T>>::encode(object.*std::get<id_index<T>()>(schema.fields).member);
}
template <class T, class Id>
Value id_value_from(const Id& id) {
  static_assert(std::convertible_to<const Id&, KeyOf<T>>,
                "this is not of the type that the target's _id has");
  return MemberCodec<KeyOf<T>>::encode(id);
}
template <class T>
auto id_from_value(const Value& id) {
  std::optional<KeyOf<T>> out;
  KeyOf<T> key{};
  if (!id.is_null() && MemberCodec<KeyOf<T>>::decode(id, &key, {})) out = std::move(key);
  return out;
}

// Adds the model and what is embedded in it, each once.
void add_model(const TypeModel& model, DeclaredSchema* schema);

}  // namespace detail

template <detail::EmbeddedStruct T>
struct MemberCodec<T> {
  static constexpr bool kNullable = false;
  static void declare(DeclaredField* field) {
    static_assert(schema_of(Model<T>{}).kind == ModelKind::embedded,
                  "this struct is of objects of their own: hold a syncline::Link to it, or give it "
                  "an embedded_schema");
    field->type = ScalarType::embedded;
    field->target = std::string(schema_of(Model<T>{}).name);
  }
  static Value encode(const T& member) { return detail::encode_struct(member); }
  static Status decode(const Value& value, T* out, const detail::ReadPlace& at) {
    const Document* document = value.get_if<Document>();
    if (document == nullptr) return detail::misfit(at, ScalarType::embedded, value);
    return detail::decode_struct(*document, out, at);
  }
};

template <class T>
const TypeModel& type_model() {
  static const TypeModel model = detail::make_type_model<T>();
  return model;
}

// What the structs declare, and what is embedded in them: NodeOptions::models.
template <class... Types>
DeclaredSchema models() {
  DeclaredSchema schema;
  (detail::add_model(type_model<Types>(), &schema), ...);
  return schema;
}

template <class T>
Document to_document(const T& object) {
  return detail::encode_struct(object);
}

template <class T>
Result<T> from_document(const Document& document) {
  T object{};
  const Value* id = document.find("_id");
  SYNCLINE_TRY(detail::decode_struct(document, &object, {nullptr, name_of_model<T>(), id, {}}));
  return object;
}

}  // namespace syncline
