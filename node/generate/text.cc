#include "node/generate/text.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/generate/limits.h"

namespace syncline::generate {
namespace {

// One character and the bytes it came from.
struct Character {
  char32_t code = 0;
  std::string_view bytes;
};

// Requires: UTF-8, as all text of an app is. What is not is read as single bytes, for "?".
Character next_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80             ? 1
                        : (first & 0xe0) == 0xc0 ? 2
                        : (first & 0xf0) == 0xe0 ? 3
                        : (first & 0xf8) == 0xf0 ? 4
                                                 : 0;
  if (length == 0 || length > text.size()) return {0xfffd, text.substr(0, 1)};
  if (length == 1) return {first, text.substr(0, 1)};
  char32_t code = first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (byte(i) & 0x3f);
  return {code, text.substr(0, length)};
}

bool ends_line(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x0b || c == 0x0c || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

// Marks that change the direction in which a line reads, and the byte order mark: source that shows
// otherwise than it compiles.
bool misleads(char32_t c) {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), with);
}

// Cut at a character.
std::string_view cut(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

// The lines of the text, of printing characters only.
std::vector<std::string> plain_lines(std::string_view text) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const Character c = next_character(text);
    text.remove_prefix(c.bytes.size());
    if (ends_line(c.code)) {
      lines.emplace_back();
    } else if (is_control(c.code)) {
      lines.back() += ' ';
    } else if (c.code == 0xfffd) {
      lines.back() += '?';
    } else if (!misleads(c.code)) {
      lines.back() += c.bytes;
    }
  }
  return lines;
}

// Words that make a comment line an instruction to a tool, such as "mypy: ignore-errors".
bool instructs(std::string_view line) {
  if (line.starts_with('@') || line.starts_with('<')) return true;
  constexpr std::string_view kWords[] = {"mypy:",     "type:",  "pyright:", "ignore",
                                         "language=", "swift-", "eslint",   "dart"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return line.starts_with(word); });
}

// Wraps one line at its spaces; a word that is too long is cut.
void wrap(std::string_view line, size_t columns, std::vector<std::string>& out) {
  std::string current;
  while (!line.empty()) {
    const size_t space = line.find(' ');
    std::string_view word = line.substr(0, space);
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    while (!word.empty()) {
      if (!current.empty() && current.size() + 1 + word.size() > columns) {
        out.push_back(std::move(current));
        current.clear();
      }
      const std::string_view part = cut(word, columns);
      word.remove_prefix(part.size());
      current += (current.empty() ? "" : " ") + std::string(part);
    }
  }
  if (!current.empty()) out.push_back(std::move(current));
}

// What a line may not hold, whichever language it is for.
void disarm(std::string& line) {
  replace_all(line, "*/", "* /");
  replace_all(line, "/*", "/ *");
  replace_all(line, "\\u", "\\ u");        // Java reads \u002a\u002f before it sees comments
  replace_all(line, "??", "? ?");          // trigraphs of C
  if (line.ends_with('\\')) line += " .";  // C would go on with the next line
  if (instructs(line)) line.insert(0, "- ");
}

std::string escaped(const Character& c, Quoting quoting) {
  if (quoting == Quoting::c || (quoting == Quoting::java && c.code < 0x100)) {
    std::string out;
    if (quoting == Quoting::java) return fmt::format("\\{:03o}", static_cast<uint32_t>(c.code));
    for (unsigned char byte : c.bytes) out += fmt::format("\\{:03o}", byte);
    return out;
  }
  if (quoting == Quoting::dart || quoting == Quoting::swift)
    return fmt::format("\\u{{{:x}}}", static_cast<uint32_t>(c.code));
  return fmt::format("\\u{:04x}", static_cast<uint32_t>(c.code));
}

}  // namespace

std::vector<std::string> comment_lines(std::string_view text, size_t indent) {
  const bool whole = text.size() <= limits::kDescriptionBytesMax;
  const size_t columns = limits::kCommentColumns - std::min<size_t>(indent + 4, 40);
  std::vector<std::string> lines;
  for (const std::string& line : plain_lines(cut(text, limits::kDescriptionBytesMax)))
    wrap(line, columns, lines);
  const bool all = lines.size() <= limits::kDescriptionLinesMax;
  if (!all) lines.resize(limits::kDescriptionLinesMax);
  if (!lines.empty() && !(whole && all)) lines.back() += " ...";
  for (std::string& line : lines) disarm(line);
  return lines;
}

std::string comment_line(std::string_view text) {
  std::string out;
  for (const std::string& line : plain_lines(cut(text, limits::kDescriptionBytesMax)))
    out += (out.empty() ? "" : " ") + line;
  disarm(out);
  return out;
}

std::string quoted(std::string_view text, Quoting quoting) {
  const char quote = quoting == Quoting::dart ? '\'' : '"';
  const bool templates = quoting == Quoting::dart || quoting == Quoting::kotlin;
  std::string out(1, quote);
  while (!text.empty()) {
    const Character c = next_character(text);
    text.remove_prefix(c.bytes.size());
    if (c.code == '\n' || c.code == '\r' || c.code == '\t') {
      out += c.code == '\n' ? "\\n" : c.code == '\r' ? "\\r" : "\\t";
    } else if (is_control(c.code) || ends_line(c.code) || misleads(c.code) || c.code == 0xfffd) {
      out += escaped(c.code == 0xfffd ? Character{'?', "?"} : c, quoting);
    } else if (c.code == static_cast<unsigned char>(quote) || c.code == '\\' ||
               (c.code == '$' && templates) || (c.code == '?' && quoting == Quoting::c)) {
      out += '\\';
      out += c.bytes;
    } else {
      out += c.bytes;
    }
  }
  return out + quote;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '@':
        out += "&#64;";
        break;  // of a tag, in Java
      default:
        out += c;
    }
  }
  return out;
}

void Writer::line(std::string_view text) {
  if (!text.empty()) text_ += std::string(indent(), ' ');
  text_ += text;
  text_ += '\n';
}

void Writer::open(std::string_view text) {
  line(text);
  ++depth_;
}

void Writer::close(std::string_view text) {
  --depth_;
  line(text);
}

void Writer::block_comment(const std::vector<std::string>& lines, std::string_view first,
                           std::string_view each, std::string_view last) {
  if (lines.empty()) return;
  if (lines.size() == 1) {
    line(fmt::format("{} {}{}", first, lines[0], last));
    return;
  }
  line(first);
  for (const std::string& one : lines) line(fmt::format("{}{}", each, one));
  line(last);
}

void Writer::line_comment(const std::vector<std::string>& lines, std::string_view each) {
  for (const std::string& one : lines) line(fmt::format("{}{}", each, one));
}

}  // namespace syncline::generate
