#include "node/authority/schema_versions.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "node/access/field_mask.h"
#include "node/access/pointer.h"

namespace syncline {
namespace {

// The app as its record says it, with the numbers that it has.
Result<std::shared_ptr<App>> load(const AppRecord& record) {
  SYNCLINE_ASSIGN(const std::shared_ptr<const App> loaded,
                  load_numbered(record.files, &record.schema));
  auto app = std::make_shared<App>(*loaded);
  app->schema.version = std::max(record.schema.version, 1u);
  keep_readings(record.schema, &app->schema);
  return app;
}

template <class T>
bool has_number(const std::vector<T>& all, decltype(T::number) number) {
  return std::ranges::any_of(all, [&](const T& one) { return one.number == number; });
}

template <class T>
void put_sorted(std::vector<T>* all, T one) {
  const auto at = std::ranges::lower_bound(*all, one.number, {}, &T::number);
  all->insert(at, std::move(one));
}

// What `other` has and `schema` has not is known there as another version's.
void retire(const Schema& other, Schema* schema) {
  for (const TypeDef& type : other.types) {
    if (is_system(type.number)) continue;
    const auto own = std::ranges::find(schema->types, type.number, &TypeDef::number);
    if (own == schema->types.end()) {
      if (has_number(schema->retired, type.number)) continue;
      TypeDef gone = type;
      gone.name = retired_name(static_cast<int>(other.version), type.name);
      put_sorted(&schema->retired, std::move(gone));
      continue;
    }
    for (const FieldDef& field : type.fields) {
      if (has_number(own->fields, field.number) || has_number(own->retired, field.number)) continue;
      FieldDef gone = field;
      gone.name = retired_name(static_cast<int>(other.version), field.name);
      put_sorted(&own->retired, std::move(gone));
    }
  }
}

FieldDef* field_of(Schema* schema, TypeNumber type, FieldNumber field) {
  const auto owner = std::ranges::find(schema->types, type, &TypeDef::number);
  if (owner == schema->types.end()) return nullptr;
  const auto found = std::ranges::find(owner->fields, field, &FieldDef::number);
  return found == owner->fields.end() ? nullptr : &*found;
}

// What a version reads where the other one left a field out, or null.
void read_as(const std::optional<Value>& value, const Migration::Reading& reading, App* app) {
  FieldDef* field = field_of(&app->schema, reading.type, reading.field);
  if (field == nullptr || !field->required) return;
  if (!field->default_value) field->default_value = value;
  app->null_elsewhere.insert({reading.type, reading.field});
}

// Does the version have every field that an operation names?
class VersionFields {
 public:
  // `all`: the versions in force. A name that one of them declares is its field's, and nobody's who
  // writes it as a name.
  VersionFields(const Schema& schema, std::span<const SchemaVersion> all)
      : schema_(schema), all_(all) {}

  bool knows(TypeNumber number, const Operation& operation) const {
    const TypeDef* type = schema_.type(number);
    if (type == nullptr) return false;
    const FieldDef* field = nullptr;
    for (const Step& step : operation.path) {
      if (type != nullptr) {
        if (const std::string* name = std::get_if<std::string>(&step))
          return !declared_by_any(*type, *name);
        const FieldNumber* named = std::get_if<FieldNumber>(&step);
        field = named == nullptr ? nullptr : type->field(*named);
        if (field == nullptr) return false;
        type = field->collection == Collection::none ? inside(*field) : nullptr;
      } else if (field != nullptr) {
        type = field->collection == Collection::none ? nullptr : inside(*field);
        if (type == nullptr) return true;  // a scalar element, or inside a mixed value
      }
    }
    if (!operation.item || !operation.item->is_scope()) return true;
    if (type != nullptr) return knows(*type, *operation.item->scope());
    const TypeDef* elements = field == nullptr ? nullptr : inside(*field);
    return elements == nullptr || knows_elements(*elements, *operation.item->scope());
  }

 private:
  const TypeDef* inside(const FieldDef& field) const {
    return field.type == ScalarType::embedded ? schema_.type(field.target) : nullptr;
  }
  bool knows_elements(const TypeDef& type, const Scope& collection) const {
    return std::ranges::all_of(collection.children, [&](const Child& child) {
      const Scope* scope = child.item.scope();
      return scope == nullptr || scope->kind != ScopeKind::object || knows(type, *scope);
    });
  }
  bool knows(const TypeDef& type, const Scope& scope) const {
    if (scope.kind != ScopeKind::object) return knows_elements(type, scope);
    for (const Child& child : scope.children) {
      const std::string* name = std::get_if<std::string>(&child.step);
      if (name != nullptr && declared_by_any(type, *name)) return false;
      const FieldNumber* number = std::get_if<FieldNumber>(&child.step);
      if (number == nullptr) continue;
      const FieldDef* field = type.field(*number);
      if (field == nullptr) return false;
      const TypeDef* below = inside(*field);
      if (below != nullptr && child.item.is_scope() && !knows(*below, *child.item.scope()))
        return false;
    }
    return true;
  }

  bool declared_by_any(const TypeDef& type, std::string_view name) const {
    return std::ranges::any_of(all_, [&](const SchemaVersion& version) {
      const TypeDef* own = version.schema().type(type.number);
      return own != nullptr && own->field(name) != nullptr;
    });
  }

  const Schema& schema_;
  std::span<const SchemaVersion> all_;
};

// ---- masks ----

void grant(FieldMask* mask, const Path& place, size_t at = 0) {
  const Step& step = place[at];
  if (mask->contains(step)) return;
  if (at + 1 == place.size()) {
    const FieldNumber number = std::get<FieldNumber>(step);
    mask->fields.insert(std::ranges::lower_bound(mask->fields, number), number);
    return;
  }
  auto inner = std::ranges::lower_bound(mask->inner, step, {}, &InnerMask::step);
  if (inner == mask->inner.end() || inner->step != step)
    inner = mask->inner.insert(inner, InnerMask{step, {}});
  grant(&inner->mask, place, at + 1);
}

void hide(FieldMask* mask, const Path& place, size_t at = 0) {
  const Step& step = place[at];
  const FieldNumber number = std::get<FieldNumber>(step);
  if (mask->all) mask->all = false, mask->additional = true;
  const bool whole = mask->contains(step);
  if (whole) {
    std::erase(mask->fields, number);
    if (const auto listed = std::ranges::lower_bound(mask->listed, number);
        listed == mask->listed.end() || *listed != number)
      mask->listed.insert(listed, number);
  }
  if (at + 1 == place.size()) return;
  auto inner = std::ranges::lower_bound(mask->inner, step, {}, &InnerMask::step);
  if (inner == mask->inner.end() || inner->step != step) {
    if (!whole) return;
    inner = mask->inner.insert(inner, InnerMask{step, {}});
    inner->mask.all = true;
  }
  hide(&inner->mask, place, at + 1);
}

// What the mask shows inside the field, to be changed; null: nothing.
FieldMask* part_of(FieldMask* mask, FieldNumber field) {
  auto inner = std::ranges::lower_bound(mask->inner, Step(field), {}, &InnerMask::step);
  if (inner != mask->inner.end() && inner->step == Step(field)) return &inner->mask;
  if (!mask->contains(field)) return nullptr;
  hide(mask, {field});
  inner = std::ranges::lower_bound(mask->inner, Step(field), {}, &InnerMask::step);
  inner = mask->inner.insert(inner, InnerMask{field, {}});
  inner->mask.all = true;
  return &inner->mask;
}

}  // namespace

Result<std::shared_ptr<const App>> load_numbered(const AppFiles& files, const Schema* previous,
                                                 uint32_t numbers_from) {
  AppReport report;
  const std::shared_ptr<const App> loaded = load_app(files, &report, previous, numbers_from);
  if (loaded == nullptr) {
    for (const AppFileReport& file : report.files)
      for (const AppMessage& message : file.messages)
        if (message.severity == AppMessage::Severity::error)
          return fail(ErrorCode::kBadApp,
                      place_of(file.path, message.pointer) + ": " + message.text + " (" +
                          message.remedy + ")" +
                          (report.errors == 1 ? ""
                                              : fmt::format("; {} errors in all: `syncline app "
                                                            "check DIR` tells them",
                                                            report.errors)));
    return fail(ErrorCode::kBadApp,
                "no schema or rules were found: `syncline app check DIR` tells more");
  }
  return loaded;
}

// What a migration once said that a required field reads as stays so when the version that it came
// from has ended.
void keep_readings(const Schema& recorded, Schema* schema) {
  if (schema->version == 1) return;
  for (TypeDef& type : schema->types)
    if (const TypeDef* had = recorded.type(type.number))
      for (FieldDef& field : type.fields)
        if (const FieldDef* was = had->field(field.number);
            was != nullptr && field.required && !field.default_value)
          field.default_value = was->default_value;
}

Result<SchemaVersions> SchemaVersions::compile(const AppRecord& deployed,
                                               const std::vector<AppRecord>& older,
                                               const AppRecord* next, RolesWithoutFilters setting,
                                               std::shared_ptr<const RuleFunctions> functions) {
  std::vector<const AppRecord*> records;
  for (const AppRecord& record : older) records.push_back(&record);
  records.push_back(&deployed);
  if (next != nullptr) records.push_back(next);

  SchemaVersions out;
  out.deployed_ = older.size();
  std::vector<std::shared_ptr<App>> apps;
  uint64_t revision = 0;
  for (const AppRecord* record : records) {
    SYNCLINE_ASSIGN(std::shared_ptr<App> app, load(*record));
    apps.push_back(std::move(app));
    revision = std::max(revision, record->schema.revision);
  }
  for (size_t i = 0; i + 1 < apps.size(); ++i) {
    const uint32_t from = apps[i]->schema.version;
    const std::string path = migration_path(static_cast<int>(from));
    const auto file = records[i + 1]->files.find(path);
    if (apps[i + 1]->schema.version != from + 1 || file == records[i + 1]->files.end())
      return fail(ErrorCode::kBadApp,
                  fmt::format("{} is missing: it leads from schema version {}, which is in force, "
                              "to the next",
                              path, from));
    SYNCLINE_ASSIGN(const MigrationPlan plan, read_migration(path, file->second));
    SYNCLINE_ASSIGN(Migration step, Migration::bind(plan, *apps[i], *apps[i + 1]));
    out.migrations_.push_back(std::move(step));
  }
  for (size_t i = 0; i < out.migrations_.size(); ++i)
    for (const Migration::Reading& reading : out.migrations_[i].readings()) {
      for (size_t k = 0; k <= i; ++k) read_as(reading.earlier, reading, apps[k].get());
      for (size_t k = i + 1; k < apps.size(); ++k) read_as(reading.later, reading, apps[k].get());
    }
  for (size_t i = 0; i < apps.size(); ++i) {
    for (size_t k = 0; k < apps.size(); ++k)
      if (k != i) retire(apps[k]->schema, &apps[i]->schema);
    apps[i]->schema.revision = revision;
  }
  for (size_t i = 0; i < apps.size(); ++i) {
    SchemaVersion version;
    version.app = apps[i];
    Result<std::shared_ptr<const Policy>> policy = Policy::compile(version.app, setting, functions);
    // Rules of an older version are asked only of what was dropped since.
    if (!policy && i >= older.size()) return std::unexpected(policy.error());
    if (policy) version.policy = std::move(*policy);
    SYNCLINE_ASSIGN(version.validator, Validator::compile(*version.app));
    version.files = std::make_shared<const AppFiles>(records[i]->files);
    out.versions_.push_back(std::move(version));
  }
  out.find_counterparts();
  out.find_leftovers();
  const Schema& schema = out.deployed().schema();
  out.ever_others_ =
      !schema.retired.empty() ||
      std::ranges::any_of(schema.types, [](const TypeDef& type) { return !type.retired.empty(); });
  return out;
}

const SchemaVersion* SchemaVersions::in_force(uint32_t number) const {
  if (number == 0) return &deployed();
  for (size_t i = 0; i <= deployed_; ++i)
    if (versions_[i].number() == number) return &versions_[i];
  return nullptr;
}

std::vector<uint32_t> SchemaVersions::numbers() const {
  std::vector<uint32_t> out;
  for (size_t i = 0; i <= deployed_; ++i) out.push_back(versions_[i].number());
  return out;
}

const SchemaVersion* SchemaVersions::judging(TypeNumber type) const {
  for (size_t i = deployed_ + 1; i-- > 0;)
    if (versions_[i].schema().type(type) != nullptr) return &versions_[i];
  return nullptr;
}

const SchemaVersion* SchemaVersions::version_of(const Group& group, uint32_t writer) const {
  const auto knows_all = [&](const SchemaVersion& version) {
    const VersionFields fields(version.schema(), std::span(versions_).first(deployed_ + 1));
    return std::ranges::all_of(group.operations, [&](const Operation& operation) {
      return fields.knows(group.object.type, operation);
    });
  };
  if (const SchemaVersion* own = in_force(writer); own != nullptr && knows_all(*own)) return own;
  for (size_t i = deployed_ + 1; i-- > 0;)
    if (knows_all(versions_[i])) return &versions_[i];
  return nullptr;
}

bool SchemaVersions::is_foreign(TypeNumber number, const Path& path) const {
  const SchemaVersion* version = judging(number);
  if (version == nullptr) return false;
  const TypeDef* type = version->schema().type(number);
  const FieldDef* field = nullptr;
  for (const Step& step : path) {
    if (type != nullptr) {
      const FieldNumber* named = std::get_if<FieldNumber>(&step);
      if (named == nullptr) return false;
      field = type->field(*named);
      if (field == nullptr) return type->is_retired(*named);
      type = nullptr;
      if (field->type == ScalarType::embedded && field->collection == Collection::none)
        type = version->schema().type(field->target);
    } else if (field != nullptr && field->type == ScalarType::embedded) {
      type = version->schema().type(field->target);
    } else {
      return false;
    }
  }
  return false;
}

// Along the migrations, towards the deployed version.
void SchemaVersions::follow(TypeNumber type, const Path& place, size_t version,
                            Counterpart* found) const {
  if (version == deployed_) return found->deployed.push_back(place);
  const bool up = version < deployed_;
  const size_t toward = up ? version + 1 : version - 1;
  for (const Migration::Bound& step : migrations_[std::min(version, toward)].steps()) {
    const std::vector<Path>& here = up ? step.before : step.after;
    const std::vector<Path>& there = up ? step.after : step.before;
    if (step.type != type || std::ranges::find(here, place) == here.end()) continue;
    if (there.empty()) found->dropped.emplace_back(version, place);
    for (const Path& one : there) follow(type, one, toward, found);
    return;
  }
  follow(type, place, toward, found);
}

void SchemaVersions::find_counterparts() {
  for (size_t i = 0; i < migrations_.size(); ++i)
    for (const Migration::Bound& step : migrations_[i].steps()) {
      const bool up = i < deployed_;
      for (const Path& place : up ? step.before : step.after) {
        Counterpart& found = counterparts_.emplace_back();
        found.type = step.type;
        found.place = place;
        follow(step.type, place, up ? i : i + 1, &found);
      }
    }
}

void SchemaVersions::find_leftovers() {
  for (const TypeDef& type : deployed().schema().types)
    for (const FieldDef& field : type.retired) {
      const bool known = std::ranges::any_of(versions_, [&](const SchemaVersion& version) {
        const TypeDef* own = version.schema().type(type.number);
        return own != nullptr && own->field(field.number) != nullptr;
      });
      if (!known) leftovers_[type.number].push_back(field.number);
    }
}

bool SchemaVersions::reaches_leftovers(const TypeDef& type, std::set<TypeNumber>* around) const {
  if (leftovers_.contains(type.number)) return true;
  if (!around->insert(type.number).second) return false;
  return std::ranges::any_of(type.fields, [&](const FieldDef& field) {
    const TypeDef* inside =
        field.type == ScalarType::embedded ? deployed().schema().type(field.target) : nullptr;
    return inside != nullptr && reaches_leftovers(*inside, around);
  });
}

// `around`: the types that it is embedded in: one that contains itself is looked into once.
void SchemaVersions::hide_leftovers(FieldMask* mask, const TypeDef& type,
                                    std::set<TypeNumber>* around) const {
  if (!around->insert(type.number).second) return;
  if (const auto own = leftovers_.find(type.number); own != leftovers_.end())
    for (const FieldNumber number : own->second) hide(mask, {number});
  for (const FieldDef& field : type.fields) {
    const TypeDef* inside =
        field.type == ScalarType::embedded ? deployed().schema().type(field.target) : nullptr;
    std::set<TypeNumber> looked_at = *around;
    if (inside == nullptr || field.collection == Collection::dictionary ||
        !reaches_leftovers(*inside, &looked_at))
      continue;
    if (FieldMask* part = part_of(mask, field.number)) hide_leftovers(part, *inside, around);
  }
  around->erase(type.number);
}

void SchemaVersions::extend(FieldMask* mask, const TypeDef& type, const OlderMasks& older) const {
  for (InnerMask& inner : mask->inner) {
    const FieldNumber* number = std::get_if<FieldNumber>(&inner.step);
    const FieldDef* field = number == nullptr ? nullptr : type.field(*number);
    const TypeDef* target = field == nullptr || field->type != ScalarType::embedded
                                ? nullptr
                                : deployed().schema().type(field->target);
    if (target != nullptr) extend(&inner.mask, *target, {});
  }
  const auto is_whole = [](const FieldMask& one, const Path& place) {
    return one.sight(place) == FieldMask::Sight::whole;
  };
  for (const Counterpart& one : counterparts_) {
    if (one.type != type.number) continue;
    const bool granted =
        std::ranges::all_of(one.deployed,
                            [&](const Path& place) { return is_whole(*mask, place); }) &&
        std::ranges::all_of(one.dropped, [&](const auto& dropped) {
          return dropped.first < older.size() && older[dropped.first] != nullptr &&
                 is_whole(*older[dropped.first], dropped.second);
        });
    if (granted)
      grant(mask, one.place);
    else
      hide(mask, one.place);
  }
}

ObjectMask SchemaVersions::extended(const ObjectMask& mask, TypeNumber number,
                                    const OlderMasks& older) const {
  const TypeDef* type = deployed().schema().type(number);
  if (type == nullptr || mask.empty()) return mask;
  return mask.changed([&](FieldMask* one) {
    if (one->empty()) return;
    extend(one, *type, older);
    std::set<TypeNumber> around;
    if (!leftovers_.empty()) hide_leftovers(one, *type, &around);
  });
}

void SchemaVersions::extend(const User& user, Access* access) const {
  if (!ever_others_) return;
  std::vector<Access> older;
  for (size_t i = 0; i < deployed_; ++i)
    older.push_back(versions_[i].policy == nullptr ? Access()
                                                   : versions_[i].policy->access_of(user));
  for (auto& [number, may] : access->types) {
    OlderMasks readable, writable;
    for (const Access& one : older) {
      const TypeAccess& was = one.of(TypeNumber(number));
      readable.push_back(was.read ? &was.readable.least() : nullptr);
      writable.push_back(was.write ? &was.writable.least() : nullptr);
    }
    may.readable = extended(may.readable, TypeNumber(number), readable);
    may.writable = extended(may.writable, TypeNumber(number), writable);
  }
  for (size_t i = deployed_; i-- > 0;)
    for (auto& [number, may] : older[i].types) {
      const TypeDef* type = versions_[i].schema().type(TypeNumber(number));
      if (deployed().schema().type(TypeNumber(number)) != nullptr || type == nullptr) continue;
      // Of fields that only yet older versions have, its rules say nothing.
      const auto hide_others = [&](FieldMask* mask) {
        for (const FieldDef& other : type->retired) hide(mask, {other.number});
      };
      may.readable = may.readable.changed(hide_others);
      may.writable = may.writable.changed(hide_others);
      access->types.try_emplace(number, std::move(may));
    }
}

}  // namespace syncline
