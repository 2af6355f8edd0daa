// The schema of a foreign case, and its values as Syncline has them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline::foreign {

struct Column {
  std::string name;
  std::string type;  // of the plain form (sim/script/README.md)
  bool nullable = false;
  std::string collection;  // list, set, dictionary; empty: a single value
  std::string target;
};

struct Table {
  std::string name;
  bool embedded = false;
  bool asymmetric = false;
  std::string key;              // the primary key's name; empty: none
  std::string key_type;         // of the plain form
  std::vector<Column> columns;  // without the key
  const Column* column(std::string_view name) const;
};

class CaseSchema {
 public:
  // "schema" of a case; nothing that is known already is changed by a later call.
  Status add_schema(const Value& schema);
  Status add_table(const Document& instruction);
  Status add_column(const Document& instruction);
  // A key that no key of the table's type can be makes it mixed.
  void note_key(const std::string& table, const Value& key);

  const Table* table(std::string_view name) const;
  const std::map<std::string, Table, std::less<>>& tables() const { return tables_; }
  // As the scenario's plain types.
  List plain_types() const;

  // A key as an _id: null and kinds that Syncline has not get a stand-in.
  static Value key(const Value& key);
  // A value at a column (null: anywhere else), or an element of it.
  Value value(const Column* column, const Value& value) const;
  // An expected object of the table.
  Document object(const Table& table, const Document& expected) const;

 private:
  Value one(const Column* column, const Value& value) const;
  std::map<std::string, Table, std::less<>> tables_;
};

// The text at the key; empty if there is none.
std::string text_of(const Document& document, const char* key);

}  // namespace syncline::foreign
