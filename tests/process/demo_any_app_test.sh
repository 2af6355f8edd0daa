#!/usr/bin/env bash
# The demo on any app and documents says what became of them: in step only if what was given is what is exported. Needs SYNCLINE.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
export SYNCLINE=${SYNCLINE:?the program}
dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-demo-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
# expect CODE TEXT ARGUMENTS...: the demo's exit code, and a text that it prints (all of it is in $out).
expect() {
  local code=$1 text=$2 got; shift 2
  out=$(timeout 120 "$here/demo.sh" "$@" 2>&1 </dev/null); got=$?
  if [ $got != "$code" ] || ! grep -qF -- "$text" <<<"$out"; then
    printf 'FAILED: demo.sh %s\n  expected exit %s and "%s", got exit %s and:\n%s\n' "$*" "$code" "$text" "$got" "$out" >&2
    failed=1
  fi
}

# make_app DIR TYPE...: types with an _id, a number and a text that is not too long, for whoever has the role "writer".
make_app() {
  local app=$1 type; shift
  mkdir -p "$app/sync"
  echo '{"name": "shop"}' >"$app/realm_config.json"
  for type in "$@"; do
    mkdir -p "$app/data_sources/atlas/shop/$type"
    cat >"$app/data_sources/atlas/shop/$type/schema.json" <<JSON
{"title": "$type", "bsonType": "object", "required": ["_id"], "properties": {"_id": {"bsonType": "string"}, "n": {"bsonType": "long"},
  "t": {"bsonType": "string", "maxLength": 5}, "part": {"bsonType": "object", "properties": {"id": {"bsonType": "long"}}},
  "s": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}}}}
JSON
    cat >"$app/data_sources/atlas/shop/$type/rules.json" <<'JSON'
{"roles": [{"name": "writer", "apply_when": {"%%user.custom_data.role": "writer"}, "document_filters": {"read": true, "write": true}, "read": true, "write": true},
  {"name": "half", "apply_when": {"%%user.custom_data.role": "half"}, "document_filters": {"read": {"n": 1}, "write": true}, "read": true, "insert": true, "delete": true,
   "fields": {"t": {"read": true, "write": false}}, "additional_fields": {"read": true, "write": true}},
  {"name": "reader", "apply_when": {}, "document_filters": {"read": true, "write": false}, "read": true, "write": false}]}
JSON
  done
  echo '{"type": "flexible", "state": "enabled", "service_name": "atlas", "database_name": "shop", "asymmetric_tables": ["Reading"]}' >"$app/sync/config.json"
}
make_app one Item
make_app two Item Reading
writer='{"role": "writer"}'

printf '%s\n' '{"_id":"a","n":{"$numberLong":"1"}}' '{"t":"x","_id":"b","part":{"id":7}}' '' '{"_id":"a","n":2}' '{"_id":"c","s":["x","y"]}' '{"_id":"d","s":["y","x"]}' >Item.ndjson
printf '%s\n' '{"_id":"r1","n":1}' '{"_id":"r2","n":2}' >Reading.ndjson
# All right: the last of two with one _id counts, sets have no order, and an asymmetric type's objects are the authority's alone.
expect 0 'in step' --app two --data Item.ndjson --data Reading=Reading.ndjson --user "$writer" --nodes 2
expect 0 'Item: 4 objects, exported as they came' --app one --data Item.ndjson --user "$writer" --nodes 1

# What cannot be used is exit code 2, and says why.
expect 2 'need --app DIR' --data Item.ndjson
expect 2 '--data needs a value' --app one --data
expect 2 '--user needs a value' --app one --data Item.ndjson --user
expect 2 '--user needs a JSON object' --app one --data Item.ndjson --user notjson
expect 2 '--user needs a JSON object' --app one --data Item.ndjson --user '[1]'
expect 2 '/nonexistent.ndjson cannot be read' --app one --data Item=/nonexistent.ndjson
: >empty.ndjson
expect 2 'empty.ndjson holds no documents' --app one --data empty.ndjson
expect 2 'there is no type Itm; the types are Item, Reading' --app two --data Itm=Item.ndjson
cp Item.ndjson other.ndjson
expect 2 'of which type is other.ndjson? Say --data TYPE=other.ndjson' --app two --data other.ndjson
printf '%s\n' '{"_id":7}' '{"_id":' >bad.ndjson
expect 2 'nothing of bad.ndjson is as the type Item wants it' --app one --data bad.ndjson --user "$writer" --nodes 1
expect 2 'nothing of Item is writable for this user: give --user JSON' --app one --data Item.ndjson --nodes 1
grep -q 'refused (permission): .*role "reader"' <<<"$out" || { echo "FAILED: the role is not named: $out" >&2; failed=1; }
printf '%s\n' '{"_id":"long","t":"too long"}' >long.ndjson
expect 2 'nothing of Item was accepted' --app one --data long.ndjson --user "$writer" --nodes 1

# A part that is left out is no success; a part that the role refuses, or does not show, is told.
cat Item.ndjson bad.ndjson >mixed.ndjson
expect 1 'a part of mixed.ndjson was left out' --app one --data mixed.ndjson --user "$writer" --nodes 1
printf '%s\n' '{"_id":"a","n":1}' '{"_id":"b","n":2}' '{"_id":"c","n":1,"t":"x"}' >half.ndjson
expect 0 '1 refused in whole or in part' --app one --data half.ndjson --user '{"role": "half"}' --nodes 1
exit $failed
