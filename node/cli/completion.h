// Shell completion: scripts made from the command line's own tree of words, so that they cannot
// drift from it.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace syncline {

// shell: "bash", "zsh" or "fish". The script defines what completes `syncline`.
std::string completion_script(const CLI::App& program, const std::string& shell);

}  // namespace syncline
