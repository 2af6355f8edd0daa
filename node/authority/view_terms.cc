#include "node/authority/view_terms.h"

#include <algorithm>
#include <set>

namespace syncline {
namespace {

query::IndexTerms anything() { return {{query::Branch()}}; }

bool shows_all(const FieldMask& mask, const std::vector<FieldNumber>& fields) {
  return mask.all || std::all_of(fields.begin(), fields.end(),
                                 [&](FieldNumber field) { return mask.contains(field); });
}

void add_paths(const query::IndexTerms& terms, std::set<query::TermPath>* paths) {
  for (const query::Branch& branch : terms.branches)
    if (auto path = path_of_branch(branch)) paths->insert(std::move(*path));
}

void add_links(const query::BoundQuery& query, std::set<query::TermPath>* paths) {
  for (const query::Follows& follows : query.reads.follows)
    if (follows.kind == query::Follows::Kind::link && follows.depth == 1)
      if (auto path = path_of_link(*query.schema, follows)) paths->insert(std::move(*path));
}

}  // namespace

query::IndexTerms terms_of(const TypeView& view, const query::BoundQuery* query) {
  const Membership::Rule& rule = view.members->rule();
  query::IndexTerms terms = rule == nullptr ? anything() : rule->terms();
  if (query == nullptr || !shows_all(view.mask.least(), query->reads.fields)) return terms;
  return query::both(terms, query::index_terms(*query));
}

query::IndexTerms own_terms_of(const TypeView& view) {
  const Membership& members = *view.members;
  return members.reach() == Membership::Reach::own ? terms_of(view, members.filter()) : anything();
}

std::optional<query::TermPath> path_of_branch(const query::Branch& branch) {
  const std::optional<query::Term> term = query::best_term(branch);
  return term ? std::optional(term->path) : std::nullopt;
}

std::optional<query::TermPath> path_of_link(const Schema& schema, const query::Follows& follows) {
  query::TermPath path{follows.path, false};
  TypeNumber type = follows.type;
  for (FieldNumber number : follows.path) {
    const TypeDef* owner = schema.type(type);
    const FieldDef* field = owner == nullptr ? nullptr : owner->field(number);
    if (field == nullptr || path.elements) return std::nullopt;
    path.elements = field->collection != Collection::none;
    type = field->target;
  }
  return path;
}

std::optional<query::TermPath> path_of_order(const FieldMask& mask,
                                             const query::BoundQuery& window) {
  const auto& stages = window.stages;
  if (stages.size() != 2 || stages[0].kind != query::Suffix::Kind::sort ||
      stages[1].kind != query::Suffix::Kind::limit || stages[0].keys.empty() ||
      !shows_all(mask, window.reads.fields))
    return std::nullopt;
  // Only of a declared scalar is the order of an index that of SORT, which takes what is no single
  // value, and a link that leads nowhere, for null.
  query::TermPath path;
  TypeNumber type = window.type;
  const FieldDef* field = nullptr;
  for (const query::Step& step : stages[0].keys[0].path.steps) {
    const TypeDef* owner = window.schema->type(type);
    field = owner == nullptr ? nullptr : owner->field(step.field);
    if (step.kind != query::Step::Kind::field || field == nullptr ||
        field->collection != Collection::none)
      return std::nullopt;
    type = field->target;
    path.fields.push_back(step.field);
  }
  if (field == nullptr || field->type == ScalarType::mixed || field->type == ScalarType::link ||
      field->type == ScalarType::embedded)
    return std::nullopt;
  return path;
}

std::vector<query::TermPath> paths_of(const TypeView& view) {
  std::set<query::TermPath> paths;
  const Membership& members = *view.members;
  if (members.filter() != nullptr) add_links(*members.filter(), &paths);
  if (members.filter() != nullptr || members.is_all_readable())
    add_paths(terms_of(view, members.filter()), &paths);
  for (const auto& window : members.windows()) {
    add_links(*window, &paths);
    const size_t before = paths.size();
    add_paths(terms_of(view, window.get()), &paths);
    if (paths.size() > before) continue;
    if (auto path = path_of_order(view.mask.least(), *window)) paths.insert(std::move(*path));
  }
  return {paths.begin(), paths.end()};
}

}  // namespace syncline
