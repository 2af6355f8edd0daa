#!/usr/bin/env bash
# The example of objects as structs against a freshly started authority: what it changes is there, and nothing else changed.
# typed_cold_chain_test.sh TYPED_COLD_CHAIN; needs SYNCLINE.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
example=$here/../../examples/cold_chain
program=$1
syncline=${SYNCLINE:?the program}
. "$here/../../examples/fleet.sh"

server_key=$("$syncline" init --authority --store "$dir/hq" --app "$example" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add astrid --custom-data '{"role":"manager","active":true}' >/dev/null
"$syncline" import Store "$example/data/Store.ndjson" --store "$dir/hq" >/dev/null
head -n 3 "$example/data/Fridge.ndjson" >"$dir/fridges.ndjson"
"$syncline" import Fridge "$dir/fridges.ndjson" --store "$dir/hq" >/dev/null
start_authority
keys=$("$syncline" init --node --store "$dir/astrid" --authority "$endpoint" --server-key "$server_key" -o json)
on2 hq node add astrid --user astrid --node-key "$(field node_key <<<"$keys")" --identity-key "$(field identity_key <<<"$keys")" >/dev/null
"$syncline" get Fridge/OSL-01-F01 --store "$dir/hq" >"$dir/before"

out=$("$program" "$dir/astrid") || die "the example failed: $out"
grep -qx 'Display 1 of .*, opened 20114 times' <<<"$out" || die "it did not read the fridge and its store: $out"
grep -qx 'committed' <<<"$out" || die "expected committed, got: $out"
! grep -q 'differs' <<<"$out" || die "its structs do not fit the example's app: $out"
"$syncline" get Fridge/OSL-01-F01 --store "$dir/hq" >"$dir/after"
for part in '"last_celsius":3.5' '"visited"' '"fan":"low"' '"label":"door"' 20116; do
  grep -qF "$part" "$dir/after" || die "the authority does not have $part: $(cat "$dir/after")"
done
for part in '"serial":"NF832046"' '"controller":' '"sensors":' '"label":"bottom"' '"defrost":'; do
  grep -qF "$part" "$dir/before" || die "the test's own data has no $part"
  grep -qF "$part" "$dir/after" || die "what the structs do not change is gone: $part"
done
echo "typed_cold_chain: it is as it says"
