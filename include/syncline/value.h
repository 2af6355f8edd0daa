// Value: every BSON type, kept as it came.
//
//   Value name = "Fridge 7";
//   Value reading = Document{{"celsius", -18.5}, {"at", Date{1700000000, 0}}};
//
// int32 and int64 keep their width; null, [] and {} stay distinct; a missing value is no Value at
// all (std::optional). Dates are seconds and nanoseconds (Extended JSON shows milliseconds). The
// composites of a declared type (list, set, dictionary, embedded object) are List and Document
// here. Plain data: no thread rules of its own.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace syncline {

struct Null {
  auto operator<=>(const Null&) const = default;
};
struct Undefined {
  auto operator<=>(const Undefined&) const = default;
};
struct MinKey {
  auto operator<=>(const MinKey&) const = default;
};
struct MaxKey {
  auto operator<=>(const MaxKey&) const = default;
};

struct ObjectId {
  std::array<uint8_t, 12> bytes{};
  auto operator<=>(const ObjectId&) const = default;
};

struct Uuid {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};

// IEEE 754-2008 decimal128, binary integer encoding, as BSON has it.
struct Decimal128 {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Decimal128&) const = default;  // of the bits, not of the numbers
};

// UTC since 1970, 0 <= nanoseconds < 1,000,000,000 also before 1970.
struct Date {
  int64_t seconds = 0;
  int32_t nanoseconds = 0;
  auto operator<=>(const Date&) const = default;
};

// Subtype 4 of 16 bytes is a Uuid, never a Binary.
struct Binary {
  uint8_t subtype = 0;
  std::string bytes;
  auto operator<=>(const Binary&) const = default;
};

struct Timestamp {
  uint32_t seconds = 0;
  uint32_t increment = 0;
  auto operator<=>(const Timestamp&) const = default;
};

struct Regex {
  std::string pattern;
  std::string options;
  auto operator<=>(const Regex&) const = default;
};

struct DbPointer {
  std::string collection;
  ObjectId id;
  auto operator<=>(const DbPointer&) const = default;
};

struct Symbol {
  std::string text;
  auto operator<=>(const Symbol&) const = default;
};

class Value;
struct DocumentField;

// Elements in order.
struct List {
  std::vector<Value> elements;

  List();
  List(std::initializer_list<Value> values);
  List(const List&);
  List(List&&) noexcept;
  List& operator=(const List&);
  List& operator=(List&&) noexcept;
  ~List();
  bool operator==(const List&) const;
};

// Fields in the order they came; equality looks at the order too.
struct Document {
  std::vector<DocumentField> fields;

  Document();
  Document(std::initializer_list<DocumentField> list);
  Document(const Document&);
  Document(Document&&) noexcept;
  Document& operator=(const Document&);
  Document& operator=(Document&&) noexcept;
  ~Document();
  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  // Replaces the field of that name, or appends it.
  void set(std::string name, Value value);
  bool erase(std::string_view name);
  bool operator==(const Document&) const;
};

struct Code {
  std::string text;
  std::optional<Document> scope;
  bool operator==(const Code&) const;
};

class Value {
 public:
  using Variant = std::variant<Null, bool, int32_t, int64_t, double, std::string, Date, ObjectId,
                               Uuid, Decimal128, Binary, List, Document, Timestamp, Regex, Code,
                               DbPointer, Symbol, Undefined, MinKey, MaxKey>;

  Value() = default;  // null
  Value(Null) {}
  Value(bool v) : data_(v) {}
  Value(int32_t v) : data_(v) {}
  Value(int64_t v) : data_(v) {}
  Value(long long v) : data_(static_cast<int64_t>(v)) {}
  Value(double v) : data_(v) {}
  Value(std::string v) : data_(std::move(v)) {}
  Value(std::string_view v) : data_(std::string(v)) {}
  Value(const char* v) : data_(std::string(v)) {}
  template <class T>
    requires(std::same_as<T, Date> || std::same_as<T, ObjectId> || std::same_as<T, Uuid> ||
             std::same_as<T, Decimal128> || std::same_as<T, Binary> || std::same_as<T, List> ||
             std::same_as<T, Document> || std::same_as<T, Timestamp> || std::same_as<T, Regex> ||
             std::same_as<T, Code> || std::same_as<T, DbPointer> || std::same_as<T, Symbol> ||
             std::same_as<T, Undefined> || std::same_as<T, MinKey> || std::same_as<T, MaxKey>)
  Value(T v) : data_(std::move(v)) {}

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(data_);
  }
  // Requires: is<T>().
  template <class T>
  const T& get() const {
    return std::get<T>(data_);
  }
  template <class T>
  T& get() {
    return std::get<T>(data_);
  }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&data_);
  }
  template <class T>
  T* get_if() {
    return std::get_if<T>(&data_);
  }

  bool is_null() const { return is<Null>(); }
  bool is_integer() const { return is<int32_t>() || is<int64_t>(); }
  // Requires: is_integer().
  int64_t as_integer() const { return is<int32_t>() ? get<int32_t>() : get<int64_t>(); }

  const Variant& data() const { return data_; }
  // Bit for bit: NaN equals NaN, 0.0 differs from -0.0, int32 1 differs from int64 1. What "equal"
  // means for replicas; queries compare by number (node/query).
  bool operator==(const Value& other) const;

 private:
  Variant data_;
};

struct DocumentField {
  std::string name;
  Value value;
  bool operator==(const DocumentField&) const = default;
};

// Where the types that they hold are complete.
inline List::List() = default;
inline List::List(std::initializer_list<Value> values) : elements(values) {}
inline List::List(const List&) = default;
inline List::List(List&&) noexcept = default;
inline List& List::operator=(const List&) = default;
inline List& List::operator=(List&&) noexcept = default;
inline List::~List() = default;
inline Document::Document() = default;
inline Document::Document(std::initializer_list<DocumentField> list) : fields(list) {}
inline Document::Document(const Document&) = default;
inline Document::Document(Document&&) noexcept = default;
inline Document& Document::operator=(const Document&) = default;
inline Document& Document::operator=(Document&&) noexcept = default;
inline Document::~Document() = default;

// The BSON name of the value's type as schemas and messages spell it: "long", "objectId",
// "document"...
std::string_view type_name(const Value& value);

}  // namespace syncline
