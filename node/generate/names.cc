#include "node/generate/names.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

namespace syncline::generate {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

// Every character beyond ASCII as u and its code: identifiers that each compiler, font and editor
// takes. The stored name is in the mapping.
std::string ascii(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size();) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte < 0x80) {
      out += name[i++];
      continue;
    }
    uint32_t code = byte >= 0xf0 ? byte & 0x07 : byte >= 0xe0 ? byte & 0x0f : byte & 0x1f;
    for (++i; i < name.size() && (static_cast<unsigned char>(name[i]) & 0xc0) == 0x80; ++i)
      code = (code << 6) | (static_cast<unsigned char>(name[i]) & 0x3f);
    out += fmt::format("u{:x}", code);
  }
  return out;
}

// "first_name", "firstName" and "first name" are first, name; "HTTPServer" is HTTP, Server.
std::vector<std::string> words_of(std::string_view name) {
  const std::string text = ascii(name);
  std::vector<std::string> words;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_word(c)) {
      inside = false;
      continue;
    }
    const bool hump = inside && is_upper(c) &&
                      (!is_upper(text[i - 1]) || (i + 1 < text.size() && is_lower(text[i + 1])));
    if (!inside || hump) words.emplace_back();
    inside = true;
    words.back() += c;
  }
  return words;
}

std::string capitalised(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = lower(c);
  out[0] = upper(out[0]);
  return out;
}

std::string lowered(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = lower(c);
  return out;
}

std::string join(const std::vector<std::string>& words, Casing casing) {
  std::string out;
  for (const std::string& word : words) {
    if (casing == Casing::snake) {
      out += (out.empty() ? "" : "_") + lowered(word);
    } else if (casing == Casing::camel && out.empty()) {
      out += lowered(word);
    } else {
      // Two numbers side by side stay two: v1_2 and v12 are not the same.
      if (!out.empty() && is_digit(out.back()) && is_digit(word[0])) out += '_';
      out += capitalised(word);
    }
  }
  return out;
}

std::string legal(std::string identifier, const NameRules& rules,
                  const std::set<std::string_view>& others) {
  if (identifier.empty()) identifier = "field";
  if (is_digit(identifier[0])) identifier.insert(0, rules.word_front);
  while (rules.keywords.contains(identifier) || others.contains(identifier)) identifier += '_';
  return identifier;
}

// Gives each of `wanted` a name of its own; `stored` has the first right to its own.
class Apart {
 public:
  // folded: names that differ in case only collide too, as those of files do.
  Apart(const NameRules& rules, const std::set<std::string_view>& others, bool folded)
      : rules_(rules), others_(others), folded_(folded) {}

  void take(const std::string& name) { taken_.insert(key(name)); }

  std::vector<std::string> settle(const std::vector<std::string>& stored,
                                  const std::vector<std::string>& wanted) {
    std::vector<std::string> out(stored.size());
    for (size_t i = 0; i < stored.size(); ++i)
      if (wanted[i] == stored[i] && taken_.insert(key(wanted[i])).second) out[i] = wanted[i];
    for (size_t i = 0; i < stored.size(); ++i)
      if (out[i].empty()) out[i] = next(wanted[i]);
    return out;
  }

 private:
  // What must differ.
  std::string key(const std::string& name) const {
    if (folded_) return lowered(name);
    if (!rules_.setters_drop_is || !name.starts_with("is") || name.size() < 3 || is_lower(name[2]))
      return name;
    std::string rest = name.substr(2);
    rest[0] = lower(rest[0]);
    return rest;
  }

  std::string next(const std::string& wanted) {
    // Counted on, so that ten thousand fields of one name are not ten thousand squared.
    size_t& n = last_[key(wanted)];
    for (std::string name = wanted;; ++n) {
      if (n > 0)
        name = legal(fmt::format("{}{}{}", wanted, is_digit(wanted.back()) ? "_" : "", n + 1),
                     rules_, others_);
      if (taken_.insert(key(name)).second) return name;
    }
  }

  const NameRules& rules_;
  const std::set<std::string_view>& others_;
  bool folded_;
  std::set<std::string> taken_;
  std::map<std::string, size_t> last_;
};

}  // namespace

std::string property_identifier(std::string_view name, const NameRules& rules) {
  if (name == "_id" && rules.keeps_id) return "_id";
  return legal(join(words_of(name), rules.properties), rules, rules.members);
}

std::string class_identifier(std::string_view name, const NameRules& rules) {
  // A title that is an identifier stays as it is but for its first letter: users know Fridge_range.
  const bool whole = std::ranges::all_of(name, [](char c) { return is_word(c) || c == '_'; });
  std::string out(name);
  if (!whole || out.empty() || out[0] == '_') out = join(words_of(name), Casing::pascal);
  if (out.empty()) out = "Type";
  out[0] = upper(out[0]);
  return legal(std::move(out), rules, rules.classes);
}

std::string snake_case(std::string_view name) {
  std::string out = join(words_of(name), Casing::snake);
  return out.empty() ? "type" : out;
}

void give_names(Models& models, const NameRules& rules) {
  std::vector<std::string> stored;
  std::vector<std::string> wanted;
  for (const Class& one : models.classes) {
    stored.push_back(one.name);
    wanted.push_back(class_identifier(one.name, rules));
  }
  const std::vector<std::string> classes = Apart(rules, rules.classes, true).settle(stored, wanted);
  for (size_t i = 0; i < classes.size(); ++i) {
    Class& one = models.classes[i];
    one.identifier = classes[i];
    stored.clear();
    wanted.clear();
    const bool has_id = std::ranges::any_of(
        one.properties, [](const Property& property) { return property.name == "id"; });
    for (const Property& property : one.properties) {
      // Beside a field id the key needs another name.
      const bool other = property.name == "_id" && has_id && !rules.keeps_id;
      stored.push_back(property.name);
      wanted.push_back(property_identifier(other ? "primary key" : property.name, rules));
    }
    Apart apart(rules, rules.members, false);
    if (rules.class_is_member) apart.take(one.identifier);
    const std::vector<std::string> properties = apart.settle(stored, wanted);
    for (size_t p = 0; p < properties.size(); ++p) one.properties[p].identifier = properties[p];
  }
}

}  // namespace syncline::generate
