// What is told of a command line that cannot be understood. Called by cli.cc.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace syncline {

// Two lines: what is wrong, after the commands that were recognised, and which help to see. A word
// that is no command is named, with what it may have been meant to be.
std::string usage_error(const CLI::App& program, const CLI::ParseError& error);

}  // namespace syncline
