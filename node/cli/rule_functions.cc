// The functions that the rules of apps may call, in this program: given once, before the command
// line is read.
#include "node/cli/cli.h"

namespace syncline {
namespace {

std::shared_ptr<const RuleFunctions>& given_functions() {
  static std::shared_ptr<const RuleFunctions> functions;
  return functions;
}

}  // namespace

const std::shared_ptr<const RuleFunctions>& rule_functions() { return given_functions(); }
void give_rule_functions(std::shared_ptr<const RuleFunctions> functions) {
  given_functions() = std::move(functions);
}

}  // namespace syncline
