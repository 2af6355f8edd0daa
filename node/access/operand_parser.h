// OperandParser: what stands on either side of a comparison: literals, lists, fields, expansions,
// conversions. Called by expression_parser.cc, which asks it for everything that is no operator.
// One thread, for one expression.
#pragma once

#include <string>
#include <vector>

#include "node/access/expression.h"
#include "node/access/expression_tree.h"

namespace syncline::access_internal {

class OperandParser {
 public:
  // Requires: both outlive this.
  OperandParser(const Constants& constants, std::string_view this_field,
                std::vector<AppMessage>* problems)
      : constants_(constants), this_field_(this_field), problems_(problems) {}

  // A key of an expression: an expansion or a field.
  Operand reference(const std::string& key, const std::string& pointer);
  // A value beside a key, or an element of a list. After an error it is missing.
  Operand operand(const nlohmann::json& json, const std::string& pointer, int depth = 0);
  // What stands beside %function.
  Operand called(const nlohmann::json& json, const std::string& pointer, int depth = 0);
  // Whether an object is a value: Extended JSON, a conversion or a call.
  static bool is_value(const nlohmann::json& object);
  // %%root or %%prevRoot alone: nothing but $exists can be asked of it.
  static bool is_document(const Operand& operand);

  void error(std::string code, const std::string& pointer, std::string text, std::string remedy);
  void whole_document(const std::string& pointer);
  bool failed() const { return failed_; }
  // Its index among those that the expression has.
  size_t add_unsupported(Unsupported what);
  const std::vector<Unsupported>& unsupported() const { return unsupported_; }

 private:
  Operand list(const nlohmann::json& json, const std::string& pointer, int depth);
  Operand converted(Operand::Conversion conversion, const std::string& name,
                    const nlohmann::json& argument, const std::string& parent);
  Operand field(std::string_view name, const std::string& pointer);
  Operand expansion(const std::string& text, const std::string& pointer);
  Operand document(std::string name);
  Operand user(const std::string& text, const std::vector<std::string>& path,
               const std::string& pointer);
  Operand configured(const std::string& text, const std::map<std::string, Value>& values,
                     const std::vector<std::string>& path, size_t name, const std::string& pointer);
  Operand unsupported_operand(Unsupported what);

  const Constants& constants_;
  std::string this_field_;
  std::vector<AppMessage>* problems_;
  std::vector<Unsupported> unsupported_;
  bool failed_ = false;
};

}  // namespace syncline::access_internal
