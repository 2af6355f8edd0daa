// What a deployed schema leaves to do in the objects that are there, by changesets of the
// authority's own hand, a few objects each, beside the rest of the work.
//
// Values that were kept by name, outside the schema, move into the fields that it has come to know;
// a setting remembers in the log that it is done, so that a restart goes on with it. What does not
// fit its field stays where it is: `syncline schema quarantine` lists it.
//
// Before a new schema version comes into force every object gets that version's fields; then one
// more changeset puts it in force. What is written meanwhile writes them itself (group_judge.cc),
// so that a restart may begin anew.
#include <set>

#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/state_keys.h"
#include "node/authority/stored_object.h"
#include "node/model/schema_translation.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// A step that takes longer keeps uploads waiting.
constexpr size_t kRowsPerStep = 256;
constexpr size_t kRowBytesPerStep = 4u << 20;
constexpr size_t kObjectsPerChangeset = 64;
// Of one object; the rest by the next changeset. Two operations each.
constexpr size_t kMovedAtOnceMax = 2'000;
constexpr size_t kOperationsPerChangeset = 8'000;

// The operations that move what fits its field; none: nothing does. All of an object's values are
// tried together: what does not fit stays where it is.
Group moving(const Deployed& deployed, const ObjectName& name, const Row& row,
             const ChangesetName& changeset, uint32_t* next_element, uint32_t* next_ordinal) {
  Group group;
  group.object = name;
  group.id = row.id;
  std::vector<Adoptable> all =
      adoptable_in(deployed.schema(), name.type, row.fields, changeset, next_element);
  if (all.empty()) return group;
  if (all.size() > kMovedAtOnceMax) all.resize(kMovedAtOnceMax);
  Scope with = row.fields;
  for (const Adoptable& one : all) {
    Path around = one.to;
    around.pop_back();
    if (Scope* scope = find_scope(with, around)) {
      scope->erase(one.from.back());
      scope->put(one.to.back(), one.item);
    }
  }
  const std::vector<Violation> violations =
      deployed.validator->check(name.type, with, nullptr, kMovedAtOnceMax + 1);
  std::set<Path> wrong;
  for (const Violation& violation : violations)
    for (size_t length = 1; length <= violation.path.size(); ++length)
      wrong.emplace(violation.path.begin(),
                    violation.path.begin() + static_cast<ptrdiff_t>(length));
  if (violations.size() > kMovedAtOnceMax) return group;  // nobody can tell what fits
  for (const Adoptable& one : all) {
    if (wrong.contains(one.to)) continue;
    for (Operation& operation : adopting_operations(one)) {
      operation.ordinal = (*next_ordinal)++;
      group.operations.push_back(std::move(operation));
    }
  }
  return group;
}

// The operations that give the object the next version's fields; none: it has them.
Group converting(const SchemaVersions& versions, const ObjectName& name, const Row& row,
                 uint32_t* next_ordinal) {
  Group group;
  group.object = name;
  group.id = row.id;
  std::vector<Derived> all = derive_all(versions.to_next(), name.type, row.fields);
  if (all.size() > 2 * kMovedAtOnceMax) all.resize(2 * kMovedAtOnceMax);
  for (Derived& one : all) {
    one.operation.ordinal = (*next_ordinal)++;
    group.operations.push_back(std::move(one.operation));
  }
  return group;
}

Group remembering(uint64_t version, uint32_t ordinal) {
  Group group;
  group.id = Value(kAdoptedSetting);
  group.object = {system_type::kSetting, *object_key(group.id)};
  Operation create;
  create.kind = OperationKind::create;
  create.ordinal = ordinal;
  Scope fields;
  fields.put(system_field::setting::kValue, Value(static_cast<int64_t>(version)));
  create.item = Item(std::move(fields));
  group.operations.push_back(std::move(create));
  return group;
}

}  // namespace

bool Authority::Impl::is_adopting() const {
  const std::shared_ptr<const Deployed>& deployed = deciding.deployed();
  if (deployed == nullptr || adopting.stuck == deployed->schema().revision) return false;
  // There was nothing before the first.
  return deployed->versions->next() != nullptr ||
         (deployed->schema().revision > 1 &&
          deciding.adopted_version() != deployed->schema().revision);
}

// Some more objects. What it reads is what is decided, so it races with nobody.
Status Authority::Impl::adopt_some() {
  if (!is_adopting() || draining || !has_room_in_flight()) return {};
  const std::shared_ptr<const Deployed> deployed = deciding.deployed();
  const bool prepares = deployed->versions->next() != nullptr;
  const uint64_t revision = deployed->schema().revision;
  if (std::exchange(adopting.revision, revision) != revision) adopting.next.clear();
  const ChangesetName name = next_hand_name();

  Changeset changeset = begin_by_hand();
  uint32_t next_element = 0;
  uint32_t next_ordinal = 0;
  const Bytes first = state_keys::rows_of(TypeNumber(system_type::kFirstUser));
  const Bytes end = prefix_end(state_keys::rows());
  size_t rows = 0;
  size_t bytes = 0;
  bool more_of_last = false;  // of one with many values some are left
  auto at = scan_rows(layers, adopting.next.empty() ? first : adopting.next, end);
  for (; at->valid() && rows < kRowsPerStep && bytes < kRowBytesPerStep && !more_of_last &&
         changeset.groups.size() < kObjectsPerChangeset && next_ordinal < kOperationsPerChangeset;
       at->next()) {
    ++rows;
    bytes += at->value().size();
    SYNCLINE_ASSIGN(const Row row, decode_row(at->value()));
    const ObjectName object = state_keys::object_of_row(at->key());
    Group group = prepares ? converting(*deployed->versions, object, row, &next_ordinal)
                           : moving(*deployed, object, row, name, &next_element, &next_ordinal);
    adopting.next = Bytes(at->key()) + '\0';
    more_of_last = group.operations.size() >= 2 * kMovedAtOnceMax;
    if (!group.operations.empty()) changeset.groups.push_back(std::move(group));
  }
  SYNCLINE_TRY(at->status());
  const bool done = !at->valid() && !more_of_last;
  if (done && prepares && changeset.groups.empty()) return put_next_in_force(*deployed);
  if (done && !prepares) changeset.groups.push_back(remembering(revision, next_ordinal));
  if (changeset.groups.empty()) return {};

  const ObjectName last = changeset.groups.back().object;
  const size_t asked = changeset.groups.size();
  SYNCLINE_ASSIGN(const Decided made,
                  decide_by_hand(name, std::move(changeset),
                                 prepares ? Offer::Keeps::converted : Offer::Keeps::moved));
  bool changed_last = false;
  for (const ObjectEffect& effect : made.entry.objects) {
    adopting.moved += !is_system(effect.object.type);
    changed_last = changed_last || effect.object == last;
  }
  // Only what made some progress is looked at again.
  if (more_of_last && changed_last) adopting.next.pop_back();
  if (made.entry.objects.size() < asked) tell_not_made(made.entry, prepares);
  if (done && !prepares)
    event("schema_adopted", options.id,
          fmt::format("in {} objects values moved from a name into its field",
                      std::exchange(adopting.moved, 0)));
  return {};
}

void Authority::Impl::tell_not_made(const Entry& entry, bool prepares) {
  for (const Outcome& outcome : entry.outcomes)
    if (outcome.verdict == Verdict::refused)
      return event(prepares ? "not_converted" : "not_moved", options.id,
                   fmt::format("entry {}: some objects stay as they are: {}", entry.seq.value,
                               outcome.text));
}

// By a changeset of its own: nothing of it stands unless all does.
Status Authority::Impl::put_next_in_force(const Deployed& deployed) {
  const ChangesetName name = next_hand_name();
  Changeset changeset = begin_by_hand();
  changeset.all_or_nothing = true;
  for (const Document& record : put_in_force(deployed)) {
    const bool is_new = *record.find("_id") != Value(kDeployedApp);
    SYNCLINE_ASSIGN(Group group, writing(record, name, is_new));
    changeset.groups.push_back(std::move(group));
  }
  const uint32_t number = deployed.versions->next()->number();
  Group gone;
  gone.id = Value(id_of_next_app(number));
  gone.object = {system_type::kApp, *object_key(gone.id)};
  gone.operations.emplace_back().kind = OperationKind::remove_object;
  changeset.groups.push_back(std::move(gone));
  // Counted through, whatever they are about.
  uint32_t ordinal = 0;
  for (Group& group : changeset.groups)
    for (Operation& operation : group.operations) operation.ordinal = ordinal++;

  SYNCLINE_ASSIGN(const Decided made,
                  decide_by_hand(name, std::move(changeset), Offer::Keeps::nothing));
  if (made.entry.objects.empty()) {
    adopting.stuck = deployed.schema().revision;
    event("schema_version_refused", options.id,
          fmt::format("schema version {} does not come into force: {}", number,
                      made.entry.outcomes.empty() ? "" : made.entry.outcomes.front().text));
    return {};
  }
  event("schema_version_in_force", options.id,
        fmt::format("schema version {}: {} objects have its fields; version {} stays in force "
                    "beside it",
                    number, std::exchange(adopting.moved, 0), deployed.schema().version));
  return {};
}

// Those that the changeset is about, before it is judged: what its author did to a field by its
// number acts on what stands there by its name.
Status Authority::Impl::adopt_named(const Changeset& offered) {
  if (!is_adopting()) return {};
  const std::shared_ptr<const Deployed> deployed = deciding.deployed();
  const ChangesetName name = next_hand_name();
  Changeset changeset = begin_by_hand();
  uint32_t next_element = 0;
  uint32_t next_ordinal = 0;
  for (const Group& about : offered.groups) {
    if (is_system(about.object.type) || next_ordinal >= kOperationsPerChangeset) continue;
    SYNCLINE_ASSIGN(const std::optional<Row> row, read_row(layers, about.object));
    if (!row) continue;
    Group group = moving(*deployed, about.object, *row, name, &next_element, &next_ordinal);
    if (!group.operations.empty()) changeset.groups.push_back(std::move(group));
  }
  if (changeset.groups.empty()) return {};
  SYNCLINE_ASSIGN(const Decided moved,
                  decide_by_hand(name, std::move(changeset), Offer::Keeps::moved));
  adopting.moved += moved.entry.objects.size();
  return {};
}

}  // namespace syncline
