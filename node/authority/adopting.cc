// What a deployed schema leaves to do in the objects that are there: values that were kept by name,
// outside the schema, move into the fields that it has come to know. By changesets of the
// authority's own hand, a few objects each, beside the rest of the work; a setting remembers in the
// log that it is done, so that a restart goes on with it.
//
// What does not fit its field stays where it is: `syncline schema quarantine` lists it.
#include <set>

#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/state_keys.h"
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
  // There was nothing before the first.
  return deciding.deployed() != nullptr && deciding.deployed()->schema().version > 1 &&
         deciding.adopted_version() != deciding.deployed()->schema().version;
}

// Some more objects. What it reads is what is decided, so it races with nobody.
Status Authority::Impl::adopt_some() {
  if (!is_adopting() || draining || !has_room_in_flight()) return {};
  const std::shared_ptr<const Deployed> deployed = deciding.deployed();
  const uint64_t version = deployed->schema().version;
  if (std::exchange(adopting.version, version) != version) adopting.next.clear();
  const ChangesetName name = next_hand_name();

  Changeset changeset;
  changeset.base = {decided.incarnation, decided.seq, decided.hash};
  changeset.written = now.clock();
  changeset.schema_version = version;
  uint32_t next_element = 0;
  uint32_t next_ordinal = 0;
  const Bytes first = state_keys::rows_of(TypeNumber(system_type::kFirstUser));
  const Bytes end = prefix_end(state_keys::rows());
  size_t rows = 0;
  size_t bytes = 0;
  auto at = layers.scan(adopting.next.empty() ? first : adopting.next, end);
  for (; at->valid() && rows < kRowsPerStep && bytes < kRowBytesPerStep &&
         changeset.groups.size() < kObjectsPerChangeset && next_ordinal < kOperationsPerChangeset;
       at->next()) {
    ++rows;
    bytes += at->value().size();
    SYNCLINE_ASSIGN(const Row row, decode_row(at->value()));
    Group group = moving(*deployed, state_keys::object_of_row(at->key()), row, name, &next_element,
                         &next_ordinal);
    // Of one with many values some are left: it is looked at again.
    adopting.next = Bytes(at->key());
    if (group.operations.size() < 2 * kMovedAtOnceMax) adopting.next += '\0';
    if (!group.operations.empty()) changeset.groups.push_back(std::move(group));
    if (adopting.next == at->key()) break;
  }
  SYNCLINE_TRY(at->status());
  const bool done = !at->valid();
  if (done) changeset.groups.push_back(remembering(version, next_ordinal));
  if (changeset.groups.empty()) return {};

  SYNCLINE_ASSIGN(const Decided moved, decide_by_hand(name, std::move(changeset), true));
  for (const ObjectEffect& effect : moved.entry.objects)
    adopting.moved += !is_system(effect.object.type);
  if (done)
    event("schema_adopted", options.id,
          fmt::format("schema version {}: in {} objects values moved from a name into its field",
                      version, std::exchange(adopting.moved, 0)));
  return {};
}

// Those that the changeset is about, before it is judged: what its author did to a field by its
// number acts on what stands there by its name.
Status Authority::Impl::adopt_named(const Changeset& offered) {
  if (!is_adopting()) return {};
  const std::shared_ptr<const Deployed> deployed = deciding.deployed();
  const ChangesetName name = next_hand_name();
  Changeset changeset;
  changeset.base = {decided.incarnation, decided.seq, decided.hash};
  changeset.written = now.clock();
  changeset.schema_version = deployed->schema().version;
  uint32_t next_element = 0;
  uint32_t next_ordinal = 0;
  for (const Group& about : offered.groups) {
    if (is_system(about.object.type) || next_ordinal >= kOperationsPerChangeset) continue;
    SYNCLINE_ASSIGN(const std::optional<Bytes> bytes, layers.get(state_keys::row(about.object)));
    if (!bytes) continue;
    SYNCLINE_ASSIGN(const Row row, decode_row(*bytes));
    Group group = moving(*deployed, about.object, row, name, &next_element, &next_ordinal);
    if (!group.operations.empty()) changeset.groups.push_back(std::move(group));
  }
  if (changeset.groups.empty()) return {};
  SYNCLINE_ASSIGN(const Decided moved, decide_by_hand(name, std::move(changeset), true));
  adopting.moved += moved.entry.objects.size();
  return {};
}

}  // namespace syncline
