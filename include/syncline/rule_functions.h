// RuleFunctions: predicates in C++ that an app's rules may call by %function, registered with the
// program that runs the authority (syncline/command_line.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "syncline/value.h"

namespace syncline {

// A function of its arguments alone: the same arguments give the same answer on every run, for what
// it decides is decided once, when the log is written, and looked at again by whoever asks the
// rules. Called with as many arguments as the rule gives it, never with a missing one: then it is
// not called, and the comparison does not hold. An exception counts as a missing answer. Any
// thread; soon done, for the authority's one thread waits for it.
using RuleFunction = std::function<Value(std::span<const Value> arguments)>;

// By name. An app whose rules name another does not load.
using RuleFunctions = std::map<std::string, std::shared_ptr<const RuleFunction>>;

}  // namespace syncline
