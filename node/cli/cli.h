// The command line: `syncline COMMAND ...`, as docs/cli.md has it.
#pragma once

namespace syncline {

// Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 bad data, 4 not reachable, 5 store in
// use or damaged, 70 ours.
int run_cli(int argc, char** argv);

}  // namespace syncline
