// Writes what derive() found into an image of the object, and says by which operations. Called by
// derive(). One thread; lives for one derivation.
#pragma once

#include <map>
#include <vector>

#include "node/model/migration.h"

namespace syncline {

// Paths, and what is around them.
class PathTree {
 public:
  enum class Where : uint8_t { apart, around, at };  // at: the path, or within it

  void add(const Path& path);
  // Where a path of the tree stands to this one: at it (or within it), or only around it.
  Where where(const Path& path, const Path& below) const;
  bool ends() const { return ends_; }
  const PathTree* find(const Step& step) const;

 private:
  bool ends_ = false;
  std::map<Step, PathTree> inside_;
};

// An object in the image, embedded ones too.
struct ObjectPlace {
  Path path;
  Scope* scope;
};

class DerivedWriter {
 public:
  // `touched` gets what was written.
  explicit DerivedWriter(PathTree* touched) : touched_(touched) {}

  // `below`: from the object, of field numbers. Nothing: the field becomes absent. Embedded objects
  // on the way are created.
  void put(const ObjectPlace& object, const Path& below, std::optional<Item> wanted,
           std::vector<Step> from);
  std::vector<Derived> take() { return std::move(out_); }

 private:
  void say(OperationKind kind, Path path, std::optional<Item> item = std::nullopt);
  // The scope around the field.
  Scope* create_around(const ObjectPlace& object, const Path& below);
  void write(const Path& path, const Item& wanted, const Item* have);
  void write_fields(const Path& path, const Scope& wanted, const Scope& have);
  void write_members(const Path& path, const Scope& wanted, const Scope& have);
  void write_list(const Path& path, const Scope& wanted, const Scope& have);

  PathTree* touched_;
  std::vector<Step> from_;
  std::vector<Derived> out_;
};

}  // namespace syncline
