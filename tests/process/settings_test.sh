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
echo '{"title": "Item", "bsonType": "object", "required": ["_id"], "properties": {"_id": {"bsonType": "string"}}}' >"$app/schema.json"
echo '{"database": "shop", "collection": "Item", "roles": [{"name": "all", "apply_when": {}, "read": true, "write": true}]}' >"$app/rules.json"
server_key=$("$syncline" init --authority --store "$dir/hq" --app "$dir/app" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add u
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
enrol a u Item

# restart SETTING: the authority anew, with it.
restart() {
  kill "$hq"; gone "$hq" || die 'the authority does not stop'
  sed -i "s|^roles_without_filters = .*|roles_without_filters = \"$1\"|" "$dir/hq/syncline.toml"
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

kill "$hq"; gone "$hq" || die 'the authority does not stop'
sed -i 's|^roles_without_filters = .*|roles_without_filters = "some"|' "$dir/hq/syncline.toml"
says "$("$syncline" status --store "$dir/hq" 2>&1)" 'must be "deny" or "literal"'
sed -i 's|^roles_without_filters = .*|roles_without_filters = "deny"|; s|^retention_megabytes = .*|retention_megabytes = 0|' "$dir/hq/syncline.toml"
says "$("$syncline" status --store "$dir/hq" 2>&1)" 'must be above 0'
exit 0
