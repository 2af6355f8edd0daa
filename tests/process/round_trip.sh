#!/usr/bin/env bash
# Documents go round: each file is sampled, its app checked and served, the documents imported at a node, and exported there and at
# the authority once they were decided. What comes out is what went in, after one canonicaliser on both sides; nothing is refused.
# Files named together in one argument, joined by commas, become one app.
#   round_trip.sh FILE[,FILE...]...      Needs SYNCLINE, the program.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
. "$here/fleet.sh"
[ $# -gt 0 ] || die 'which files?'
failed=0
wrong() { printf 'FAILED %s: %s\n' "$files" "$*" >&2; failed=1; }
canonical() { "$syncline" ejson --canonical --sort-keys | LC_ALL=C sort; }
same() {  # WHERE FILE EXPORTED
  canonical <"$2" >"$dir/expected" || wrong "$2 is not read"
  [ -s "$dir/expected" ] || wrong "$2 holds nothing"
  canonical <"$3" >"$dir/got" || wrong "the export of $2 $1 is not read"
  cmp -s "$dir/expected" "$dir/got" ||
    wrong "$2 differs $1:$(printf '\n'; diff "$dir/expected" "$dir/got" | cut -c 1-300 | head -n 6)"
}

for files in "$@"; do
  IFS=, read -r -a list <<<"$files"
  rm -rf "$dir"/{app,hq,node}
  "$syncline" schema sample "${list[@]}" --out "$dir/app" >"$dir/sampled" || wrong "sample: $(tail -n 3 "$dir/sampled")"
  "$syncline" app check "$dir/app" >"$dir/checked" || wrong "app check: $(cat "$dir/checked")"
  server_key=$("$syncline" init --authority --store "$dir/hq" --app "$dir/app" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
  on2 hq user add ada >/dev/null || die 'user add'
  start_authority
  types=()
  for file in "${list[@]}"; do name=${file##*/}; types+=("${name%%.*}"); done
  enrol node ada "${types[@]}"
  for i in "${!list[@]}"; do
    "$syncline" schema validate --app "$dir/app" --type "${types[i]}" --data "${list[i]}" >"$dir/validated" || wrong "validate: $(cat "$dir/validated")"
    on node import "${types[i]}" "${list[i]}" >"$dir/imported" || wrong "import: $(cat "$dir/imported")"
  done
  on node wait decided --timeout 120 >/dev/null || wrong 'not decided in time'
  settle node
  [ -z "$(on2 node rejections list)" ] || wrong "refused: $(on2 node rejections list | cut -c 1-600 | head -n 5)"
  for i in "${!list[@]}"; do
    on node export "${types[i]}" >"$dir/at_node" && same 'at the node' "${list[i]}" "$dir/at_node"
    on hq export "${types[i]}" >"$dir/at_authority" && same 'at the authority' "${list[i]}" "$dir/at_authority"
    printf '%-40s %7d documents\n' "${list[i]}" "$(wc -l <"$dir/at_node")"
  done
  kill "${pid_of[node]}" "$hq"; gone "${pid_of[node]}"; gone "$hq"
done
exit $failed
