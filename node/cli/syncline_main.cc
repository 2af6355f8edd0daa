#include "node/cli/cli.h"

int main(int argc, char** argv) { return syncline::run_cli(argc, argv); }
