#!/usr/bin/env bash
# docs/cli.md holds: runs every example of it, in order, against a fleet in a directory of its own; compares exit codes and the
# answers shown (… is anything). And every command of the program has a line there, and every JSON key that was seen is in it.
# Needs SYNCLINE. Another document may be given, to see the test fail.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
document=${1:-$here/../../docs/cli.md}
program=$(realpath "${SYNCLINE:-}") || { echo "SYNCLINE must name the program"; exit 2; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-doc.XXXXXX")
cleanup() {
  kill $(jobs -p) 2>/dev/null
  wait 2>/dev/null
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'echo "FAILED: not done in time, at: ${command:-}"; exit 1' TERM
(sleep 240 & trap 'kill $!' TERM; wait $! && kill -TERM $$) 2>/dev/null &
mkdir "$dir/bin" "$dir/work" && ln -s "$program" "$dir/bin/syncline" && ln -s "$here/../../examples" "$dir/work/examples"
PATH=$dir/bin:$PATH
cd "$dir/work" || exit 1
failed=0
ran=()
seen=$dir/json

# A port that nobody has, in place of the document's.
port=7100
for _ in {1..50}; do
  port=$((20000 + RANDOM % 10000))
  (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done

# What is shown, as a pattern: literal but for the dots.
pattern_of() { sed -e 's/[][\\*?]/\\&/g' -e 's/…/*/g' <<<"$1"; }

# Runs one example. The shell is this one: variables, functions and jobs go on to the next.
run_example() {
  local shown=$1 expected=$2 code actual pattern
  eval "$command" >"$dir/out" 2>&1 </dev/null
  code=$?
  actual=$(cat "$dir/out")
  ran+=("$command")
  [[ $command == *'-o json'* ]] && cat "$dir/out" >>"$seen"
  pattern=$(pattern_of "$shown")
  # Commands of which nothing is shown say nothing.
  if [ "$code" != "$expected" ] || [[ $actual != $pattern ]]; then
    printf 'FAILED: %s\n  expected exit %s and\n%s\n  got exit %s and\n%s\n' "$command" "$expected" "$shown" "$code" "$actual"
    failed=1
  fi
}

command='' shown='' expected=0 inside=0
finish_example() {
  [ -n "$command" ] && run_example "${shown%$'\n'}" "$expected"
  command='' shown='' expected=0
}
while IFS= read -r line <&8 || [ -n "$line" ]; do
  line=${line//7100/$port}
  case $inside:$line in
    '0:```console') inside=1 ;;
    '1:```') finish_example; inside=0 ;;
    1:'$ '*) finish_example; command=${line#'$ '} ;;
    1:'# exit '*) expected=${line#'# exit '} ;;
    1:*) shown+=$line$'\n' ;;
  esac
done 8<"$document"

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
