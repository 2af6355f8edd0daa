#include "sim/script/templates.h"

#include <array>

namespace syncline::sim {
namespace {

const Value* only(const Document& document, std::string_view key) {
  return document.fields.size() == 1 ? document.find(key) : nullptr;
}

std::optional<double> real(const Value& value) {
  if (value.is_integer()) return static_cast<double>(value.as_integer());
  if (const double* number = value.get_if<double>()) return *number;
  return std::nullopt;
}

// A whole number if both bounds are, else one of a thousand steps in between.
std::optional<Value> draw(const List& bounds, Random* random) {
  if (bounds.elements.size() != 2) return std::nullopt;
  const Value& low = bounds.elements[0];
  const Value& high = bounds.elements[1];
  constexpr int64_t kFar = int64_t{1} << 53;
  if (low.is_integer() && high.is_integer()) {
    if (low.as_integer() > high.as_integer() || low.as_integer() < -kFar ||
        high.as_integer() > kFar)
      return std::nullopt;
    return Value(random->between(low.as_integer(), high.as_integer()));
  }
  const std::optional<double> from = real(low);
  const std::optional<double> to = real(high);
  if (!from || !to) return std::nullopt;
  return Value(*from + (*to - *from) * static_cast<double>(random->below(1001)) / 1000);
}

}  // namespace

std::string fill_text(std::string_view text, const TemplateContext& context) {
  const std::array<std::pair<std::string_view, std::string>, 3> places = {{
      {"{node}", context.node},
      {"{n}", std::to_string(context.number)},
      {"{count}", std::to_string(context.count)},
  }};
  std::string out;
  for (size_t at = 0; at < text.size();) {
    bool filled = false;
    for (const auto& [place, with] : places) {
      if (!text.substr(at).starts_with(place)) continue;
      out += with;
      at += place.size();
      filled = true;
      break;
    }
    if (!filled) out += text[at++];
  }
  return out;
}

Value fill_template(const Value& value, const TemplateContext& context, Random* random) {
  if (const std::string* text = value.get_if<std::string>()) return fill_text(*text, context);
  if (const List* list = value.get_if<List>()) {
    List out;
    for (const Value& element : list->elements)
      out.elements.push_back(fill_template(element, context, random));
    return out;
  }
  const Document* document = value.get_if<Document>();
  if (document == nullptr) return value;
  if (const Value* bounds = only(*document, "random"); bounds && bounds->is<List>())
    if (std::optional<Value> drawn = draw(bounds->get<List>(), random)) return *drawn;
  if (const Value* choice = only(*document, "one_of"); choice && choice->is<List>())
    if (const auto& among = choice->get<List>().elements; !among.empty())
      return fill_template(among[random->below(among.size())], context, random);
  if (const Value* now = only(*document, "now"); now && *now == Value(true))
    return Date{context.wall_ms / 1000, static_cast<int32_t>(context.wall_ms % 1000) * 1'000'000};
  Document out;
  for (const DocumentField& field : document->fields)
    out.fields.push_back({field.name, fill_template(field.value, context, random)});
  return out;
}

}  // namespace syncline::sim
