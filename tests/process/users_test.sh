#!/usr/bin/env bash
# Users and nodes change while they are connected: a user gets another id, a node another user, and what they see and may write
# follows without another session. Users whom a document of the app makes known, too. Needs SYNCLINE.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
. "$here/fleet.sh"
shop=$dir/app/data_sources/atlas/shop
mkdir -p "$shop/Item" "$shop/Person" "$dir/app/auth"
echo '{"name": "shop"}' >"$dir/app/realm_config.json"
echo '{"enabled": true, "mongo_service_name": "atlas", "database_name": "shop", "collection_name": "Person", "user_id_field": "login"}' \
  >"$dir/app/auth/custom_user_data.json"
echo '{"title": "Item", "bsonType": "object", "required": ["_id"], "properties": {"_id": {"bsonType": "string"},
  "owner": {"bsonType": "string"}}}' >"$shop/Item/schema.json"
echo '{"title": "Person", "bsonType": "object", "required": ["_id"], "properties": {"_id": {"bsonType": "int"},
  "login": {"bsonType": "string"}, "buyer": {"bsonType": "bool"}}}' >"$shop/Person/schema.json"
echo '{"database": "shop", "collection": "Item", "roles": [{"name": "own", "apply_when": {}, "read": true, "write": true,
  "document_filters": {"read": {"owner": "%%user.id"}, "write": {"owner": "%%user.id"}}}]}' >"$shop/Item/rules.json"
echo '{"database": "shop", "collection": "Person", "roles": [{"name": "none", "apply_when": {}, "read": false, "write": false,
  "document_filters": {"read": false, "write": false}}]}' >"$shop/Person/rules.json"
server_key=$("$syncline" init --authority --store "$dir/hq" --app "$dir/app" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add ann --data '{"since": 2019}'
start_authority
says() { grep -q -- "$2" <<<"$1" || die "expected \"$2\", got: $1"; }
enrol van ann Item

for who in ann zoe bo; do on hq put Item "{\"_id\": \"of-$who\", \"owner\": \"$who\"}" >/dev/null || die "no item for $who"; done
shows() {
  settle van
  [ "$(on van ls Item | tr -d '\n')" = "$1" ] || die "the node shows $(on van ls Item), not $1"
}
shows '"of-ann"'

# Another id: what was the old one's leaves, what is the new one's enters, and writes are judged by it.
on2 hq user rename ann zoe || die 'rename'
shows '"of-zoe"'
says "$(on hq log show -o json | tail -1)" '"user":""'
says "$(on2 hq user list)" '{"_id":"zoe","data":{"since":2019}'
says "$(on2 hq node list -o json)" '"user":"zoe"'
says "$(on van put Item '{"_id":"new","owner":"zoe"}' --wait decided 2>&1)" committed
says "$(on van put Item '{"_id":"false","owner":"ann"}' --wait decided 2>&1)" 'owner is "ann", the rule wants "zoe"'
says "$(on2 hq user rename ann kim 2>&1)" 'there is no user ann'
on2 hq user add kim
says "$(on2 hq user rename zoe kim 2>&1)" 'user kim exists'
on2 hq user remove kim

# A user whom a document makes known: renamed in it, not set beside it, removed with it.
on hq put Person '{"_id": 7, "login": "bo", "buyer": true}' >/dev/null || die 'no person'
says "$(on2 hq user set bo --custom-data '{"buyer": false}' 2>&1)" 'is an object of the app: Person/7'
on2 hq user set bo --data '{"since": 2021}' || die 'data cannot be set of a user with a document'
on2 hq node set van --user bo || die 'node set'
shows '"of-bo"'
on2 hq user rename bo mo || die 'rename of a user with a document'
says "$(on hq get Person/7)" '"login":"mo"'
shows ''
on hq put Item '{"_id": "of-mo", "owner": "mo"}' >/dev/null
shows '"of-mo"'
on2 hq user remove mo || die 'remove'
[ -z "$(on hq ls Person)" ] || die 'the document of a removed user stands'
shows ''
says "$(on van put Item '{"_id":"late","owner":"mo"}' --wait decided 2>&1)" refused

# A node under another name.
says "$(on2 hq node set van --user nobody 2>&1)" 'there is no user nobody'
says "$(on2 hq node set van 2>&1)" 'say what to set'
on2 hq node set van --name lorry || die 'node set --name'
says "$(on2 hq node list)" '^lorry'
says "$(on2 hq node set van --user zoe 2>&1)" 'there is no node van'
on2 hq node set lorry --user zoe || die 'node set by its new name'
shows '"new""of-zoe"'
kill -0 "${pid_of[van]}" || die "the node has ended"
exit 0
