#!/usr/bin/env bash
# docs/cli.md holds: runs every example of it, in order, against a fleet in a directory of its own; compares exit codes and the
# answers shown (… is anything). And every command of the program has a line there, and every JSON key that was seen is in it.
# Needs SYNCLINE. Another document may be given, to see the test fail.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/documented_examples.sh"
document=${1:-$here/../../docs/cli.md}
mkdir "$dir/work" && ln -s "$here/../../examples" "$dir/work/examples" && cd "$dir/work" || exit 1
run_document "$document"

[ ${#ran[@]} -gt 60 ] || { echo "FAILED: only ${#ran[@]} examples were found"; failed=1; }

# The program's own list of commands, as its completion knows them.
source completion.bash
words_after() { COMP_WORDS=(syncline "$@" ''); COMP_CWORD=$(($# + 1)); _syncline; printf '%s\n' "${COMPREPLY[@]}" | grep -v '^-'; }
commands=0
look() {
  local word
  for word in $(words_after "$@"); do
    if [ -n "$(words_after "$@" "$word")" ] && [ "$(words_after "$@" "$word")" != "$(words_after "$@")" ]; then
      look "$@" "$word"
      continue
    fi
    commands=$((commands + 1))
    printf '%s\n' "${ran[@]}" | grep -qF "syncline $* $word" || printf '%s\n' "${ran[@]}" | grep -qF "syncline${*:+ $*} $word" ||
      { echo "FAILED: docs/cli.md has no example of: syncline${*:+ $*} $word"; failed=1; }
  done
}
look
[ $commands -gt 40 ] || { echo "FAILED: only $commands commands were found"; failed=1; }

for key in $(grep -o '"[A-Za-z_]*":' "$seen" | tr -d '":' | sort -u); do
  grep -qF "\`$key\`" "$document" || { echo "FAILED: docs/cli.md says nothing of the JSON key $key"; failed=1; }
done
exit $failed
