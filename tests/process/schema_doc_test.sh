#!/usr/bin/env bash
# docs/schema.md holds: runs every example of it, and compares exit codes and the answers shown (… is anything). Each chapter
# that has a session is one from an empty folder. Needs SYNCLINE. Another document may be given, to see the test fail.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/documented_examples.sh"
document=$(realpath "${1:-$here/../../docs/schema.md}")
cd "$dir" || exit 1
chapters=0

# What the last chapter left running must not help the next.
begin_chapter() {
  [ -z "$(jobs -rp | grep -vx "$watchdog")" ] || { echo "FAILED: something still runs before: $1"; failed=1; }
  chapters=$((chapters + 1))
  mkdir "$dir/chapter$chapters" && cd "$dir/chapter$chapters" || exit 1
}
run_document "$document" begin_chapter

[ ${#ran[@]} -gt 60 ] || { echo "FAILED: only ${#ran[@]} examples were found"; failed=1; }
exit $failed
