#include "node/authority/view_at.h"

#include <algorithm>

#include "node/authority/stored_object.h"
#include "node/authority/view_terms.h"

namespace syncline {
namespace {

// Linked objects kept read: many objects link to few.
constexpr size_t kLinkedKept = 1024;

}  // namespace

// Objects that queries follow a link to, as the user may read them. An absent one, and one of a
// type that may not be read, is unresolved.
class ViewAt::Linked : public query::ObjectSource {
 public:
  Linked(const View* view, const Reader* state) : view_(view), state_(state) {}

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override {
    const ObjectName name{type, key};
    if (auto known = rows_.find(name); known != rows_.end()) return known->second;
    if (rows_.size() >= kLinkedKept) rows_.clear();
    return rows_[name] = read(name);
  }
  // No subscription asks for them.
  void visit_backlinks(TypeNumber, FieldNumber, TypeNumber, const ObjectKey&, Visit) override {}

  void forget(const ObjectName& name) { rows_.erase(name); }

  // What went wrong since the last call.
  Status take_status() { return std::exchange(status_, Status()); }

 private:
  std::shared_ptr<const Row> read(const ObjectName& name) {
    auto target =
        std::find_if(view_->targets.begin(), view_->targets.end(),
                     [&](const View::Target& readable) { return readable.type == name.type; });
    if (target == view_->targets.end()) return nullptr;
    Result<std::optional<Bytes>> bytes = get_row(*state_, name);
    if (!bytes) {
      status_ = std::unexpected(bytes.error());
      return nullptr;
    }
    if (!*bytes) return nullptr;
    const StoredRow stored(std::move(**bytes));
    Result<const Row*> row = stored.row();
    if (!row) {
      status_ = std::unexpected(row.error());
      return nullptr;
    }
    if (!target->may_read(**row)) return nullptr;
    auto shown = std::make_shared<Row>(**row);
    const FieldMask& mask = target->mask.of(shown->id, shown->fields);
    if (!mask.all) shown->fields = project(mask, shown->fields);
    return shown;
  }

  const View* view_;
  const Reader* state_;
  std::map<ObjectName, std::shared_ptr<const Row>> rows_;
  Status status_;
};

ViewAt::ViewAt(const View* view, const Reader* state)
    : view_(view),
      state_(state),
      lookup_(state, view->schema == nullptr ? 0 : view->schema->mark()),
      linked_(std::make_unique<Linked>(view, state)) {}
ViewAt::~ViewAt() = default;

Result<const FieldMask*> ViewAt::shows(const ObjectName& name, const StoredRow& row) {
  const TypeView* type = view_->covers(name);
  if (type == nullptr || row.absent()) return nullptr;
  const Membership& members = *type->members;
  SYNCLINE_ASSIGN(const FieldMask* mask, type->mask_of(row));
  if (members.is_everything()) return mask;
  SYNCLINE_ASSIGN(const bool readable, members.may_read(row));
  if (!readable || members.is_all_readable()) return readable ? mask : nullptr;
  if (members.filter() != nullptr) {
    SYNCLINE_ASSIGN(const bool matches, members.matches(*mask, row, *linked_));
    SYNCLINE_TRY(linked_->take_status());
    if (matches) return mask;
  }
  SYNCLINE_ASSIGN(const std::set<ObjectKey>* in_window, in_windows(name.type));
  return in_window->contains(name.key) ? mask : nullptr;
}

Result<const FieldMask*> ViewAt::shows(const ObjectName& name) {
  if (view_->covers(name) == nullptr) return nullptr;
  SYNCLINE_ASSIGN(std::optional<Bytes> row, get_row(*state_, name));
  if (!row) return nullptr;
  return shows(name, StoredRow(std::move(*row)));
}

void ViewAt::forget(const ObjectName& name) { linked_->forget(name); }

Result<bool> ViewAt::wants(const ObjectName& name, const Row& row) {
  const TypeView* type = view_->covers(name);
  if (type == nullptr) return false;
  const Membership& members = *type->members;
  if (!members.may_read(row)) return false;
  if (members.is_all_readable()) return true;
  const FieldMask& mask = type->mask.of(row.id, row.fields);
  const auto asks = [&](const query::BoundQuery& query) {
    Scope storage;
    const Scope& fields = shown_to_query(mask, query, row.fields, &storage);
    return query::matches(query, query::ObjectView{&row.id, &fields}, *linked_);
  };
  const bool wanted = (members.filter() != nullptr && asks(*members.filter())) ||
                      std::any_of(members.windows().begin(), members.windows().end(),
                                  [&](const std::shared_ptr<const query::BoundQuery>& window) {
                                    return asks(*window);
                                  });
  SYNCLINE_TRY(linked_->take_status());
  return wanted;
}

Result<const std::set<ObjectKey>*> ViewAt::in_windows(TypeNumber type) {
  auto known = windows_.find(type);
  if (known == windows_.end()) {
    std::set<ObjectKey> keys;
    if (const TypeView* view = view_->find(type);
        view != nullptr && !view->members->windows().empty()) {
      SYNCLINE_ASSIGN(keys, run_windows(*view));
    }
    known = windows_.emplace(type, std::move(keys)).first;
  }
  return &known->second;
}

// A row as the view's user may read it; null: not at all.
Result<std::shared_ptr<const Row>> ViewAt::shown(const TypeView& type, BytesView bytes) const {
  Result<Row> row = decode_row(bytes);
  if (!row) return fail(ErrorCode::kStoreDamaged, "an object's row: " + row.error().message);
  if (!type.members->may_read(*row)) return nullptr;
  const FieldMask& mask = type.mask.of(row->id, row->fields);
  if (!mask.all) row->fields = project(mask, row->fields);
  return std::make_shared<const Row>(std::move(*row));
}

// False: no index tells what the window's condition lets through.
Result<bool> ViewAt::run_by_index(const TypeView& type, const Window& window, query::Run* run) {
  SYNCLINE_ASSIGN(const StateLookup::Keys keys,
                  lookup_.matching(type.type, terms_of(type, window.get())));
  if (!keys) return false;
  for (const ObjectKey& key : *keys) {
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, get_row(*state_, {type.type, key}));
    if (!bytes) continue;
    SYNCLINE_ASSIGN(std::shared_ptr<const Row> row, shown(type, *bytes));
    if (row == nullptr) continue;
    const bool wanted = run->take(std::move(row));
    SYNCLINE_TRY(linked_->take_status());
    if (!wanted) break;
  }
  return true;
}

// Objects that are looked at in vain before the rest is left to a scan, which reads faster.
constexpr uint64_t kMissesMax = 4'096;

// From the first on, until there are as many as the window takes, and all that are equal to the
// last. False: there is no index in its order, or too few of the first are readable and match; the
// run is then of no use.
Result<bool> ViewAt::run_in_order(const TypeView& type, const Window& window, query::Run* run) {
  const std::optional<query::TermPath> path = path_of_order(type.mask.least(), *window);
  if (!path) return false;
  const uint64_t limit = window->stages[1].limit;
  uint64_t looked_at = 0;
  bool in_vain = false;
  SYNCLINE_ASSIGN(const bool there,
                  lookup_.visit_in_order(type.type, *path, window->stages[0].keys[0].ascending,
                                         [&](const ObjectKey& key, bool another) -> Result<bool> {
                                           if (another && run->matched() >= limit) return false;
                                           in_vain = ++looked_at > kMissesMax + run->matched();
                                           if (in_vain) return false;
                                           SYNCLINE_ASSIGN(std::optional<Bytes> bytes,
                                                           get_row(*state_, {type.type, key}));
                                           if (!bytes) return true;
                                           SYNCLINE_ASSIGN(std::shared_ptr<const Row> row,
                                                           shown(type, *bytes));
                                           if (row == nullptr) return true;
                                           const bool wanted = run->take(std::move(row));
                                           SYNCLINE_TRY(linked_->take_status());
                                           return wanted;
                                         }));
  return there && !in_vain;
}

Status ViewAt::run_by_scan(const TypeView& type, std::vector<query::Run*> runs) {
  auto at = scan_rows(*state_, type.type);
  for (; at->valid(); at->next()) {
    SYNCLINE_ASSIGN(const std::shared_ptr<const Row> row, shown(type, at->value()));
    if (row == nullptr) continue;
    bool wanted = false;
    for (query::Run* run : runs) wanted = run->take(row) || wanted;
    SYNCLINE_TRY(linked_->take_status());
    if (!wanted) break;
  }
  return at->status();
}

Result<std::set<ObjectKey>> ViewAt::run_windows(const TypeView& type) {
  const auto& windows = type.members->windows();
  std::vector<std::unique_ptr<query::Run>> runs;
  std::vector<query::Run*> scanning;
  for (const Window& window : windows) {
    const auto start = [&] { return std::make_unique<query::Run>(window, *linked_); };
    runs.push_back(start());
    SYNCLINE_ASSIGN(bool done, run_by_index(type, window, runs.back().get()));
    if (!done) {
      SYNCLINE_ASSIGN(done, run_in_order(type, window, runs.back().get()));
    }
    if (done) continue;
    runs.back() = start();
    scanning.push_back(runs.back().get());
  }
  if (!scanning.empty()) SYNCLINE_TRY(run_by_scan(type, std::move(scanning)));
  std::set<ObjectKey> keys;
  for (const auto& run : runs)
    for (const std::shared_ptr<const Row>& row : run->finish()) {
      SYNCLINE_ASSIGN(ObjectKey key, object_key(row->id));
      keys.insert(std::move(key));
    }
  return keys;
}

}  // namespace syncline
