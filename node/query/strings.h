// What queries ask of strings: folding of case, LIKE, and the tokens of TEXT. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace syncline::query {

// The text without distinctions of case, by Unicode's full folding, composed: "STRASSE", "straße"
// and "Straße" are one, in every script. Bytes that are no UTF-8 fold as ASCII.
std::string fold_case(std::string_view text);

// Whether all of the text is as the pattern says: * is any run, ? one character, the rest itself.
// At worst length of the text times length of the pattern: no pattern makes it slower.
bool is_like(std::string_view text, std::string_view pattern);

// The words of a text for TEXT: letters and digits of ASCII and Latin-1, without case and
// diacritics.
std::vector<std::string> text_tokens(std::string_view text);

// "quick bro* -dog": words that must be there, beginnings of words that must be, words that must
// not.
struct TextSearch {
  std::vector<std::string> words;
  std::vector<std::string> beginnings;
  std::vector<std::string> excluded;
};
TextSearch text_search(std::string_view search);
bool matches_text(std::string_view text, const TextSearch& search);

}  // namespace syncline::query
