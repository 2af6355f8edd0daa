// Findings: the violations found in one object so far, and the place being looked at.
//
// Used by Validator and ConstraintChecker. One thread; lives as long as one check.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/model/validator.h"

namespace syncline {

class Findings {
 public:
  // `root` (null: not known) is the object's, to show list elements by index.
  Findings(const Schema& schema, const TypeDef& type, const Scope* root, size_t limit)
      : schema_(schema), type_(type), root_(root), limit_(limit) {}

  bool full() const { return violations_.size() >= limit_; }
  bool empty() const { return violations_.empty(); }
  void add(std::string_view kind, std::string_view text, Reason reason = Reason::schema);
  // About what would stand at the step.
  void add_at(Step step, std::string_view kind, std::string_view text,
              Reason reason = Reason::schema);
  std::vector<Violation> take() { return std::move(violations_); }
  // For what is tried without being reported: the same place, room for one.
  Findings trial() const;

  // The place while it lives is one step further in.
  class Inside {
   public:
    Inside(Findings* findings, Step step) : findings_(findings) {
      findings_->path_.push_back(std::move(step));
    }
    ~Inside() { findings_->path_.pop_back(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Findings* findings_;
  };

 private:
  const Schema& schema_;
  const TypeDef& type_;
  const Scope* root_;
  size_t limit_;
  Path path_;
  std::vector<Violation> violations_;
};

// The path as people read it: "doors[2].name"; the object as a whole is its type's name.
std::string path_text(const Schema& schema, const TypeDef& type, const Scope* root,
                      const Path& path);
// The value as messages show it, cut to a few words.
std::string shown(const Value& value);
std::string shown(const Item& item);

}  // namespace syncline
