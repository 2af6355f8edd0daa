// apply_effects: what an entry or a view delta did, done to a row.
#include <algorithm>
#include <map>

#include "proto/entry.h"

namespace syncline {
namespace {

// From this many effects on one list in a row on, elements are found by a map made for the run:
// each look-up in a list walks it, and a run of n on n elements would cost n * n.
constexpr size_t kRunWorthAMap = 16;

bool fits(ScopeKind kind, const Step& step) {
  switch (kind) {
    case ScopeKind::object:
      return std::holds_alternative<FieldNumber>(step) || std::holds_alternative<std::string>(step);
    case ScopeKind::dictionary:
      return std::holds_alternative<std::string>(step);
    case ScopeKind::list:
      return std::holds_alternative<ElementId>(step);
    case ScopeKind::set:
      return std::holds_alternative<Member>(step);
  }
  return false;
}

Status malformed(const char* what) { return fail(ErrorCode::kMalformed, what); }

Status apply_to_whole(Scope* fields, const Effect& effect) {
  switch (effect.kind) {
    case Effect::Kind::put: {
      const Scope* scope = effect.item.scope();
      if (scope == nullptr || scope->kind != ScopeKind::object) {
        return malformed("an effect that puts something else than an object in an object's place");
      }
      *fields = *scope;
      return {};
    }
    case Effect::Kind::erase:
      fields->children.clear();
      return {};
    case Effect::Kind::move:
      return malformed("an effect that moves a whole object");
  }
  return malformed("an effect of an unknown kind");
}

Status apply_one(Scope* scope, const Effect& effect) {
  const Step& step = effect.path.back();
  if (!fits(scope->kind, step)) {
    return malformed("an effect with a step that does not fit its scope");
  }
  switch (effect.kind) {
    case Effect::Kind::put:
      scope->put(step, effect.item, scope->kind == ScopeKind::list ? effect.position : Position());
      return {};
    case Effect::Kind::erase:
      scope->erase(step);
      return {};
    case Effect::Kind::move: {
      Child* child = scope->kind == ScopeKind::list ? scope->find(step) : nullptr;
      if (child == nullptr) return malformed("an effect that moves what is not in a list");
      Item item = std::move(child->item);
      scope->put(step, std::move(item), effect.position);
      return {};
    }
  }
  return malformed("an effect of an unknown kind");
}

bool same_parent(const Path& a, const Path& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end() - 1, b.begin());
}

// Requires: all of [begin, end) have one parent path, and it leads to `list`.
Status apply_run(Scope* list, const Effect* begin, const Effect* end) {
  std::map<ElementId, Child> elements;
  for (Child& child : list->children) {
    const auto* id = std::get_if<ElementId>(&child.step);
    if (id == nullptr) return malformed("a list with a step that is no element");
    elements.emplace(*id, std::move(child));
  }
  Status status;
  for (const Effect* effect = begin; effect != end && status; ++effect) {
    const auto* id = std::get_if<ElementId>(&effect->path.back());
    if (id == nullptr) {
      status = malformed("an effect with a step that does not fit its scope");
    } else if (effect->kind == Effect::Kind::put) {
      elements[*id] = Child{*id, effect->position, effect->item};
    } else if (effect->kind == Effect::Kind::erase) {
      elements.erase(*id);
    } else if (const auto at = elements.find(*id); at != elements.end()) {
      at->second.position = effect->position;
    } else {
      status = malformed("an effect that moves what is not in a list");
    }
  }
  list->children.clear();
  for (auto& [id, child] : elements) list->children.push_back(std::move(child));
  std::sort(list->children.begin(), list->children.end(), [](const Child& a, const Child& b) {
    return std::tie(a.position, a.step) < std::tie(b.position, b.step);
  });
  return status;
}

}  // namespace

Status apply_effects(Scope* fields, const std::vector<Effect>& effects) {
  for (size_t i = 0; i < effects.size();) {
    const Effect& effect = effects[i];
    if (effect.path.empty()) {
      SYNCLINE_TRY(apply_to_whole(fields, effect));
      ++i;
      continue;
    }
    Scope* scope = find_scope(*fields, Path(effect.path.begin(), effect.path.end() - 1));
    if (scope == nullptr) return malformed("an effect whose path leads nowhere");
    size_t end = i + 1;
    if (scope->kind == ScopeKind::list) {
      while (end < effects.size() && same_parent(effect.path, effects[end].path)) ++end;
    }
    if (end - i >= kRunWorthAMap) {
      SYNCLINE_TRY(apply_run(scope, &effects[i], &effects[i] + (end - i)));
    } else {
      end = i + 1;
      SYNCLINE_TRY(apply_one(scope, effect));
    }
    i = end;
  }
  return {};
}

}  // namespace syncline
