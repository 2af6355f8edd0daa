#include "node/query/to_text.h"

#include <cmath>

#include <fmt/format.h>

#include "node/query/literals.h"
#include "node/query/parse.h"
#include "node/query/type_names.h"
#include "proto/base64.h"
#include "proto/bytes.h"
#include "proto/check.h"
#include "proto/extended_json.h"
#include "proto/number_text.h"

namespace syncline::query {
namespace {

using ExpressionKind = Expression::Kind;

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// A double always with a point or an exponent, so that it is read as one.
std::string text_of_double(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return print_double_text(value);
}

std::string text_of_uuid(const Uuid& uuid) {
  const std::string hex =
      to_hex({reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()});
  return fmt::format("uuid({}-{}-{}-{}-{})", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

// Seconds and nanoseconds must have one sign.
std::string text_of_date(const Date& date) {
  if (date.seconds >= 0 || date.nanoseconds == 0)
    return fmt::format("T{}:{}", date.seconds, date.nanoseconds);
  return fmt::format("T{}:{}", date.seconds + 1, date.nanoseconds - 1'000'000'000);
}

std::string name_in_path(const std::string& name) {
  return is_plain_name(name) ? name : quote_name(name);
}

const char* sign_of(Comparison comparison) {
  static constexpr const char* kSigns[] = {
      "==", "!=", "<", "<=", ">", ">=", "IN", "BEGINSWITH", "ENDSWITH", "CONTAINS", "LIKE", "TEXT"};
  return kSigns[static_cast<int>(comparison)];
}

const char* prefix_of(Quantifier quantifier) {
  static constexpr const char* kPrefixes[] = {"", "ANY ", "ALL ", "NONE "};
  return kPrefixes[static_cast<int>(quantifier)];
}

class Writer {
 public:
  explicit Writer(const Schema& schema) : schema_(schema) {}

  std::string predicate(const Predicate& in) {
    switch (in.kind) {
      case Predicate::Kind::constant:
        return in.value ? "TRUEPREDICATE" : "FALSEPREDICATE";
      case Predicate::Kind::all:
      case Predicate::Kind::any:
        return chain(in);
      case Predicate::Kind::negate:
        return "NOT (" + predicate(in.children[0]) + ")";
      case Predicate::Kind::compare:
        return compare(in);
      case Predicate::Kind::geo_within:
        break;
    }
    return fmt::format(
        "{}{} GEOWITHIN {}",
        prefix_of(in.operands[0].quantifier == Quantifier::any ? Quantifier::unset
                                                               : in.operands[0].quantifier),
        path(in.operands[0].path), region(in.region));
  }

  std::string stage(const Stage& in) {
    if (in.kind == Suffix::Kind::limit) return fmt::format("LIMIT({})", in.limit);
    std::string keys;
    for (const Stage::Key& key : in.keys) {
      if (!keys.empty()) keys += ", ";
      keys += path(key.path);
      if (in.kind == Suffix::Kind::sort) keys += key.ascending ? " ASC" : " DESC";
    }
    return fmt::format("{}({})", in.kind == Suffix::Kind::sort ? "SORT" : "DISTINCT", keys);
  }

 private:
  std::string chain(const Predicate& in) {
    const bool all = in.kind == Predicate::Kind::all;
    std::string out;
    for (const Predicate& child : in.children) {
      if (!out.empty()) out += all ? " AND " : " OR ";
      const bool parentheses = all && child.kind == Predicate::Kind::any;
      out += parentheses ? "(" + predicate(child) + ")" : predicate(child);
    }
    return out;
  }

  std::string compare(const Predicate& in) {
    return fmt::format("{} {}{} {}", operand(in.operands[0], in, in.operands[1]),
                       sign_of(in.comparison), in.fold ? "[c]" : "",
                       operand(in.operands[1], in, in.operands[0]));
  }

  // A quantifier is written where it makes a difference, and where leaving it out would mean the
  // list as a whole.
  std::string operand(const Expression& in, const Predicate& compare, const Expression& other) {
    const bool list_beside = other.kind == ExpressionKind::list || in.kind == ExpressionKind::list;
    const bool any = in.quantifier == Quantifier::any && !(in.many && other.many && list_beside);
    const bool silent = compare.whole || !in.many || any;
    return (silent ? "" : prefix_of(in.quantifier)) + value(in);
  }

  std::string value(const Expression& in) {
    switch (in.kind) {
      case ExpressionKind::constant:
        return constant(in.constant, in.type);
      case ExpressionKind::list: {
        std::string out = "{";
        for (const Value& element : in.list)
          out += (out.size() > 1 ? ", " : "") + constant(element, in.type);
        return out + "}";
      }
      case ExpressionKind::values:
        return path(in.path);
      case ExpressionKind::size:
        return path(without_elements(in.path)) + ".@size";
      case ExpressionKind::count:
        return in.all_links ? behind(path_of_object(in.path), "@links.@count")
                            : path(without_elements(in.path)) + ".@count";
      case ExpressionKind::length:
        return path(without_elements(in.path)) + ".length";
      case ExpressionKind::type_name:
        return path(in.path) + ".@type";
      case ExpressionKind::aggregate:
        return aggregate(in);
      case ExpressionKind::subquery:
        return subquery(in);
      case ExpressionKind::arithmetic:
        break;
    }
    std::string out;
    for (size_t i = 0; i < in.terms.size(); ++i) {
      if (i > 0) out += fmt::format(" {} ", in.operators[i - 1]);
      const std::string term = value(in.terms[i]);
      out += in.terms[i].kind == ExpressionKind::arithmetic ? "(" + term + ")" : term;
    }
    return out;
  }

  static std::string behind(const std::string& path, const char* rest) {
    return path.empty() ? rest : path + "." + rest;
  }
  // The object itself is an empty path, or a subquery's variable.
  std::string path_of_object(const BoundPath& in) {
    return in.frame == 0 && in.steps.empty() ? "" : path(in);
  }

  static BoundPath without_elements(BoundPath path) {
    const bool ends = !path.steps.empty() && path.steps.back().kind == Step::Kind::elements;
    if (ends) path.steps.pop_back();
    return path;
  }

  std::string aggregate(const Expression& in) {
    static constexpr const char* kNames[] = {"@min", "@max", "@sum", "@avg"};
    const char* name = kNames[static_cast<int>(in.aggregate)];
    if (in.grouped) return fmt::format("{}.{}", path(in.path), name);
    BoundPath objects = in.path;
    const Step property = objects.steps.back();
    objects.steps.pop_back();
    if (!objects.steps.empty() && objects.steps.back().kind == Step::Kind::follow)
      objects.steps.pop_back();
    return fmt::format("{}.{}.{}", path(without_elements(objects)), name,
                       name_in_path(schema_.type(property.type)->field(property.field)->name));
  }

  std::string subquery(const Expression& in) {
    BoundPath over = in.path;
    if (!over.steps.empty() && over.steps.back().kind == Step::Kind::follow) over.steps.pop_back();
    const std::string list = path(without_elements(over));
    ++frames_;
    const std::string condition = predicate(in.condition[0]);
    const std::string out = fmt::format("SUBQUERY({}, $x{}, {}).@count", list, frames_, condition);
    --frames_;
    return out;
  }

  std::string path(const BoundPath& in) {
    std::string out = in.frame > 0 ? fmt::format("$x{}", in.frame) : "";
    const auto name = [&](const std::string& text) { out += (out.empty() ? "" : ".") + text; };
    for (size_t i = 0; i < in.steps.size(); ++i) {
      const Step& step = in.steps[i];
      switch (step.kind) {
        case Step::Kind::field:
          name(name_in_path(schema_.type(step.type)->field(step.field)->name));
          break;
        case Step::Kind::follow:
          break;
        case Step::Kind::backlinks: {
          const TypeDef* origin = schema_.type(step.type);
          name(fmt::format("@links.{}.{}", name_in_path(origin->name),
                           name_in_path(origin->field(step.field)->name)));
          break;
        }
        case Step::Kind::elements:
          out += elements(in, i);
          break;
        case Step::Kind::keys:
          name("@keys");
          break;
        case Step::Kind::index:
          out += fmt::format("[{}]", step.index);
          break;
        case Step::Kind::last:
          out += "[LAST]";
          break;
        case Step::Kind::key:
          out += fmt::format("[{}]", quoted_text(step.key));
          break;
      }
    }
    return out;
  }

  // [*] is written where it could not be left out: inside mixed values.
  std::string elements(const BoundPath& in, size_t at) {
    for (size_t i = at; i > 0; --i) {
      const Step& before = in.steps[i - 1];
      if (before.kind == Step::Kind::field) {
        const FieldDef* field = schema_.type(before.type)->field(before.field);
        return i == at && field->collection != Collection::none ? "" : "[*]";
      }
    }
    return "[*]";
  }

  std::string constant(const Value& value, const ValueType& type) {
    if (type.base == ValueType::Base::type_name && value.is_integer())
      return quoted_text(name_of_type_bits(value.as_integer()));
    if (type.base == ValueType::Base::object && !value.is_null())
      return fmt::format("obj({}, {})", quoted_text(schema_.type(type.object)->name),
                         to_text(value));
    return to_text(value);
  }

  std::string region(const GeoRegion& in) {
    const auto point = [](const GeoPoint& p) {
      return fmt::format("[{}, {}]", text_of_double(p.longitude), text_of_double(p.latitude));
    };
    if (in.kind == GeoRegion::Kind::box)
      return fmt::format("GEOBOX({}, {})", point(in.rings[0][0]), point(in.rings[0][1]));
    if (in.kind == GeoRegion::Kind::circle)
      return fmt::format("GEOCIRCLE({}, {})", point(in.rings[0][0]), text_of_double(in.radius));
    std::string rings;
    for (const auto& ring : in.rings) {
      std::string points;
      for (const GeoPoint& p : ring) points += (points.empty() ? "" : ", ") + point(p);
      rings += fmt::format("{}{{{}}}", rings.empty() ? "" : ", ", points);
    }
    return fmt::format("GEOPOLYGON({})", rings);
  }

  const Schema& schema_;
  uint32_t frames_ = 0;
};

}  // namespace

std::string to_text(const Value& value) {
  if (value.is_null()) return "NULL";
  if (const bool* flag = value.get_if<bool>()) return *flag ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (const double* real = value.get_if<double>()) return text_of_double(*real);
  if (const std::string* text = value.get_if<std::string>()) return quoted_text(*text);
  if (const Binary* binary = value.get_if<Binary>())
    return fmt::format("binary(B64\"{}\")", to_base64(binary->bytes));
  if (const Date* date = value.get_if<Date>()) return text_of_date(*date);
  if (const ObjectId* id = value.get_if<ObjectId>())
    return fmt::format("oid({})",
                       to_hex({reinterpret_cast<const char*>(id->bytes.data()), id->bytes.size()}));
  if (const Uuid* uuid = value.get_if<Uuid>()) return text_of_uuid(*uuid);
  if (const Decimal128* decimal = value.get_if<Decimal128>())
    return fmt::format("decimal({})", print_decimal128(*decimal));
  if (const Document* object = value.get_if<Document>()) {
    const Value* type = object->find("$ref");
    const Value* id = object->find("$id");
    if (type != nullptr && id != nullptr && type->is<std::string>())
      return fmt::format("obj({}, {})", quoted_text(type->get<std::string>()), to_text(*id));
  }
  return fmt::format("ejson({})", quoted_text(print_extended_json(value, JsonForm::exact)));
}

std::string to_text(const Schema& schema, const Predicate& predicate) {
  return Writer(schema).predicate(predicate);
}

std::string to_text(const BoundQuery& query) {
  Writer writer(*query.schema);
  std::string out = writer.predicate(query.predicate);
  for (const Stage& stage : query.stages) out += " " + writer.stage(stage);
  return out;
}

}  // namespace syncline::query
