#!/usr/bin/env bash
# An asymmetric type from end to end: nodes insert its objects, offline and over kills of node and authority, and keep nothing of them;
# the authority has each once, and no other node any. Needs SYNCLINE.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
. "$here/fleet.sh"
source=$dir/app/data_sources/atlas/shop
mkdir -p "$source/Item" "$source/Reading" "$dir/app/sync"
echo '{"name": "shop"}' >"$dir/app/realm_config.json"
for type in Item Reading; do
  echo "{\"title\": \"$type\", \"bsonType\": \"object\", \"required\": [\"_id\"], \"properties\": {\"_id\": {\"bsonType\": \"string\"}, \"n\": {\"bsonType\": \"long\"}}}" >"$source/$type/schema.json"
  echo "{\"database\": \"shop\", \"collection\": \"$type\", \"roles\": [{\"name\": \"all\", \"apply_when\": {}, \"document_filters\": {\"read\": true, \"write\": true}, \"read\": true, \"write\": true}]}" >"$source/$type/rules.json"
done
echo '{"type": "flexible", "state": "enabled", "service_name": "atlas", "database_name": "shop", "asymmetric_tables": ["Reading"]}' >"$dir/app/sync/config.json"
server_key=$("$syncline" init --authority --store "$dir/hq" --app "$dir/app" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add u
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
enrol a u Item
enrol b u Item

says() { grep -q -- "$2" <<<"$1" || die "expected \"$2\", got: $1"; }
decided() { on "$1" wait decided --timeout 60 || die "$1 does not get its decisions"; }

# Every operation on it but an insert is refused at the node, with what to do.
says "$(on a put Reading '{"_id":"first","n":{"$numberLong":"1"}}' --wait decided 2>&1)" committed
says "$(on a get Reading/first 2>&1)" 'read it at the authority'
says "$(on a ls Reading 2>&1)" 'read it at the authority'
says "$(on a query Reading 2>&1)" 'read it at the authority'
says "$(on a export Reading 2>&1)" 'read it at the authority'
says "$(on a rm Reading/first 2>&1)" 'insert one with another _id'
echo '[{"op": "set", "type": "Reading", "id": "first", "path": ["n"], "value": 2}]' >"$dir/change.json"
says "$(on a apply "$dir/change.json" 2>&1)" 'insert one with another _id'
says "$(on a subscribe Reading 2>&1)" 'that needs no subscription'
# The other node's object of that name is refused, and kept in its journal.
says "$(on b put Reading '{"_id":"first","n":{"$numberLong":"9"}}' --wait decided 2>&1)" 'an object with this _id was inserted before'
says "$(on b rejections list 2>&1)" insert_only

# Offline, and the node is killed with what it wrote; then the authority, while it takes it.
on a pause >/dev/null
for n in $(seq 50); do
  on a put Reading "{\"_id\":\"r$n\",\"n\":{\"\$numberLong\":\"$n\"}}" >/dev/null || die "cannot write r$n"
done
kill -9 "${pid_of[a]}"; gone "${pid_of[a]}"
start_node a
on a resume >/dev/null
kill -9 "$hq"; gone "$hq"
start_authority
decided a
says "$(on a put Item '{"_id":"i"}' --wait decided 2>&1)" committed
on b wait download --timeout 60 || die 'b does not get on'

[ "$(on2 hq ls Reading | wc -l)" = 51 ] || die "the authority holds: $(on2 hq ls Reading | wc -l)"
[ "$(on2 hq query Reading 'n == 1' --count)" = 2 ] || die 'the authority does not find them'
[ "$(on2 hq export Reading | wc -l)" = 51 ] || die 'the authority does not export them'
for node in a b; do
  [ "$(on $node export | grep -c '"n"')" = 0 ] || die "$node still holds some"
  [ "$(on $node ls Item)" = '"i"' ] || die "$node does not hold the item"
done
hash_of() { on "$1" status -o json | field state_hash; }
[ -n "$(hash_of a)" ] && [ "$(hash_of a)" = "$(hash_of hq)" ] || die 'what both are to hold differs'
exit 0
