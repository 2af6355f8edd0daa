#!/usr/bin/env bash
# Settings of syncline.toml take effect at the authority: a role without document_filters grants nothing, or what it says literally.
# Needs SYNCLINE.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
. "$here/fleet.sh"
app=$dir/app/data_sources/atlas/shop/Item
mkdir -p "$app"
echo '{"name": "shop"}' >"$dir/app/realm_config.json"
echo '{"title": "Item", "bsonType": "object", "required": ["_id"], "properties": {"_id": {"bsonType": "string"}, "name": {"bsonType": "string"}}}' >"$app/schema.json"
echo '{"database": "shop", "collection": "Item", "roles": [{"name": "all", "apply_when": {}, "read": true, "write": true}]}' >"$app/rules.json"
server_key=$("$syncline" init --authority --store "$dir/hq" --app "$dir/app" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add u
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
enrol a u Item

# restart VALUE [KEY]: the authority anew, with that setting.
restart() {
  kill "$hq"; gone "$hq" || die 'the authority does not stop'
  sed -i "s|^${2-roles_without_filters} = .*|${2-roles_without_filters} = \"$1\"|" "$dir/hq/syncline.toml"
  start_authority
}
put() { on a put Item "{\"_id\":\"$1\"}" --wait decided 2>&1; }
says() { grep -q -- "$2" <<<"$1" || die "expected \"$2\", got: $1"; }

says "$(put before)" refused
restart literal
says "$(put literal)" committed
on a wait download --timeout 30 || die 'the node does not get on'
[ "$(on a ls Item)" = '"literal"' ] || die "the node holds: $(on a ls Item)"
restart deny
on a wait download --timeout 30 || die 'the node does not get on'
says "$(put after)" refused
[ -z "$(on a ls Item)" ] || die "the node still holds: $(on a ls Item)"

on a subscribe Item "name == 'x'" --name named --wait >/dev/null || die 'a field that is not declared cannot be asked for by default'
restart declared queryable_fields
says "$(on a subscribe Item "name == 'y'" --name named --wait 2>&1)" 'name of Item is not declared queryable'
on a subscribe Item "_id == 'y'" --name named --wait >/dev/null || die '_id cannot be asked for'

restart literal
restart any queryable_fields
says "$(on a subscribe Item "name == 'mine'" --name Item --wait 2>&1)" committed
says "$(on a unsubscribe named --wait 2>&1)" committed
says "$(on a unsubscribe "$(on a subscriptions | grep -o '^query-[0-9a-f]*')" --wait 2>&1)" committed
says "$(on a put Item '{"_id":"1","name":"mine"}' --wait decided 2>&1)" committed
says "$(on a put Item '{"_id":"2","name":"yours"}' --wait decided 2>&1)" 'not allowed; object is outside of the current query view'
says "$(on a unsubscribe Item --wait 2>&1)" committed
says "$(put 3)" 'nothing here subscribes to Item'
restart accept writes_outside_subscriptions
on a wait download --timeout 30 || die 'the node does not get on'
says "$(put 4)" committed
restart refuse writes_outside_subscriptions
on a wait download --timeout 30 || die 'the node does not get on'
says "$(put 5)" 'nothing here subscribes to Item'

kill "$hq"; gone "$hq" || die 'the authority does not stop'
sed -i 's|^writes_outside_subscriptions = .*|writes_outside_subscriptions = "some"|' "$dir/hq/syncline.toml"
says "$("$syncline" status --store "$dir/hq" 2>&1)" 'must be "refuse" or "accept"'
sed -i 's|^writes_outside_subscriptions = .*|writes_outside_subscriptions = "refuse"|' "$dir/hq/syncline.toml"
sed -i 's|^queryable_fields = .*|queryable_fields = "some"|' "$dir/hq/syncline.toml"
says "$("$syncline" status --store "$dir/hq" 2>&1)" 'must be "any" or "declared"'
sed -i 's|^queryable_fields = .*|queryable_fields = "any"|' "$dir/hq/syncline.toml"
sed -i 's|^roles_without_filters = .*|roles_without_filters = "some"|' "$dir/hq/syncline.toml"
says "$("$syncline" status --store "$dir/hq" 2>&1)" 'must be "deny" or "literal"'
sed -i 's|^roles_without_filters = .*|roles_without_filters = "deny"|; s|^retention_megabytes = .*|retention_megabytes = 0|' "$dir/hq/syncline.toml"
says "$("$syncline" status --store "$dir/hq" 2>&1)" 'must be above 0'
exit 0
