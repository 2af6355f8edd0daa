#!/usr/bin/env bash
# The example of the C++ API against a freshly started authority: what it writes is there.
# quickstart_test.sh QUICKSTART; needs SYNCLINE.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
example=$here/../../examples/cold_chain
quickstart=$1
syncline=${SYNCLINE:?the program}
. "$here/../../examples/fleet.sh"

server_key=$("$syncline" init --authority --store "$dir/hq" --app "$example" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add astrid --custom-data '{"role":"manager","active":true}' >/dev/null
head -n 3 "$example/data/Fridge.ndjson" >"$dir/fridges.ndjson"
"$syncline" import Fridge "$dir/fridges.ndjson" --store "$dir/hq" >/dev/null
start_authority
keys=$("$syncline" init --node --store "$dir/astrid" --authority "$endpoint" --server-key "$server_key" -o json)
on2 hq node add astrid --user astrid --node-key "$(field node_key <<<"$keys")" --identity-key "$(field identity_key <<<"$keys")" >/dev/null

out=$("$quickstart" "$dir/astrid") || die "the quickstart failed: $out"
grep -qx 'committed' <<<"$out" || die "expected committed, got: $out"
"$syncline" get Fridge/OSL-01-F01 --store "$dir/hq" | grep -q '"last_celsius":-18.5' || die "the authority does not have it"

status=0
out=$("$quickstart" "$dir/nowhere" 2>&1) || status=$?
[ "$status" = 1 ] && grep -q 'is no store' <<<"$out" || die "no store: exit $status, $out"
echo "quickstart: it is as it says"
