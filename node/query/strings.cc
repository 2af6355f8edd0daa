#include "node/query/strings.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

namespace syncline::query {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

std::string fold_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Bytes of the character that begins there; 1 for what begins none.
size_t character_length(std::string_view text, size_t at) {
  size_t length = 1;
  while (at + length < text.size() && (static_cast<uint8_t>(text[at + length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

// Calls visit(code point, its bytes) for each character.
template <class Visit>
void each_character(std::string_view text, const Visit& visit) {
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                         static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    const size_t step = length > 0 ? static_cast<size_t>(length) : 1;
    visit(length > 0 ? code : -1, text.substr(at, step));
    at += step;
  }
}

constexpr utf8proc_int32_t kLatin1Max = 0xFF;
constexpr utf8proc_int32_t kMultiplication = 0xD7;
constexpr utf8proc_int32_t kDivision = 0xF7;
constexpr utf8proc_int32_t kFirstLetter = 0xC0;

// What a character of ASCII or Latin-1 adds to a word: its letter or digit without case and
// diacritics; nothing if it ends the word.
std::string letter_of(utf8proc_int32_t code, std::string_view bytes) {
  const bool ascii = code >= 0 && code < 0x80;
  if (ascii) {
    const char c = static_cast<char>(code);
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return word ? fold_ascii(bytes) : std::string();
  }
  if (code < kFirstLetter || code > kLatin1Max || code == kMultiplication || code == kDivision)
    return {};
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                   static_cast<utf8proc_ssize_t>(bytes.size()), &folded,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                  UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(folded, std::free);
  if (length < 0) return std::string(bytes);
  return std::string(reinterpret_cast<const char*>(folded), static_cast<size_t>(length));
}

bool has_word(const std::vector<std::string>& tokens, const std::string& word) {
  return std::find(tokens.begin(), tokens.end(), word) != tokens.end();
}

}  // namespace

std::string fold_case(std::string_view text) {
  if (is_ascii(text)) return fold_ascii(text);
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &folded,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(folded, std::free);
  if (length < 0) return fold_ascii(text);
  return std::string(reinterpret_cast<const char*>(folded), static_cast<size_t>(length));
}

// The usual walk with one way back: to the last star, which then takes one character more.
bool is_like(std::string_view text, std::string_view pattern) {
  constexpr size_t kNone = std::string_view::npos;
  size_t t = 0;
  size_t p = 0;
  size_t star = kNone;
  size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      t += character_length(text, t);
      ++p;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++t;
      ++p;
    } else if (star != kNone) {
      p = star + 1;
      star_text += character_length(text, star_text);
      t = star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string> text_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) tokens.push_back(std::move(word));
    word.clear();
  };
  each_character(text, [&](utf8proc_int32_t code, std::string_view bytes) {
    const std::string letter = letter_of(code, bytes);
    if (letter.empty()) finish();
    word += letter;
  });
  finish();
  return tokens;
}

TextSearch text_search(std::string_view search) {
  TextSearch out;
  while (!search.empty()) {
    const size_t end = std::min(search.find(' '), search.size());
    std::string_view term = search.substr(0, end);
    search.remove_prefix(std::min(end + 1, search.size()));
    const bool excluded = term.starts_with('-');
    const bool beginning = !excluded && term.ends_with('*');
    std::vector<std::string> tokens = text_tokens(term);
    if (beginning && !tokens.empty()) {
      out.beginnings.push_back(std::move(tokens.back()));
      tokens.pop_back();
    }
    std::vector<std::string>& to = excluded ? out.excluded : out.words;
    to.insert(to.end(), tokens.begin(), tokens.end());
  }
  return out;
}

bool matches_text(std::string_view text, const TextSearch& search) {
  const std::vector<std::string> tokens = text_tokens(text);
  for (const std::string& word : search.words)
    if (!has_word(tokens, word)) return false;
  for (const std::string& word : search.excluded)
    if (has_word(tokens, word)) return false;
  for (const std::string& beginning : search.beginnings) {
    const bool found = std::any_of(tokens.begin(), tokens.end(), [&](const std::string& token) {
      return token.starts_with(beginning);
    });
    if (!found) return false;
  }
  return !search.words.empty() || !search.beginnings.empty() || !search.excluded.empty();
}

}  // namespace syncline::query
