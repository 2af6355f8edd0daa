// A bound expression as a text: JSON of its tree, with values in canonical Extended JSON.
#include <array>

#include <nlohmann/json.hpp>

#include "node/access/expression.h"
#include "node/access/expression_fold.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

using access_internal::Comparison;
using access_internal::Node;
using access_internal::Operand;
using Json = nlohmann::json;

constexpr std::array<const char*, 10> kNames = {"eq",  "ne", "gt",  "gte",    "lt",
                                                "lte", "in", "nin", "exists", "has_all"};
constexpr std::array<const char*, 4> kConversions = {"string_to_oid", "oid_to_string",
                                                     "string_to_uuid", "uuid_to_string"};

Json json_of(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::field:
      return {{"field", operand.name}};
    case Operand::Kind::convert:
      return {
          {kConversions[static_cast<size_t>(operand.conversion)], json_of(operand.parts.front())}};
    case Operand::Kind::list:
    case Operand::Kind::call: {
      Json parts = Json::array();
      const bool calls = operand.kind == Operand::Kind::call;
      if (calls) parts.push_back(operand.name);
      for (const Operand& part : operand.parts) parts.push_back(json_of(part));
      return {{calls ? "call" : "list", std::move(parts)}};
    }
    default:
      break;
  }
  if (operand.missing) return Json::object();
  return {{"value", print_extended_json(operand.literal, JsonForm::exact)}};
}

Json json_of(const Node& node) {
  const auto children = [&] {
    Json out = Json::array();
    for (const Node& child : node.children) out.push_back(json_of(child));
    return out;
  };
  switch (node.kind) {
    case Node::Kind::all:
      return {{"all", children()}};
    case Node::Kind::any:
      return {{"any", children()}};
    case Node::Kind::negate:
      return {{"not", children()}};
    case Node::Kind::compare:
      return {{kNames[static_cast<size_t>(node.comparison)],
               Json::array({json_of(node.left), json_of(node.right)})}};
    default:
      return node.value;
  }
}

// One level of a rule's JSON makes at most three of the tree.
constexpr int kTreeDepthMax = 4 * limits::kDepthMax;

// What does not fit makes it false.
class Reader {
 public:
  explicit Reader(const RuleFunctions* functions) : functions_(functions) {}
  bool ok = true;

  Node node(const Json& json, int depth = 0) {
    if (json.is_boolean()) return access_internal::constant_node(json.get<bool>());
    if (depth > kTreeDepthMax || !json.is_object() || json.size() != 1) return bad_node();
    const std::string& key = json.begin().key();
    const Json& inside = json.begin().value();
    if (!inside.is_array()) return bad_node();
    Node out;
    if (key == "all" || key == "any" || key == "not") {
      out.kind = key == "all"   ? Node::Kind::all
                 : key == "any" ? Node::Kind::any
                                : Node::Kind::negate;
      for (const Json& child : inside) out.children.push_back(node(child, depth + 1));
      if (out.kind == Node::Kind::negate && out.children.size() != 1) return bad_node();
      return out;
    }
    const auto name = std::find(kNames.begin(), kNames.end(), key);
    if (name == kNames.end() || inside.size() != 2) return bad_node();
    out.kind = Node::Kind::compare;
    out.comparison = static_cast<Comparison>(name - kNames.begin());
    out.left = operand(inside[0], depth + 1);
    out.right = operand(inside[1], depth + 1);
    const bool exists = out.comparison == Comparison::exists;
    if (exists && (out.right.kind != Operand::Kind::literal || !out.right.literal.is<bool>()))
      return bad_node();
    return out;
  }

 private:
  Operand operand(const Json& json, int depth) {
    Operand out;
    if (!json.is_object() || json.size() > 1 || depth > kTreeDepthMax) return bad(out);
    if (json.empty()) {
      out.missing = true;
      return out;
    }
    const std::string& key = json.begin().key();
    const Json& inside = json.begin().value();
    if (key == "field" && inside.is_string()) {
      out.kind = Operand::Kind::field;
      out.name = inside.get<std::string>();
      return out;
    }
    if (key == "value" && inside.is_string()) {
      Result<Value> value = parse_extended_json(inside.get_ref<const std::string&>());
      if (!value) return bad(out);
      out.literal = std::move(*value);
      return out;
    }
    if (key == "list" && inside.is_array()) {
      out.kind = Operand::Kind::list;
      for (const Json& part : inside) out.parts.push_back(operand(part, depth + 1));
      return out;
    }
    if (key == "call" && inside.is_array() && !inside.empty() && inside[0].is_string()) {
      out.kind = Operand::Kind::call;
      out.name = inside[0].get<std::string>();
      const auto known = functions_ ? functions_->find(out.name) : RuleFunctions::const_iterator();
      if (!functions_ || known == functions_->end()) return bad(out);
      out.function = known->second;
      for (size_t i = 1; i < inside.size(); ++i) out.parts.push_back(operand(inside[i], depth + 1));
      return out;
    }
    const auto name = std::find(kConversions.begin(), kConversions.end(), key);
    if (name == kConversions.end()) return bad(out);
    out.kind = Operand::Kind::convert;
    out.conversion = static_cast<Operand::Conversion>(name - kConversions.begin());
    out.parts.push_back(operand(inside, depth + 1));
    return out;
  }

  Operand bad(const Operand& out) {
    ok = false;
    return out;
  }
  Node bad_node() {
    ok = false;
    return access_internal::constant_node(false);
  }

  const RuleFunctions* functions_;
};

}  // namespace

std::string Expression::text() const { return json_of(*root_).dump(); }

Result<Expression> Expression::of_text(std::string_view text, const RuleFunctions* functions) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  Reader reader(functions);
  Node root = reader.node(json);
  if (!reader.ok) return fail(ErrorCode::kMalformed, "a rule's condition cannot be read");
  return of_tree(std::move(root), {});
}

}  // namespace syncline
