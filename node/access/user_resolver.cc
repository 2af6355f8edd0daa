#include "node/access/user_resolver.h"

#include <charconv>

namespace syncline {
namespace {

const Value* element(const List& list, const std::string& text) {
  size_t index = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, index);
  if (error != std::errc() || stop != end || index >= list.elements.size()) return nullptr;
  return &list.elements[index];
}

}  // namespace

UserResolver::UserResolver(const User& user)
    : id_(user.id),
      type_(user.type),
      data_(user.data),
      custom_data_(user.custom_data),
      identities_(user.identities) {}

const Value* UserResolver::user(const std::vector<std::string>& path) const {
  const Value* value = nullptr;
  if (path.front() == "id") value = &id_;
  if (path.front() == "type") value = &type_;
  if (path.front() == "data") value = &data_;
  if (path.front() == "custom_data") value = &custom_data_;
  if (path.front() == "identities") value = &identities_;
  for (size_t i = 1; value && i < path.size(); ++i) {
    if (const Document* document = value->get_if<Document>()) {
      value = document->find(path[i]);
    } else if (const List* list = value->get_if<List>()) {
      value = element(*list, path[i]);
    } else {
      value = nullptr;
    }
  }
  return value;
}

const Value* UserResolver::field(size_t) const { return nullptr; }

}  // namespace syncline
