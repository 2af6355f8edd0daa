// Rights: what a node's user may do, told to the node so that it can answer beforehand. Advice
// only: the authority decides.
//
// What a node cannot decide is left out of what it is told: a condition on fields that its user may
// not read everywhere, one that calls a function of the authority's program, one of great length.
// Of these the answer is "the authority decides". What a condition compares with is told: the
// user's own data, and values of the app.
#pragma once

#include "node/access/policy.h"
#include "proto/records.h"

namespace syncline {

// As a node is to be told it; of the app's types, not of system types.
RightsRecord rights_of(const Access& access, const Schema& schema);

// Immutable; any thread.
class Advisor {
 public:
  // kMalformed. What the schema does not know is left out.
  static Result<Advisor> of(const RightsRecord& rights, const Schema& schema);

  struct Advice {
    enum class Answer : uint8_t { yes, no, authority_decides };
    Answer answer = Answer::authority_decides;
    std::string reason;  // of a no: role, rule and field
  };
  // As Access::judge().
  Advice judge(const Schema& schema, TypeNumber type, const Value& id, const Scope* before,
               const Scope* after, const std::vector<Step>& touched,
               const std::vector<WrittenPlace>& written = {}) const;
  // May what stands at the place be changed, whatever to? Of an object that is there.
  Advice judge_place(const Schema& schema, TypeNumber type, const Value& id, const Scope& fields,
                     const Path& path) const;
  // The role by which the type is judged; empty: none.
  const std::string& role(TypeNumber type) const { return at_best_.of(type).role; }
  // For certain, of the object as the node has it: is the field hidden from the user?
  bool hides(TypeNumber type, const Value& id, const Scope& fields, const Step& field) const;
  const TypeAccess& at_best(TypeNumber type) const { return at_best_.of(type); }

 private:
  Access sure_;     // what cannot be decided here holds of nothing
  Access at_best_;  // ... of everything
};

}  // namespace syncline
