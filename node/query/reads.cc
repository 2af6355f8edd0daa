#include "node/query/reads.h"

#include <algorithm>

namespace syncline::query {
namespace {

template <class T>
void insert_sorted(std::vector<T>* to, const T& value) {
  const auto at = std::lower_bound(to->begin(), to->end(), value);
  if (at == to->end() || *at != value) to->insert(at, value);
}

class Reader {
 public:
  Reader(const Schema& schema, TypeNumber type) : schema_(schema) {
    frames_.push_back({0, 0, type});
  }

  void predicate(const Predicate& in) {
    for (const Predicate& child : in.children) predicate(child);
    for (const Expression& side : in.operands) expression(side);
    // The point's own fields.
    if (in.kind != Predicate::Kind::geo_within) return;
    const Where at = walk(in.operands[0].path);
    const TypeDef* point = schema_.type(in.operands[0].path.type.object);
    if (at.in_embedded || point == nullptr) return;
    for (const char* name : {"type", "coordinates"})
      if (const FieldDef* field = point->field(std::string_view(name))) read(at, field->number);
  }
  void path(const BoundPath& in) { walk(in); }

  Reads finish() {
    out_.fields = std::move(fields_of_[0]);
    for (size_t i = 0; i < out_.follows.size(); ++i)
      out_.follows[i].fields = std::move(fields_of_[i + 1]);
    return std::move(out_);
  }

 private:
  // Whose fields are read: 0 is the object's own, n those that the n-th of follows leads to.
  struct Where {
    size_t object = 0;
    uint32_t depth = 0;
    TypeNumber type{};
    std::vector<FieldNumber> field_path{};  // from the object on, to where it is
    bool in_embedded = false;               // a field further in is not a top-level one
  };

  void read(const Where& at, FieldNumber field) { insert_sorted(&fields_of_[at.object], field); }

  void follow(Where* at, Follows step) {
    step.depth = at->depth + 1;
    auto same = std::find_if(out_.follows.begin(), out_.follows.end(), [&](const Follows& one) {
      return one.kind == step.kind && one.type == step.type && one.path == step.path &&
             one.other == step.other && one.field == step.field && one.depth == step.depth;
    });
    if (same == out_.follows.end()) {
      out_.follows.push_back(std::move(step));
      fields_of_.emplace_back();
      same = out_.follows.end() - 1;
    }
    at->object = static_cast<size_t>(same - out_.follows.begin()) + 1;
    at->depth = same->depth;
    at->type = same->other;
    at->field_path.clear();
    at->in_embedded = false;
  }

  Where walk(const BoundPath& in) {
    Where at = frames_[in.frame];
    for (const Step& step : in.steps) {
      switch (step.kind) {
        case Step::Kind::field:
          if (at.field_path.empty()) read(at, step.field);
          at.in_embedded = true;
          at.field_path.push_back(step.field);
          break;
        case Step::Kind::follow:
          follow(&at, {Follows::Kind::link, at.type, at.field_path, step.type, {}, 1, {}});
          break;
        case Step::Kind::backlinks:
          follow(&at, {Follows::Kind::backlink, at.type, {}, step.type, step.field, 1, {}});
          break;
        default:
          break;
      }
    }
    // A link that is compared leads somewhere or is null.
    if (in.reference) {
      Where there = at;
      follow(&there, {Follows::Kind::link, at.type, at.field_path, in.type.object, {}, 1, {}});
    }
    return at;
  }

  void expression(const Expression& in) {
    const Where at = in.kind == Expression::Kind::constant || in.kind == Expression::Kind::list ||
                             in.kind == Expression::Kind::arithmetic
                         ? Where()
                         : walk(in.path);
    for (const BoundPath& more : in.more_paths) walk(more);
    for (const Expression& term : in.terms) expression(term);
    if (in.condition.empty()) return;
    frames_.push_back(at);
    predicate(in.condition[0]);
    frames_.pop_back();
  }

  const Schema& schema_;
  Reads out_;
  std::vector<std::vector<FieldNumber>> fields_of_{1};
  std::vector<Where> frames_;
};

}  // namespace

uint32_t Reads::depth() const {
  uint32_t deepest = 0;
  for (const Follows& one : follows) deepest = std::max(deepest, one.depth);
  return deepest;
}

Reads reads_of(const BoundQuery& query) {
  Reader reader(*query.schema, query.type);
  reader.predicate(query.predicate);
  for (const Stage& stage : query.stages)
    for (const Stage::Key& key : stage.keys) reader.path(key.path);
  return reader.finish();
}

}  // namespace syncline::query
