// What follows from a write, step by step along the chain: up, then down.
#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include "node/model/migration.h"
#include "node/model/migration_transform.h"
#include "node/model/migration_writer.h"

namespace syncline {
namespace {

using StepKind = MigrationPlan::Step::Kind;
using Where = PathTree::Where;
using Bound = Migration::Bound;

// The top-level fields that steps can get to from what was written: of an object of which no step
// speaks there is none, however large it is.
class Reach {
 public:
  Reach(std::span<const Migration> chain, TypeNumber type, const PathTree& touched)
      : touched_(touched) {
    for (const Migration& migration : chain) tie(migration, type);
    for (bool grows = true; grows;) {
      grows = false;
      for (const std::set<Step>& tied : ties_)
        if (std::ranges::any_of(tied, [this](const Step& field) { return has(field); }))
          for (const Step& field : tied) grows |= reached_.insert(field).second;
    }
  }

  Scope copy(const Scope& object) const {
    Scope out{object.kind, {}};
    for (const Child& child : object.children)
      if (reached_.contains(child.step)) out.children.push_back(child);
    return out;
  }

 private:
  void tie(const Migration& migration, TypeNumber type) {
    for (const Bound& step : migration.steps()) {
      if (step.type != type) continue;
      std::set<Step>& tied = ties_.emplace_back();
      for (const std::vector<Path>* side : {&step.before, &step.after})
        for (const Path& path : *side) tied.insert(path.front());
    }
    if (const auto found = migration.embedding().find(type); found != migration.embedding().end())
      for (const auto& [field, target] : found->second) ties_.push_back({field});
  }

  bool has(const Step& field) const {
    return touched_.ends() || touched_.find(field) != nullptr || reached_.contains(field);
  }

  const PathTree& touched_;
  std::vector<std::set<Step>> ties_;  // one follows from another
  std::set<Step> reached_;
};

using StepsByType = std::map<TypeNumber, std::vector<const Bound*>>;

// Objects, embedded ones too, in or around which something was written, and the steps for them. An
// object comes after those embedded in it, so that all are still there when it is written to.
class PlaceFinder {
 public:
  struct Place {
    ObjectPlace object;
    const std::vector<const Bound*>* steps;
  };

  explicit PlaceFinder(const Migration& migration) : migration_(migration) {
    for (const Bound& step : migration.steps()) steps_[step.type].push_back(&step);
  }

  // Valid as long as this, and the image's objects.
  std::vector<Place> find(Scope* root, TypeNumber type, const PathTree& touched) {
    object(root, type, touched.ends() ? nullptr : &touched);
    return std::move(found_);
  }

 private:
  // `touched`: what was below here; null: all of it.
  void object(Scope* scope, TypeNumber type, const PathTree* touched) {
    if (const auto fields = migration_.embedding().find(type);
        fields != migration_.embedding().end())
      for (const auto& [field, target] : fields->second)
        if (Child* child = scope->find(field)) below(child, target, touched);
    if (const auto steps = steps_.find(type); steps != steps_.end())
      found_.push_back({{path_, scope}, &steps->second});
  }

  void below(Child* child, TypeNumber type, const PathTree* touched) {
    Scope* scope = child->item.scope();
    if (scope == nullptr) return;
    if (touched != nullptr) {
      touched = touched->find(child->step);
      if (touched == nullptr) return;
      if (touched->ends()) touched = nullptr;
    }
    path_.push_back(child->step);
    if (scope->kind == ScopeKind::object)
      object(scope, type, touched);
    else
      for (Child& element : scope->children) below(&element, type, touched);
    path_.pop_back();
  }

  const Migration& migration_;
  StepsByType steps_;
  Path path_;
  std::vector<Place> found_;
};

// One side of a step at one object. Valid until the object is written to.
struct Standing {
  View view;
  Where written = Where::apart;
  bool any = false;    // something is there
  bool housed = true;  // the embedded objects around it are there
};

class Derivation {
 public:
  Derivation(std::span<const Migration> chain, TypeNumber type, const Scope& after, int version)
      : chain_(chain), type_(type), version_(version), after_(after), writer_(&touched_) {}

  std::vector<Derived> run(const std::vector<Path>& written) {
    written_ = written;
    for (const Path& path : written) touched_.add(path);
    image_ = Reach(chain_, type_, touched_).copy(after_);
    for (size_t i = 0; i < chain_.size(); ++i)
      each(i, [&](size_t at, const Bound& step, const ObjectPlace& object) {
        go_up(at, step, object);
      });
    for (size_t i = chain_.size(); i-- > 0;)
      each(i, [&](size_t at, const Bound& step, const ObjectPlace& object) {
        go_down(at, step, object);
      });
    for (size_t i = 0; i < chain_.size(); ++i)
      each(i, [&](size_t at, const Bound& step, const ObjectPlace& object) {
        fill(at, step, object);
      });
    return writer_.take();
  }

 private:
  using Done = std::tuple<size_t, const Bound*, Path>;

  // `visit` with every step of the migration, at every object that it is for and that was written.
  template <class Visit>
  void each(size_t i, const Visit& visit) {
    PlaceFinder finder(chain_[i]);
    for (const auto& [object, steps] : finder.find(&image_, type_, touched_))
      for (const Bound* step : *steps)
        if (!done_.contains({i, step, object.path})) visit(i, *step, object);
  }

  Standing standing(const ObjectPlace& object, const std::vector<Path>& paths) const {
    Standing out;
    for (const Path& path : paths) {
      const Item* item = find_item(*object.scope, path);
      out.written = std::max(out.written, touched_.where(object.path, path));
      const Path around(path.begin(), path.end() - 1);
      out.housed &= find_scope(*object.scope, around) != nullptr;
      out.any |= item != nullptr;
      out.view.push_back(item);
    }
    return out;
  }

  // Whether what was written is on the side `here` rather than on `there`. What is only around
  // both tells nothing, but that what is missing was not written. Who writes around the other side,
  // by a version that does not know what is inside, has not written that.
  bool leads(const Standing& here, const Standing& there, bool version_here, bool first) const {
    if (version_ != 0)
      return version_here && (here.written != Where::apart ||
                              (there.written != Where::apart && there.housed && here.any));
    if (here.written == Where::apart) return false;
    if (here.written != there.written) return here.written > there.written;
    return here.written == Where::around && here.any && (first || !there.any);
  }

  void go_up(size_t i, const Bound& step, const ObjectPlace& object) {
    if (step.step.kind == StepKind::drop) return;
    const Standing from = standing(object, step.before);
    const Standing to = standing(object, step.after);
    if (!leads(from, to, version_ <= chain_[i].from(), true)) return;
    done_.insert({i, &step, object.path});
    put(object, step.after, carried_up(step, from.view, to.view), step.before);
  }

  void go_down(size_t i, const Bound& step, const ObjectPlace& object) {
    if (step.step.kind == StepKind::drop) return;
    const Standing from = standing(object, step.after);
    const Standing to = standing(object, step.before);
    if (!leads(from, to, version_ >= chain_[i].to(), false)) return;
    done_.insert({i, &step, object.path});
    put(object, step.before, carried_down(step, from.view, to.view), step.after);
  }

  // What an object that is new lacks on both sides, or of a field that the later version dropped.
  void fill(size_t i, const Bound& step, const ObjectPlace& object) {
    const Standing early = standing(object, step.before);
    const Standing late = standing(object, step.after);
    if (early.written != Where::around || early.any || late.any) return;
    done_.insert({i, &step, object.path});
    if (step.step.kind != StepKind::drop && late.written != Where::around) return;
    put(object, step.before, carried_down(step, late.view, early.view), {});
    if (step.step.kind == StepKind::drop) return;
    put(object, step.after, carried_up(step, early.view, late.view), {});
  }

  void put(const ObjectPlace& object, const std::vector<Path>& paths, Contents wanted,
           const std::vector<Path>& read) {
    std::vector<Step> from;
    for (const Path& path : read) {
      const Step& first = object.path.empty() ? path.front() : object.path.front();
      if (std::ranges::find(from, first) == from.end()) from.push_back(first);
    }
    for (size_t i = 0; i < paths.size(); ++i)
      if (!is_written_away(object, paths[i]))
        writer_.put(object, paths[i], std::move(wanted[i]), from);
  }

  // Is an embedded object around the place gone because somebody has just taken it away? It stays
  // so.
  bool is_written_away(const ObjectPlace& object, const Path& place) const {
    Path around = object.path;
    around.insert(around.end(), place.begin(), place.end() - 1);
    if (place.size() < 2 || find_scope(image_, around) != nullptr) return false;
    return std::ranges::any_of(written_, [&](const Path& path) {
      return !path.empty() && path.size() <= around.size() &&
             std::equal(path.begin(), path.end(), around.begin());
    });
  }

  std::span<const Migration> chain_;
  TypeNumber type_;
  int version_;
  const Scope& after_;
  Scope image_;  // of what can be read or written
  std::vector<Path> written_;
  PathTree touched_;
  DerivedWriter writer_;
  std::set<Done> done_;
};

}  // namespace

std::vector<Derived> derive(const std::vector<Migration>& chain, TypeNumber type,
                            const Scope& after, const std::vector<Path>& written, int version) {
  return Derivation(chain, type, after, version).run(written);
}

std::vector<Derived> derive_all(const Migration& step, TypeNumber type, const Scope& fields) {
  return Derivation({&step, 1}, type, fields, step.from()).run({Path()});
}

}  // namespace syncline
