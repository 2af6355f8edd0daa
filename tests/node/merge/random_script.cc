#include "tests/node/merge/random_script.h"

namespace syncline::merge_test {
namespace {

Value random_value(Random& random) { return Value(static_cast<int64_t>(random() % 1000)); }
std::string random_key(Random& random) {
  return std::string(1, static_cast<char>('a' + random() % 4));
}

const Scope* scope_at(const Editor& e, const Path& path, ScopeKind kind) {
  static thread_local std::optional<Row> row;
  row = e.image();
  const Scope* scope = row ? find_scope(row->fields, path) : nullptr;
  return scope != nullptr && scope->kind == kind ? scope : nullptr;
}

void edit_list(Random& random, const Palette& palette, const Path& path, Editor& e) {
  const Scope* list = scope_at(e, path, ScopeKind::list);
  if (list == nullptr) return e.make(path, ScopeKind::list);
  const size_t size = list->children.size();
  const size_t index = size == 0 ? 0 : random() % size;
  switch (random() % 8) {
    case 0:
      if (size > 0 && palette.erases) return e.erase(path, index);
      break;
    case 1:
      if (size > 1 && palette.moves) return e.move(path, index, random() % size);
      break;
    case 2:
      if (size > 0) {
        Path element = path;
        element.push_back(e.element(path, index));
        return e.set(std::move(element), random_value(random));
      }
      break;
    case 3:
      if (palette.assignments && random() % 3 == 0) {
        return e.set(path, Value(List{random_value(random), random_value(random)}));
      }
      break;
    case 4:
      if (random() % 3 == 0) return e.clear(path);
      break;
    default:
      break;
  }
  e.insert(path, random() % (size + 1), random_value(random));
}

void edit_dictionary(Random& random, const Palette& palette, Path path, Editor& e) {
  const Scope* dictionary = scope_at(e, path, ScopeKind::dictionary);
  if (dictionary == nullptr) return e.make(std::move(path), ScopeKind::dictionary);
  const uint64_t choice = random() % 8;
  if (choice == 0 && random() % 2 == 0) return e.clear(std::move(path));
  if (choice == 1 && palette.assignments && random() % 2 == 0) {
    return e.set(std::move(path), Value(Document{{random_key(random), random_value(random)}}));
  }
  path.push_back(random_key(random));
  if (choice == 2) return e.unset(std::move(path));
  if (choice == 3) return e.increment(std::move(path), 1);
  e.set(std::move(path), random_value(random));
}

void edit_set(Random& random, Path path, Editor& e) {
  if (scope_at(e, path, ScopeKind::set) == nullptr) return e.make(std::move(path), ScopeKind::set);
  const auto member = Value(static_cast<int64_t>(random() % 4));
  const uint64_t choice = random() % 8;
  if (choice == 0) return e.clear(std::move(path));
  if (choice < 4) return e.remove(std::move(path), member);
  e.add(std::move(path), member);
}

void edit_embedded(Random& random, const Palette& palette, Path path, Editor& e) {
  const Scope* object = scope_at(e, path, ScopeKind::object);
  const uint64_t choice = random() % 8;
  const int inner = static_cast<int>(1 + random() % 3);
  if (choice == 0) return e.set(std::move(path), Value());
  if (choice == 1 || object == nullptr) return e.make(std::move(path), ScopeKind::object);
  if (choice == 2 && palette.assignments) {
    return e.set(std::move(path), embedded({{inner, random_value(random)}}));
  }
  path.push_back(step_of(inner));
  if (choice == 3) return e.unset(std::move(path));
  e.set(std::move(path), random_value(random));
}

void edit_mixed(Random& random, const Palette& palette, const Path& path, Editor& e) {
  const uint64_t choice = random() % 6;
  if (choice == 0) return e.set(path, random_value(random));
  if (choice == 1 && palette.kinds) {
    return e.make(path, random() % 2 == 0 ? ScopeKind::list : ScopeKind::dictionary);
  }
  if (scope_at(e, path, ScopeKind::dictionary) != nullptr)
    return edit_dictionary(random, palette, path, e);
  if (scope_at(e, path, ScopeKind::list) != nullptr) return edit_list(random, palette, path, e);
  e.increment(path, 1);
}

}  // namespace

void create_everything(Editor& e) {
  e.create({{field::kText, Value("text")}, {field::kCounter, Value(int64_t{0})}});
  e.set(at(field::kEmbedded), embedded({{1, Value(1)}}));
  e.set(at(field::kList), Value(List{1, 2, 3}));
  e.make(at(field::kDictionary), ScopeKind::dictionary);
  e.make(at(field::kSet), ScopeKind::set);
  e.set(at(field::kMixed), Value(0));
}

void random_operation(Random& random, const Palette& palette, Editor& e) {
  if (!e.exists()) {
    e.create({{field::kText, Value("again")}});
    return e.set_default(at(field::kCounter), Value(int64_t{5}));
  }
  switch (random() % 9) {
    case 0:
      if (palette.objects && random() % 6 == 0) return e.remove();
      return e.set(at(field::kText), random_value(random));
    case 1:
      if (random() % 4 == 0) return e.set(at(field::kCounter), random_value(random));
      return e.increment(at(field::kCounter), static_cast<int64_t>(random() % 10));
    case 2:
      return edit_embedded(random, palette, at(field::kEmbedded), e);
    case 3:
    case 4:
      return edit_list(random, palette, at(field::kList), e);
    case 5:
      return edit_dictionary(random, palette, at(field::kDictionary), e);
    case 6:
      return edit_set(random, at(field::kSet), e);
    case 7:
      return edit_mixed(random, palette, at(field::kMixed), e);
    default: {
      const Scope* list = scope_at(e, at(field::kList), ScopeKind::list);
      if (list == nullptr || list->children.empty())
        return edit_mixed(random, palette, at(field::kMixed), e);
      // An embedded object as an element, and edits in it.
      const ElementId id = e.element(at(field::kList), random() % list->children.size());
      return edit_embedded(random, palette, at(field::kList, id), e);
    }
  }
}

}  // namespace syncline::merge_test
