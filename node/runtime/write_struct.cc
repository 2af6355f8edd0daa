// What a typed put() or update() writes: only what changed, as the operations that merge best. Of a
// list its elements, of a dictionary its keys, of a set its members, of an embedded object its
// fields, of a counter an increment. What the struct does not list is not touched.
#include <algorithm>
#include <vector>

#include "syncline/objects.h"

namespace syncline::detail {
namespace {

// Beyond this many comparisons a changed stretch of a list is paired off in order rather than
// aligned.
constexpr size_t kAlignedMax = 250'000;

const Value& or_null(const Value* value) {
  static const Value null;
  return value == nullptr ? null : *value;
}

size_t elements_in(const Value& value) {
  if (const List* list = value.get_if<List>()) return list->elements.size();
  if (const Document* document = value.get_if<Document>()) return document->fields.size();
  return 0;
}

using ModelOf = const TypeModel& (*)();

bool same_fields(const TypeModel& model, const Document& a, const Document& b);

// One value or element. An int and a long of one number are the same: a store keeps the width that
// it was given.
bool same_one(ModelOf embedded, const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) return a.as_integer() == b.as_integer();
  if (embedded != nullptr && a.is<Document>() && b.is<Document>())
    return same_fields(embedded(), a.get<Document>(), b.get<Document>());
  return a == b;
}

bool same_value(const DeclaredField& field, ModelOf embedded, const Value& a, const Value& b) {
  if (field.collection == Collection::none) return same_one(embedded, a, b);
  if (elements_in(a) == 0 && elements_in(b) == 0) {
    // Absent is empty, but not what is of no collection's kind at all.
    const auto empty = [](const Value& one) {
      return one.is_null() || one.is<List>() || one.is<Document>();
    };
    return empty(a) && empty(b);
  }
  if (elements_in(a) != elements_in(b)) return false;
  if (field.collection == Collection::dictionary) {
    const Document* one = a.get_if<Document>();
    const Document* other = b.get_if<Document>();
    if (one == nullptr || other == nullptr) return false;
    return std::all_of(one->fields.begin(), one->fields.end(), [&](const DocumentField& entry) {
      const Value* there = other->find(entry.name);
      return there != nullptr && same_one(embedded, entry.value, *there);
    });
  }
  const List* one = a.get_if<List>();
  const List* other = b.get_if<List>();
  if (one == nullptr || other == nullptr) return false;
  const auto same = [&](const Value& x, const Value& y) { return same_one(embedded, x, y); };
  if (field.collection == Collection::set)
    return std::is_permutation(one->elements.begin(), one->elements.end(), other->elements.begin(),
                               same);
  return std::equal(one->elements.begin(), one->elements.end(), other->elements.begin(), same);
}

bool same_fields(const TypeModel& model, const Document& a, const Document& b) {
  for (size_t i = 0; i < model.type.fields.size(); ++i) {
    const DeclaredField& field = model.type.fields[i];
    if (!same_value(field, model.embedded[i], or_null(a.find(field.name)),
                    or_null(b.find(field.name))))
      return false;
  }
  return true;
}

// A stretch of the list as it is, and what is to stand there instead.
struct Gap {
  size_t from, to;          // as it is
  size_t new_from, new_to;  // as it is to be
};

// What differs between two lists, in order: by a longest common subsequence, where that is cheap.
std::vector<Gap> gaps_between(ModelOf embedded, const std::vector<Value>& is,
                              const std::vector<Value>& wanted) {
  const auto same = [&](size_t i, size_t j) { return same_one(embedded, is[i], wanted[j]); };
  size_t front = 0;
  while (front < is.size() && front < wanted.size() && same(front, front)) ++front;
  size_t back = 0;
  while (back < is.size() - front && back < wanted.size() - front &&
         same(is.size() - 1 - back, wanted.size() - 1 - back))
    ++back;
  const size_t n = is.size() - front - back;
  const size_t m = wanted.size() - front - back;
  std::vector<Gap> gaps;
  if (n == 0 && m == 0) return gaps;
  if (n == 0 || m == 0 || n > kAlignedMax / m) {
    gaps.push_back({front, front + n, front, front + m});
    return gaps;
  }
  // common[i][j]: how many of the rest from i and j on stand in both.
  std::vector<uint32_t> common((n + 1) * (m + 1), 0);
  const auto at = [&](size_t i, size_t j) -> uint32_t& { return common[i * (m + 1) + j]; };
  for (size_t i = n; i-- > 0;)
    for (size_t j = m; j-- > 0;)
      at(i, j) =
          same(front + i, front + j) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
  Gap open{front, front, front, front};
  const auto end_gap = [&](size_t i, size_t j) {
    if (open.from != i || open.new_from != j) gaps.push_back({open.from, i, open.new_from, j});
  };
  size_t i = 0;
  size_t j = 0;
  while (i < n && j < m) {
    if (same(front + i, front + j)) {
      end_gap(front + i, front + j);
      ++i;
      ++j;
      open = {front + i, 0, front + j, 0};
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
  end_gap(front + n, front + m);
  return gaps;
}

class StructWriter {
 public:
  // counts: what counters changed by is added; else they are set.
  StructWriter(Transaction& transaction, const TypeModel& model, const Value& id, bool counts)
      : transaction_(transaction), model_(model), id_(id), counts_(counts) {}

  // Makes the object at the path, which is `current`, have what `after` changed against `before`.
  Status fields(const TypeModel& model, const UserPath& path, const Document& before,
                const Document& after, const Document& current) {
    for (size_t i = 0; i < model.type.fields.size(); ++i) {
      const DeclaredField& field = model.type.fields[i];
      if (!model.type.embedded && field.name == "_id") continue;
      const Value* was = before.find(field.name);
      const Value* is_to_be = after.find(field.name);
      if (same_value(field, model.embedded[i], or_null(was), or_null(is_to_be))) continue;
      UserPath place = path;
      place.push_back(field.name);
      SYNCLINE_TRY(one_field(field, model.embedded[i], place, or_null(was), is_to_be,
                             current.find(field.name)));
    }
    return {};
  }

 private:
  Status one_field(const DeclaredField& field, ModelOf embedded, const UserPath& path,
                   const Value& before, const Value* after, const Value* current) {
    if (after == nullptr) return current == nullptr ? Status() : unset(path);
    const bool held = current != nullptr && !current->is_null();
    switch (field.collection) {
      case Collection::list:
        if (held && current->is<List>() && after->is<List>())
          return list(embedded, path, current->get<List>(), after->get<List>());
        break;
      case Collection::set:
        if (held && current->is<List>() && after->is<List>())
          return set(path, before, after->get<List>(), current->get<List>());
        break;
      case Collection::dictionary:
        if (held && current->is<Document>() && after->is<Document>())
          return dictionary(embedded, path, before, after->get<Document>(),
                            current->get<Document>());
        break;
      case Collection::none:
        if (field.counter && counts_ && (current == nullptr || current->is_integer()) &&
            before.is_integer())
          return count(path, before.as_integer(), after->as_integer(), current);
        return one(embedded, path, before, *after, current);
    }
    return transaction_.set(type(), id_, path, *after);
  }

  // Where nothing stands yet, what it read as stands first, as a default: then the adds of all who
  // began from that count.
  Status count(const UserPath& path, int64_t before, int64_t after, const Value* current) {
    if (current == nullptr)
      SYNCLINE_TRY(transaction_.set_default(type(), id_, path, Value(before)));
    return transaction_.increment(
        type(), id_, path,
        static_cast<int64_t>(static_cast<uint64_t>(after) - static_cast<uint64_t>(before)));
  }

  // One value, key or element: into what is embedded there, or whole.
  Status one(ModelOf embedded, const UserPath& path, const Value& before, const Value& after,
             const Value* current) {
    const Document* inside = current == nullptr ? nullptr : current->get_if<Document>();
    const Document* wanted = after.get_if<Document>();
    if (embedded == nullptr || inside == nullptr || wanted == nullptr)
      return transaction_.set(type(), id_, path, after);
    const Document* was = before.get_if<Document>();
    return fields(embedded(), path, was == nullptr ? *inside : *was, *wanted, *inside);
  }

  Status list(ModelOf embedded, const UserPath& path, const List& current, const List& after) {
    const std::vector<Gap> gaps = gaps_between(embedded, current.elements, after.elements);
    // From the last on, so that the places of those before stay as they are.
    for (auto gap = gaps.rbegin(); gap != gaps.rend(); ++gap) {
      const size_t replaced = std::min(gap->to - gap->from, gap->new_to - gap->new_from);
      for (size_t i = gap->to; i > gap->from + replaced; --i)
        SYNCLINE_TRY(transaction_.erase(type(), id_, below(path, i - 1)));
      for (size_t i = replaced; i < gap->new_to - gap->new_from; ++i)
        SYNCLINE_TRY(transaction_.insert(type(), id_, path, gap->from + i,
                                         after.elements[gap->new_from + i]));
      for (size_t i = 0; i < replaced; ++i) {
        const Value& is = current.elements[gap->from + i];
        const Value& wanted = after.elements[gap->new_from + i];
        if (!same_one(embedded, is, wanted))
          SYNCLINE_TRY(one(embedded, below(path, gap->from + i), is, wanted, &is));
      }
    }
    return {};
  }

  Status set(const UserPath& path, const Value& before, const List& after, const List& current) {
    const auto in = [](const std::vector<Value>& members, const Value& one) {
      return std::find_if(members.begin(), members.end(),
                          [&](const Value& member) { return same_one(nullptr, member, one); });
    };
    if (const List* was = before.get_if<List>()) {
      for (const Value& member : was->elements) {
        const auto held = in(current.elements, member);
        if (in(after.elements, member) == after.elements.end() && held != current.elements.end())
          SYNCLINE_TRY(transaction_.remove_member(type(), id_, path, *held));
      }
    }
    for (const Value& member : after.elements)
      if (in(current.elements, member) == current.elements.end())
        SYNCLINE_TRY(transaction_.add(type(), id_, path, member));
    return {};
  }

  Status dictionary(ModelOf embedded, const UserPath& path, const Value& before,
                    const Document& after, const Document& current) {
    const Document* was = before.get_if<Document>();
    if (was != nullptr)
      for (const DocumentField& entry : was->fields)
        if (after.find(entry.name) == nullptr && current.find(entry.name) != nullptr)
          SYNCLINE_TRY(transaction_.erase(type(), id_, below(path, entry.name)));
    for (const DocumentField& entry : after.fields) {
      const Value& old = or_null(was == nullptr ? nullptr : was->find(entry.name));
      const Value* held = current.find(entry.name);
      // A key that is there with nothing in it is not one that is not there.
      const bool known = was != nullptr && was->find(entry.name) != nullptr;
      if (known && same_one(embedded, old, entry.value)) continue;
      SYNCLINE_TRY(one(embedded, below(path, entry.name), old, entry.value, held));
    }
    return {};
  }

  Status unset(const UserPath& path) { return transaction_.unset(type(), id_, path); }

  static UserPath below(const UserPath& path, PathStep step) {
    UserPath longer = path;
    longer.push_back(std::move(step));
    return longer;
  }

  std::string_view type() const { return model_.type.name; }

  Transaction& transaction_;
  const TypeModel& model_;
  const Value& id_;
  const bool counts_;
};

}  // namespace

Status write_struct(Transaction& transaction, const TypeModel& model, const Value& id,
                    const Document* before, const Document& after) {
  if (model.type.asymmetric && before == nullptr) return transaction.create(model.type.name, after);
  SYNCLINE_ASSIGN(const std::optional<Document> current, transaction.get(model.type.name, id));
  if (!current) {
    if (before == nullptr) return transaction.create(model.type.name, after);
    return fail(ErrorCode::kNotFound,
                "there is no " + model.type.name + " with this _id any more; create it first");
  }
  StructWriter writer(transaction, model, id, before != nullptr);
  return writer.fields(model, {}, before == nullptr ? *current : *before, after, *current);
}

}  // namespace syncline::detail
