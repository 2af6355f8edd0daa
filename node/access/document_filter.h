// DocumentFilter: a rule's condition on an object, for one user and one type: the fields that it
// names are found, what the user stands for is put in.
//
//   const DocumentFilter filter(role.read_filter.bind(user), schema, type);
//   if (filter.holds(row.id, row.fields)) ...
//
// A dotted name leads into embedded objects and dictionaries; where it leads through a list, each
// element's value counts, as one list. It sees all fields, whatever the role lets a user read.
// Immutable; any thread.
#pragma once

#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "node/access/expression.h"
#include "node/query/index_terms.h"
#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

class DocumentFilter {
 public:
  // A field by its number, or a key. The number's value is what stands there; else what an object
  // holds by the name from before the schema knew the field.
  struct NamedStep {
    Step step;
    Step name;
  };

  // Requires: nothing in the condition is unsupported; and it is bound, or every question comes
  // with what the user stands for.
  DocumentFilter(Expression condition, const Schema& schema, TypeNumber type);

  // Of an object as it stands; it is its own %%prevRoot. `user`: what is not bound yet.
  bool holds(const Value& id, const Scope& fields, const Resolver* user = nullptr) const;
  // Of a change; null: absent. It must hold before and after. If it speaks of
  // %%prevRoot, those of its conditions (joined with "and") that name %%prevRoot or %%root are
  // asked once: with the object as it would be (as it is, if it goes), and %%prevRoot as it is.
  bool lets(const Value& id, const Scope* before, const Scope* after) const;
  bool is_about_change() const { return about_change_; }
  // Why it holds of the object, or does not (explanation.h). `before`: as it was; null: it was not
  // there. may_tell: may the value at that place of the object be told? The empty path is the _id.
  std::string why(const Value& id, const Scope* before, const Scope& fields,
                  absl::FunctionRef<bool(const Path&)> may_tell,
                  const Resolver* user = nullptr) const;
  // Top-level fields that it reads; sorted.
  const std::vector<Step>& reads() const { return reads_; }
  // What an index can look up of it.
  const query::IndexTerms& terms() const { return terms_; }
  // Equal for equal conditions; Expression::of_text() reads it.
  const std::string& text() const { return text_; }
  bool operator==(const DocumentFilter& other) const { return text_ == other.text_; }

 private:
  class Document;

  Expression condition_;
  struct Place {
    bool before = false;           // of %%prevRoot
    bool whole = false;            // the object itself: is it there?
    std::vector<NamedStep> steps;  // empty: _id
  };
  std::vector<Place> places_;  // of condition_.fields()
  bool about_change_ = false;
  std::vector<Step> reads_;
  query::IndexTerms terms_;
  std::string text_;
};

}  // namespace syncline
