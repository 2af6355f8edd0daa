// What people see of an object: whether two images of it look the same, and changing an image in
// place. Pure; any thread.
#pragma once

#include <optional>

#include "proto/object.h"

namespace syncline {

// The same to a reader: element ids, positions and seqs, which nobody sees, aside.
bool same_content(const Item& a, const Item& b);
bool same_content(const Scope& a, const Scope& b);
bool same_shown(const std::optional<Row>& a, const std::optional<Row>& b);

// About how much memory the scope takes.
size_t shown_bytes(const Scope& scope);

// Puts an element where the list has `index` elements before it, at a provisional position.
// Requires: index <= size.
Child& insert_element(Scope* list, size_t index, ElementId id, Item item);

}  // namespace syncline
