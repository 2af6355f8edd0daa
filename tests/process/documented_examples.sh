# Runs the examples of a document as they stand there; sourced by the tests of documents, which `set -u` before. In a block
# of ```console is
#   $ COMMAND        run by this shell: variables, functions and jobs go on to the next
#   > MORE OF IT     as a shell asks for the rest of a here-document
#   an answer        compared; … is anything. Commands of which nothing is shown say nothing
#   # exit N         how it ends, if not with 0
# Needs SYNCLINE. Runs in a directory of its own, and ends what it started.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${SYNCLINE:-}") || { echo "SYNCLINE must name the program"; exit 2; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-doc.XXXXXX")
end_jobs() {
  kill $(jobs -p) 2>/dev/null
  wait 2>/dev/null
}
trap 'end_jobs; rm -rf "$dir"' EXIT
exec 7>&1  # an example's own output goes elsewhere
trap 'echo "FAILED: not done in time, at: ${command:-}" >&7; exit 1' TERM
(sleep 240 & trap 'kill $!' TERM; wait $! && kill -TERM $$) 2>/dev/null &
watchdog=$!
mkdir "$dir/bin" && ln -s "$program" "$dir/bin/syncline"
PATH=$dir/bin:$PATH
failed=0
ran=()
seen=$dir/json  # what was answered as JSON

# A port that nobody has, in place of the document's.
port=7100
for _ in {1..50}; do
  port=$((20000 + RANDOM % 10000))
  (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done

# What is shown, as a pattern: literal but for the dots.
pattern_of() { sed -e 's/[][\\*?]/\\&/g' -e 's/…/*/g' <<<"$1"; }

run_example() {
  local shown=$1 expected=$2 code actual pattern
  eval "$command" >"$dir/out" 2>&1 </dev/null
  code=$?
  actual=$(cat "$dir/out")
  ran+=("$command")
  [[ $command == *'-o json'* ]] && cat "$dir/out" >>"$seen"
  pattern=$(pattern_of "$shown")
  if [ "$code" != "$expected" ] || [[ $actual != $pattern ]]; then
    printf 'FAILED: %s\n  expected exit %s and\n%s\n  got exit %s and\n%s\n' "$command" "$expected" "$shown" "$code" "$actual"
    failed=1
  fi
}

command='' shown='' expected=0
finish_example() {
  [ -n "$command" ] && run_example "${shown%$'\n'}" "$expected"
  command='' shown='' expected=0
}

# run_document FILE [FUNCTION]: FUNCTION is called with the line of each heading of the second level.
run_document() {
  local line inside=0
  while IFS= read -r line <&8 || [ -n "$line" ]; do
    line=${line//7100/$port}
    case $inside:$line in
      '0:```console') inside=1 ;;
      '1:```') finish_example; inside=0 ;;
      1:'$ '*) finish_example; command=${line#'$ '} ;;
      1:'> '*) command+=$'\n'${line#'> '} ;;
      1:'# exit '*) expected=${line#'# exit '} ;;
      1:*) shown+=$line$'\n' ;;
      0:'## '*) "${2:-:}" "$line" ;;
    esac
  done 8<"$1"
}
