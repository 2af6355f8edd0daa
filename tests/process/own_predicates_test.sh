#!/usr/bin/env bash
# examples/own_predicates: an app whose rules call a function loads where it is registered, and nowhere else.
# own_predicates_test.sh OWN_PREDICATES; needs SYNCLINE.
set -euo pipefail

own=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
dir=$(mktemp -d /tmp/syncline-own.XXXXXX)
own_dir=$dir
trap 'rm -rf "$own_dir"' EXIT
die() { echo "FAILED: $*" >&2; exit 1; }

mkdir -p "$dir/app/sync" "$dir/app/data_sources/mongodb-atlas/d/stops"
cd "$dir/app"
echo '{"config_version": 20210101, "name": "routes"}' >realm_config.json
echo '{"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "d"}' >sync/config.json
echo '{"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}}' >data_sources/mongodb-atlas/config.json
cat >data_sources/mongodb-atlas/d/stops/schema.json <<'JSON'
{"title": "Stop", "bsonType": "object", "required": ["_id"],
 "properties": {"_id": {"bsonType": "string"}, "place": {"bsonType": "string"}}}
JSON
cat >data_sources/mongodb-atlas/d/stops/rules.json <<'JSON'
{"database": "d", "collection": "stops", "roles": [{"name": "driver", "apply_when": {}, "read": true, "write": true,
  "document_filters": {"write": false, "read": {"%%true": {"%function": {
    "name": "withinReach", "arguments": ["%%user.custom_data.depot", "%%root.place", 50]}}}}}]}
JSON
cd "$dir"
printf '%s\n' '{"_id": "near", "place": "59.95,10.80"}' '{"_id": "far", "place": "60.39,5.32"}' >stops.ndjson

"$own" app check app >/dev/null || die "the app does not load with its function"
status=0
out=$("$SYNCLINE" app check app 2>&1) || status=$?
[ "$status" = 1 ] || die "without the function app check exits $status"
grep -q '"withinReach" is not registered' <<<"$out" || die "the missing function is not named: $out"

explain() {
  "$own" rules explain --app app --data Stop=stops.ndjson --user kim --custom-data '{"depot": "59.91,10.75"}' --object "Stop/$1"
}
explain near >near.txt || die "what is within reach is not read: $(cat near.txt)"
status=0
explain far >far.txt || status=$?
[ "$status" = 1 ] || die "what is out of reach is read: $(cat far.txt)"

# A fleet of that program: the function decides what a node is sent.
app=$dir/app
syncline=$own
set +e
. "$here/fleet.sh"
trap 'stop_all; rm -rf "$own_dir"' EXIT
cd "$dir"
server_key=$("$own" init --authority --store hq --app "$app" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
[ -n "$server_key" ] || die "the authority does not take an app with its function"
on2 hq user add kim --custom-data '{"depot": "59.91,10.75"}'
on hq import Stop "$app/../stops.ndjson" >/dev/null || die "the stops do not go in"
start_authority
enrol van kim Stop
settle van
[ "$(on van ls Stop)" = '"near"' ] || die "the node has: $(on van ls Stop)"
on2 hq rules explain --user kim --object Stop/far >explained
grep -q withinReach explained || die "the explanation does not name the function: $(cat explained)"
exit 0
