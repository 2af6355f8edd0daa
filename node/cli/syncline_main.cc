#include "syncline/command_line.h"

int main(int argc, char** argv) { return syncline::run_command_line(argc, argv); }
