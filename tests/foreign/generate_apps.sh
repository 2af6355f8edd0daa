#!/usr/bin/env bash
# Models of every app below a directory, in every language, by the checks of tests/node/generate: generate_apps.sh DIR
# [LANGUAGE...]. DIR holds exports of others, such as $SYNCLINE_CASES/app_exports. Needs SYNCLINE. Apps that do not load
# are counted, and so are those that a language refuses with a reason; everything else must compile. Not part of the tests.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$1
shift
languages=("$@")
[ $# -gt 0 ] || languages=(cpp c python typescript kotlin swift dart csharp java)
program=$(realpath "${SYNCLINE:-}") || { echo "SYNCLINE must name the program"; exit 2; }
export SYNCLINE=$program
log=$(mktemp)
trap 'rm -f "$log"' EXIT

mapfile -t roots < <("$program" app check "$directory" -o json |
  python3 -c 'import json, sys
for root in json.load(sys.stdin)["roots"]: print(root["errors"], root["root"])')
apps=()
unloaded=0
for root in "${roots[@]}"; do
  errors=${root%% *}
  if [ "$errors" = 0 ]; then apps+=("$directory/${root#* }"); else unloaded=$((unloaded + 1)); fi
done
echo "${#roots[@]} apps, $unloaded of which do not load"
[ "${#apps[@]}" -gt 0 ] || { echo "FAILED: no app of $directory loads"; exit 1; }

failed=0
for language in "${languages[@]}"; do
  taken=()
  refused=0
  for app in "${apps[@]}"; do
    if "$program" schema generate --app "$app" --lang "$language" >/dev/null 2>"$log"; then
      taken+=("$app")
    else
      code=$?
      refused=$((refused + 1))
      # An app around another cannot be named alone.
      [ $code = 3 ] || grep -q 'holds [0-9]* apps' "$log" || { echo "FAILED: $app, $language, exit $code: $(cat "$log")"; failed=1; }
      [ -z "${VERBOSE:-}" ] || echo "  $app: $(cat "$log")"
    fi
  done
  if [ ${#taken[@]} -gt 0 ] && "$here/../node/generate/languages_test.sh" "$language" "${taken[@]}" >"$log" 2>&1; then
    echo "$language: ${#taken[@]} apps hold, $refused have nothing to generate"
  else
    echo "FAILED: $language"
    tail -n 40 "$log"
    failed=1
  fi
done
exit $failed
