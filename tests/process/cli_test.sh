#!/usr/bin/env bash
# The program's answers, exit codes included, to right and wrong input. Needs SYNCLINE.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
app=$here/../../examples/cold_chain
syncline=${SYNCLINE:?the program}
dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-cli.XXXXXX")
trap 'rm -rf "$dir"' EXIT
failed=0
# expect CODE TEXT COMMAND...: the exit code, and a text that stdout or stderr must contain.
expect() {
  local code=$1 text=$2 out
  shift 2
  out=$("$@" 2>&1 </dev/null)
  local got=$?
  if [ $got != "$code" ] || ! grep -qF -- "$text" <<<"$out"; then
    printf 'FAILED: %s\n  expected exit %s and "%s", got exit %s and:\n%s\n' "${*:2}" "$code" "$text" "$got" "$out"
    failed=1
  fi
}

expect 0 'syncline' "$syncline" --version
expect 2 'required' "$syncline"
expect 2 'there is no command no-such-command' "$syncline" no-such-command
expect 2 'there is no command frob' "$syncline" frob
expect 2 'syncline: there is no command stats; did you mean status?' "$syncline" stats
expect 2 'syncline user: there is no command frob; there are add, set, remove, rename, list' "$syncline" user frob
expect 2 'A subcommand is required' "$syncline" user
expect 1 'is no store' "$syncline" status --store "$dir/nothing"
expect 0 '"errors":0' "$syncline" app check "$app" -o json
expect 3 'holds no app' "$syncline" app check "$dir"
expect 3 '{"roots":[]}' "$syncline" app check "$dir" -o json
expect 3 '{"roots":[]}' "$syncline" app check "$dir/nothing" -o json
expect 3 'is no directory that can be read' "$syncline" app check "$dir/nothing"
expect 2 'there is no benchmark nothing' "$syncline" bench nothing -o json
expect 0 '{"script":"' "$syncline" completion bash -o json

# One fault hides no other: a wrong schema, wrong conditions in its rules, and a wrong role in other rules.
cp -r "$app" "$dir/faulty"
faulty=$dir/faulty/data_sources/mongodb-atlas/cold_chain
sed -i '0,/"bsonType": "string"/s//"bsonType": "strin"/' "$faulty/stores/schema.json"
sed -i '0,/"apply_when": {/s//"apply_when": {"zzz": 7,/' "$faulty/stores/rules.json"
sed -i '0,/"apply_when": {/s//"fooo": 1, "apply_when": {"zzz": 8,/' "$faulty/fridges/rules.json"
for text in '"strin"' 'stores/rules.json' 'fridges/rules.json' '/roles/0/fooo'; do
  expect 1 "$text" "$syncline" app check "$dir/faulty"
done
out=$("$syncline" app check "$dir/faulty" -o json)
[ "$(grep -o '"code":"apply_when_reads_document"' <<<"$out" | wc -l)" = 2 ] ||
  { printf 'FAILED: app check does not tell of both apply_when: %s\n' "$(grep -o '"code":"[a-z_]*"' <<<"$out" | sort | uniq -c)"; failed=1; }
rm -r "$faulty/stores"
expect 3 'rules.json#/roles/0/fooo' "$syncline" init --authority --store "$dir/none" --app "$dir/faulty"
rm -r "$dir/faulty"

expect 3 'holds no app' "$syncline" init --authority --store "$dir/hq" --app "$dir"
expect 0 'server_key' "$syncline" init --authority --store "$dir/hq" --app "$app" -o json
expect 1 'holds a store already' "$syncline" init --authority --store "$dir/hq" --app "$app"
expect 0 'Fridge' "$syncline" ls --store "$dir/hq"
expect 1 'there is no type Nothing' "$syncline" ls Nothing --store "$dir/hq"
expect 0 'committed' "$syncline" put Store '{"_id":"OSL-01","name":"One","region":"east","opened":{"$date":"2020-01-01T00:00:00Z"}}' --store "$dir/hq"
expect 0 '"name":"One"' "$syncline" get Store/OSL-01 --store "$dir/hq"
expect 1 'there is no Store/OSL-02' "$syncline" get Store/OSL-02 --store "$dir/hq"
expect 3 '' "$syncline" put Store '{"_id":' --store "$dir/hq"
expect 3 'op must be one of' "$syncline" apply <(echo '[{"op":"burn","type":"Store","id":"OSL-01"}]') --store "$dir/hq"
expect 0 '1 imported, 1 rejected' bash -c '{ echo "{\"_id\":\"OSL-03\",\"name\":\"Three\",\"region\":\"west\"}"; echo "{\"_id\":"; } > '"$dir"'/two.ndjson; "$0" import Store '"$dir"'/two.ndjson --store '"$dir"'/hq; [ $? = 1 ]' "$syncline"
# What is read is not written over, under whatever name.
cp "$dir/two.ndjson" "$dir/kept.ndjson"; ln "$dir/two.ndjson" "$dir/link"; ln -s two.ndjson "$dir/soft.reasons"
for rejects in two.ndjson link soft; do
  expect 2 'is the file that is read' "$syncline" import Store "$dir/two.ndjson" --rejects "$dir/$rejects" --store "$dir/hq"
done
expect 2 'is the file that is read' bash -c '"$0" import Store - --rejects "$1" --store "$2" <"$1"' "$syncline" "$dir/two.ndjson" "$dir/hq"
cmp -s "$dir/two.ndjson" "$dir/kept.ndjson" || { echo 'FAILED: --rejects wrote over what was read'; failed=1; }
expect 0 '"outcomes":[{"operation":0,"outcome":"applied"},{"operation":1,"outcome":"refused"' \
  bash -c '"$0" apply - -o json --store "$1" <<<"$2"' "$syncline" "$dir/hq" \
  '[{"op":"set","type":"Store","id":"OSL-01","path":["name"],"value":"Uno"},{"op":"set","type":"Store","id":"OSL-01","path":["region"],"value":"moon"}]'
expect 0 '"outcomes":[{"operation":0,"outcome":"applied"}]' \
  "$syncline" put Store '{"_id":"OSL-01","name":"One","region":"east"}' --store "$dir/hq" -o json
expect 2 '-1' "$syncline" log show --from -1 --store "$dir/hq"
expect 0 'authority tcp://' "$syncline" status --store "$dir/hq"
expect 0 'not running' "$syncline" status --store "$dir/hq"
expect 0 'OSL-01' "$syncline" query Store 'name == "One"' --keys --store "$dir/hq"
expect 0 'OSL-03' "$syncline" query Store 'name == $0 OR region == $1' --arg '"Nobody"' --arg '"west"' --store "$dir/hq"
expect 2 "did you mean 'name'" "$syncline" query Store 'nam == "One"' --store "$dir/hq"
expect 2 'column 8: expected a value to compare with' "$syncline" query --parse 'name =='
expect 2 'which type' "$syncline" query --store "$dir/hq"
expect 0 'entries' "$syncline" log verify --store "$dir/hq"
expect 0 'ok' "$syncline" doctor --store "$dir/hq"
expect 0 'backed up' "$syncline" backup "$dir/copy" --store "$dir/hq"
expect 0 '"name":"One"' "$syncline" get Store/OSL-01 --store "$dir/copy"

expect 2 'a store is an authority'"'"'s or a node'"'"'s' "$syncline" init --authority --node --store "$dir/n" --app "$app"
expect 2 'descriptor is not open' "$syncline" authority --store "$dir/hq" --ready-fd 77
expect 2 "the user's id \"\": it is empty" "$syncline" user add '' --store "$dir/hq"
expect 2 'control characters' "$syncline" user add $'u\nv' --store "$dir/hq"
expect 2 'ends with a space' "$syncline" user add 'u ' --store "$dir/hq"
expect 2 'it may have 255' "$syncline" user add "$(printf '%0300d' 0)" --store "$dir/hq"
expect 3 '40 characters' "$syncline" init --node --store "$dir/n" --authority tcp://127.0.0.1:1 --server-key short
expect 0 'user' bash -c '"$0" user add u1 --store '"$dir"'/hq && "$0" user list --store '"$dir"'/hq && echo user' "$syncline"
expect 0 '' "$syncline" app deploy "$app" --store "$dir/hq"
expect 0 'version 1' "$syncline" app show --store "$dir/hq"
expect 3 'holds no app' "$syncline" app deploy "$dir" --store "$dir/hq"
expect 1 'exists' "$syncline" user add u1 --store "$dir/hq"

# Rules: what they say of a user and an object, on a store and on files, and cases of what they should mean.
expect 1 'there is no user nobody' "$syncline" rules explain --store "$dir/hq" --user nobody --object Store/OSL-01
expect 1 'there is no Store/NONE' "$syncline" rules explain --store "$dir/hq" --user u1 --object Store/NONE
expect 1 'read      no: u1 does not read Store/OSL-01' "$syncline" rules explain --store "$dir/hq" --user u1 --object Store/OSL-01
expect 0 '' "$syncline" user set u1 --custom-data '{"role": "manager", "active": true}' --store "$dir/hq"
expect 0 'write     name: yes' "$syncline" rules explain --store "$dir/hq" --user u1 --object Store/OSL-01 --write 'name="Uno"'
expect 2 'FIELD=JSON' "$syncline" rules explain --store "$dir/hq" --user u1 --object Store/OSL-01 --write name
expect 2 '--store is required, or --app' "$syncline" rules explain --user u1 --object Store/OSL-01
expect 1 'the files have no Store/"S"' "$syncline" rules explain --app "$app" --user u1 --object Store/S
expect 3 'holds no app' "$syncline" rules check "$dir"
expect 0 '1 ok' "$syncline" rules test "$here/../foreign/cases/permissions"
expect 3 'unknown key "colour"' "$syncline" rules test <(sed 's/"read": { "ann"/"colour": { "ann"/' "$here/../foreign/cases/permissions/fridges.json")
expect 1 'differs  fridges: /expect/role/bo' "$syncline" rules test <(sed 's/"bo": "staff"/"bo": "chief"/' "$here/../foreign/cases/permissions/fridges.json")
expect 0 'allowed  fridges' "$syncline" rules test --allow <(echo 'fridges # meant') <(sed 's/"bo": "staff"/"bo": "chief"/' "$here/../foreign/cases/permissions/fridges.json")
expect 0 'fridges is in' "$syncline" rules test --allow <(echo fridges) "$here/../foreign/cases/permissions/fridges.json"
expect 3 'holds no case' "$syncline" rules test "$dir/hq"

# Another schema version: stdout has the answer alone, though much is told on the way.
cp -r "$app" "$dir/second" && mkdir "$dir/second/migrations"
echo '{"typs": {}}' > "$dir/second/migrations/1-2.json"
expect 3 'syncline: nothing was deployed: migrations/1-2.json' "$syncline" app deploy "$dir/second" --store "$dir/hq"
echo '{}' > "$dir/second/migrations/1-2.json"
answer=$("$syncline" app deploy "$dir/second" --store "$dir/hq" -o json 2>"$dir/log")
[[ $answer = '{"breaking":false,"changes":[],"losses":[],"version":2}' ]] || { echo "FAILED: app deploy -o json answers $answer"; failed=1; }
grep -q schema_version_in_force "$dir/log" || { echo 'FAILED: app deploy tells stderr nothing of the new version'; failed=1; }
# A node that has never been here is of no version yet.
"$syncline" init --node --store "$dir/van" --authority tcp://127.0.0.1:1 --server-key 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' > "$dir/van.keys"
key_of() { awk -v name="$1" '$1 == name {print $2}' "$dir/van.keys"; }
expect 2 'control characters' "$syncline" node add $'bad name\nx' --user u1 --node-key "$(key_of node_key)" --identity-key "$(key_of identity_key)" --store "$dir/hq"
expect 1 'no schema yet: it comes with the first connection' "$syncline" subscribe Store --store "$dir/van"
expect 2 'descriptor is not open' "$syncline" node run --store "$dir/van" --ready-fd 77
expect 0 '' "$syncline" node add van --user u1 --node-key "$(key_of node_key)" --identity-key "$(key_of identity_key)" --store "$dir/hq"
expect 0 'van' "$syncline" node list --store "$dir/hq"
expect 0 '{"nodes":[],"state":"deployed","version":2}' "$syncline" app show --store "$dir/hq" -o json

sed -i 's/^listen/lisen/' "$dir/hq/syncline.toml"
expect 3 'unknown key lisen' "$syncline" status --store "$dir/hq"
sed -i 's/^lisen/listen/' "$dir/hq/syncline.toml"
chmod 644 "$dir/hq/node.keys"
expect 5 'chmod' "$syncline" status --store "$dir/hq"
chmod 600 "$dir/hq/node.keys"

expect 0 '{"a":{"$numberInt":"1"}}' bash -c 'echo "{\"a\":1}" | "$0" ejson --canonical' "$syncline"
expect 2 'control characters' "$syncline" node set van --name $'a\nb' --store "$dir/hq"
expect 3 'syncline: line 1, column' bash -c 'echo "{\"a\":NaN}" | "$0" ejson --canonical' "$syncline"
exit $failed
