// Emitter: one language. It formats; what there is to format is in models.h, what it is called was
// settled by names.h, and how text gets into a program is text.h's matter.
//
// Called by generate.cc. Pure: the same models give the same text. Any thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/generate/models.h"
#include "node/generate/names.h"
#include "node/generate/text.h"

namespace syncline::generate {

// A type's declaration and what it needs imported, line by line.
struct Piece {
  std::string text;
  std::set<std::string> imports;
};

// How a language arranges types in files.
enum class Layout {
  file_a_class,  // as users of it expect
  one_file,      // what one type declares is not seen in another file (Dart, C, C++, Python)
};

struct FileContext {
  bool imports = true;  // --no-imports leaves them out
  std::string package;  // --package; empty: none
  std::string stem;     // of the file's name, without its extension
  const Models* models = nullptr;
  std::vector<const Class*> classes;  // that the file declares
};

class Emitter {
 public:
  virtual ~Emitter() = default;

  virtual const NameRules& names() const = 0;
  virtual Layout layout() const = 0;
  virtual std::string extension() const = 0;  // "kt"
  // What a file of all types is called, without the extension.
  virtual std::string flat_stem() const { return "models"; }
  // "//" or "#".
  virtual std::string comment() const { return "//"; }
  // Whether several types can stand in one file at all.
  virtual bool takes_flat() const { return true; }
  // Whether an _id can be declared that may be of several types; no Realm SDK can.
  virtual bool takes_any_key() const { return false; }
  // Whether the language has something that --package can name.
  virtual bool takes_package() const { return false; }
  // The order in which one file declares them; by name unless the language needs another.
  virtual std::vector<const Class*> order(const Models& models) const;

  // Called before order() and emit(), with what they are called for.
  virtual void prepare(const Models& models) {}
  virtual Piece emit(const Models& models, const Class& one) const = 0;
  // What stands before and after the declarations of a file.
  virtual std::string head(const FileContext& file, const std::set<std::string>& imports) const;
  virtual std::string tail(const FileContext& file) const { return {}; }
};

std::unique_ptr<Emitter> make_kotlin();
std::unique_ptr<Emitter> make_swift();
std::unique_ptr<Emitter> make_dart();
std::unique_ptr<Emitter> make_csharp();
std::unique_ptr<Emitter> make_java();
std::unique_ptr<Emitter> make_typescript();
std::unique_ptr<Emitter> make_python();
std::unique_ptr<Emitter> make_c();
std::unique_ptr<Emitter> make_cpp();

// What people should know of a property beside its declaration, each a line of a comment: the
// description, the values of "enum", a default that is not written as code, a type that the
// language's SDK has not.
struct Notes {
  bool default_is_code = false;
  bool tells_stored = true;  // of a timestamp, regex, number or null, which become any value
};
std::vector<std::string> notes_of(const Models& models, const Property& property, Notes notes,
                                  size_t indent);
// The same of a class.
std::vector<std::string> notes_of(const Class& one, size_t indent);

// Types that no Realm SDK has: they become its any-type.
bool only_mixed(ScalarType type);

// A default that can stand as code: a boolean, a number or a text, of at most
// limits::kDefaultBytesMax. Null if it cannot, or if the property is a collection.
const Value* simple_default(const Property& property);
// true, 12, 0.5; a text as `quoting` writes it. Requires: simple_default gives one.
std::string literal(const Property& property, Quoting quoting);

}  // namespace syncline::generate
