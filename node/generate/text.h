// Text of an app in a program: comments that nothing can end early, string literals that hold what
// they should, and lines at their indentation.
//
// An app's text is hostile: a description may hold "*/", a newline, a backslash at its end, a
// "\u000a" that Java would read as a newline, or marks that make a line read backwards. All that
// goes through here. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace syncline::generate {

// Lines of at most limits::kCommentColumns less `indent`, without anything that ends or opens a
// comment in one of the languages, or that a compiler acts on within one. At most
// limits::kDescriptionBytesMax bytes and kDescriptionLinesMax lines, cut with "...".
std::vector<std::string> comment_lines(std::string_view text, size_t indent = 0);

// One line of it.
std::string comment_line(std::string_view text);

enum class Quoting {
  c,           // C and C++
  python,      //
  typescript,  //
  java,        //
  csharp,      //
  kotlin,      // where $ begins a template
  dart,        // where $ does too; in single quotes
  swift,       //
};
// The literal, with its quotes.
std::string quoted(std::string_view text, Quoting quoting);

// & < > " as XML and HTML want them, for documentation comments that are read as such.
std::string xml_escaped(std::string_view text);

// Collects lines.
class Writer {
 public:
  explicit Writer(size_t unit) : unit_(unit) {}

  void line(std::string_view text = {});
  void open(std::string_view text);  // a line, and what follows is indented
  void close(std::string_view text);
  size_t indent() const { return depth_ * unit_; }

  // The lines between `first` and `last`, each after `each`: open(" /**", " * ", " */").
  void block_comment(const std::vector<std::string>& lines, std::string_view first,
                     std::string_view each, std::string_view last);
  void line_comment(const std::vector<std::string>& lines, std::string_view each);

  std::string take() { return std::move(text_); }

 private:
  size_t unit_;
  size_t depth_ = 0;
  std::string text_;
};

}  // namespace syncline::generate
