#!/usr/bin/env bash
# What stands in the way of real processes: stores that are taken, damaged, too new or full, a taken port, copied and restored
# nodes. Each case is a function named case_...; docs/errors.md has a row for each, and tests/tidy compares.
#   tests/process/bad_input_test.sh [CASE...]      all cases if none is named
# Needs SYNCLINE, the program, and FULL_DISK, the library that makes a disk full.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
full_disk=${FULL_DISK:?the library full_disk}
. "$here/fleet.sh"
log_level=warning
failed=0
wrong() { printf 'FAILED %s: %s\n' "${now:-}" "$*" >&2; failed=1; }
# expect CODE TEXT COMMAND...: the exit code, and a text that stdout or stderr must contain.
expect() {
  local code=$1 text=$2 out got; shift 2
  out=$(timeout 60 "$@" 2>&1 </dev/null); got=$?
  [ $got = "$code" ] && grep -qF -- "$text" <<<"$out" || wrong "$(printf '%s\n  expected exit %s and "%s", got exit %s and:\n%s' "${*:2}" "$code" "$text" "$got" "$out")"
}
# until_true COMMAND...: within 30 s.
until_true() {
  local deadline=$((SECONDS + 30))
  until "$@"; do [ $SECONDS -lt $deadline ] || { wrong "never came true: $*"; return 1; }; sleep 0.1; done
}
says() { local file=$1 text=$2; grep -qF -- "$text" "$file"; }
stop_process() { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null; while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; }
stop_node() { stop_process "${pid_of[$1]}"; }
increment='[{"op":"increment","type":"Fridge","id":"OSL-01-F01","path":["door_openings"],"value":1}]'
openings() { on "$1" get Fridge/OSL-01-F01 | field door_openings; }
# The healthy node writes and is answered.
served() { on healthy apply --wait decided - >/dev/null <<<"$increment" || wrong "the healthy node is not served"; }

server_key=$("$syncline" init --authority --store "$dir/hq" --app "$here/cold_chain" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
for type in Member Store Fridge; do on hq import "$type" "$here/cold_chain/data/$type.ndjson" >/dev/null || die "import of $type"; done
enrol healthy astrid Store Fridge

# A node of that authority and key, which is not to reach it: its log, status and waiting tell why.
reaches_nobody() {
  local name=$1 authority=$2 key=$3 why=$4
  "$syncline" init --node --store "$dir/$name" --authority "$authority" --server-key "$key" >/dev/null || wrong init
  start_node "$name"
  until_true says "$dir/$name.log" "$why"
  expect 0 '"trouble":{"code":"unreachable"' "$syncline" status --store "$dir/$name" -o json
  expect 0 "$why" "$syncline" status --store "$dir/$name"
  # It has tried more than once by then; told is what is new.
  expect 4 "$why" "$syncline" wait download --timeout 1 --store "$dir/$name"
  [ "$(grep -cF -- "$why" "$dir/$name.log")" = 1 ] || wrong "told more than once: $(cat "$dir/$name.log")"
  stop_node "$name"
}
case_unreachable_authority() { reaches_nobody lonely tcp://127.0.0.1:1 "$server_key" 'cannot be reached'; served; }
case_wrong_server_key() {
  reaches_nobody misled "$endpoint" 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' 'has another key than the one pinned here'
  served
}

case_key_of_another_node() {
  local key identity keys
  key=$(sed -n 's/^link_public = "\(.*\)"$/\1/p' "$dir/healthy/node.keys")
  keys=$("$syncline" init --node --store "$dir/second_key" --authority "$endpoint" --server-key "$server_key" -o json) || wrong init
  identity=$(field identity_key <<<"$keys")
  add() { on2 hq node add "$1" --user astrid --node-key "$2" --identity-key "$identity" 2>&1; }
  expect 1 'node healthy has this node key' "$syncline" node add thief --user astrid --node-key "$key" --identity-key "$identity" --store "$dir/hq"
  served
  expect 1 'there is no node thief' "$syncline" node remove thief --store "$dir/hq"
  # That of a removed node is free.
  key=$(field node_key <<<"$keys")
  add first "$key" >/dev/null || wrong 'a node with its own key'
  expect 0 '' "$syncline" node remove first --store "$dir/hq"
  add again "$key" >/dev/null || wrong 'the same node again'
  on2 hq node remove again || wrong 'the node cannot be removed'
  served
}

case_wrong_addresses() {
  local address
  for address in tcp://127.0.0.1:99999 tcp://127.0.0.1:65536 tcp://127.0.0.1:0 tcp://127.0.0.1:x; do
    expect 2 'the port must be from 1 to 65535' "$syncline" init --authority --store "$dir/none" --app "$here/cold_chain" --listen "$address"
    expect 2 'the port must be from 1 to 65535' "$syncline" init --node --store "$dir/none" --authority "$address" --server-key "$server_key"
  done
  expect 2 'listens on an IP address of this machine' "$syncline" init --authority --store "$dir/none" --app "$here/cold_chain" --listen tcp://localhost:7398
  expect 2 'the host must be a name or an IP address' "$syncline" init --node --store "$dir/none" --authority 'tcp://two words:1' --server-key "$server_key"
  expect 2 'expected tcp://HOST:PORT' "$syncline" init --node --store "$dir/none" --authority localhost:1 --server-key "$server_key"
  [ ! -e "$dir/none" ] || wrong 'a wrong address leaves half a store'
  # Nodes look names up.
  local endpoint=tcp://localhost:${endpoint##*:}
  enrol named astrid Fridge
  settle named healthy
  stop_node named
}

case_store_in_use() {
  mv "$dir/healthy/control.sock" "$dir/socket"   # the second process cannot ask the first
  expect 5 'is in use by another process; stop it' "$syncline" node run --store "$dir/healthy"
  expect 5 'is in use by another process; stop it' "$syncline" ls --store "$dir/healthy"
  mv "$dir/socket" "$dir/healthy/control.sock"
  mv "$dir/hq/control.sock" "$dir/socket"
  expect 5 'is in use by another process; stop it' "$syncline" authority --store "$dir/hq"
  mv "$dir/socket" "$dir/hq/control.sock"
  served
}

case_port_in_use() {
  "$syncline" init --authority --store "$dir/second" --app "$here/cold_chain" --listen "$endpoint" >/dev/null || wrong init
  expect 5 'the address is taken; stop the program that holds it, or choose another port' "$syncline" authority --store "$dir/second"
  served
}

# The rest of the file goes in; a strict import stops before the line.
case_wrong_documents() {
  local file=$dir/wrong.ndjson
  {
    echo '{"_id":"WDX-01","name":"One","region":"east"}'
    echo '{"_id":"WDX-02","name":"Two","name":"2","region":"east"}'
    printf '{"_id":"WDX-03","name":"caf\xe9","region":"east"}\n'
    echo '{"_id":"WDX-04","opened":{"$date":"2021-13-01T00:00:00Z"}}'
    echo '{"name":"no id"}'
    echo '{"_id":{"$oid":"5f2b0c0f9d1e8a0001a1b2c3"},"name":"a key of another type"}'
    echo '[1]'
    head -c 70000000 /dev/zero | tr '\0' x; echo
    echo '{"_id":"WDX-09","name":"Nine","region":"moon"}'
    printf '{"_id":"WDX-10","name":"Ten","region":"east","notes":"'; head -c 17000000 /dev/zero | tr '\0' x; echo '"}'
    echo '{"_id":"WDX-11","name":"Eleven","region":"east"}'
  } >"$file"
  expect 3 'wrong.ndjson:2:30: the field "name" is there twice' "$syncline" import Store "$file" --strict --store "$dir/hq"
  expect 0 '"_id":"WDX-01"' "$syncline" get Store/WDX-01 --store "$dir/hq"
  expect 1 'there is no' "$syncline" get Store/WDX-11 --store "$dir/hq"
  local out; out=$("$syncline" import Store "$file" --rejects "$dir/rejects" -o json --store "$dir/hq" 2>/dev/null)
  [ $? = 1 ] || wrong "the import did not end with 1"
  [[ $out == *'"imported":2,'* ]] || wrong "not all others were imported: $out"
  for kind in duplicate_key not_utf8 bad_date missing_id bad_id not_an_object too_long too_large schema; do
    [[ $out == *"\"kind\":\"$kind\""* ]] || wrong "no $kind: $out"
  done
  expect 0 '"_id":"WDX-11"' "$syncline" get Store/WDX-11 --store "$dir/hq"
  sed -n '2,10p' "$file" | cmp -s - "$dir/rejects" || wrong 'the rejects are not the lines as they came'
  out=$("$syncline" schema validate --app "$here/cold_chain" --type Store --data "$file" -o json)
  [[ $out == *'"documents":11,"invalid":9,"type":"Store","valid":2,'* && $out == *'"kind":"too_large"'* ]] || wrong "validate says otherwise: ${out:0:600}"
  [ "$(wc -l <"$dir/rejects.reasons")" = 9 ] || wrong "the reasons are not one a line: $(cut -c 1-200 "$dir/rejects.reasons")"
  served
}

case_wrong_app() {
  local app=$dir/wrong_app before
  cp -r "$here/cold_chain" "$app"
  echo '[]' >"$app/data_sources/mongodb-atlas/cold_chain/fridges/schema.json"
  echo '{' >"$app/data_sources/mongodb-atlas/cold_chain/stores/rules.json"
  before=$(on2 hq app show -o json)
  expect 3 'errors in all: `syncline app check DIR` tells them' "$syncline" app deploy "$app" --store "$dir/hq"
  [ "$(on2 hq app show -o json)" = "$before" ] || wrong 'a wrong app is deployed in part'
  expect 3 'errors in all' "$syncline" init --authority --store "$dir/none" --app "$app"
  [ ! -e "$dir/none" ] || wrong 'a wrong app leaves half a store'
  expect 1 'fridges/schema.json' "$syncline" app check "$app"
  served
}

# As deep as everybody takes, from a node and to it; the object is a level, and so is what stands around an operation.
nested() { printf '%*s' "$1" '' | tr ' ' '['; printf 1; printf '%*s' "$1" '' | tr ' ' ']'; }
case_deepest_nesting() {
  noting() { echo '[{"op":"set","type":"Store","id":"OSL-01","path":["notes"],"value":'"$(nested "$1")"'}]'; }
  expect 0 committed "$syncline" apply --store "$dir/healthy" --wait decided <(noting 98)
  expect 0 "\"notes\":$(nested 98)" "$syncline" get Store/OSL-01 --store "$dir/hq"
  expect 3 'nested deeper than 100' "$syncline" apply --store "$dir/healthy" --wait decided <(noting 99)
  expect 0 committed "$syncline" put Store '{"_id":"DEE-01","name":"Deep","region":"east","notes":'"$(nested 99)"'}' --store "$dir/hq"
  settle healthy
  expect 0 "\"notes\":$(nested 99)" "$syncline" get Store/DEE-01 --store "$dir/healthy"
  expect 3 'nested deeper than 100' "$syncline" put Store '{"_id":"DEE-02","name":"Deeper","region":"east","notes":'"$(nested 100)"'}' --store "$dir/hq"
  served
}

case_store_too_new() {
  enrol newer astrid Fridge; stop_node newer
  cp -r "$dir/newer" "$dir/newer.kept"
  echo 'syncline store 99' >"$dir/newer/objects/FORMAT"
  expect 5 'has format 99, this program reads formats up to' "$syncline" node run --store "$dir/newer"
  expect 5 'use the program that wrote it, or a newer one' "$syncline" ls --store "$dir/newer"
  cp "$dir/newer.kept/objects/FORMAT" "$dir/newer/objects/FORMAT"
  start_node newer; settle newer healthy
  served
}

# One byte in the middle is another.
flip() { local size byte; size=$(stat -c %s "$1"); byte=$(od -An -tu1 -j $((size / 2)) -N 1 "$1")
  printf "\\x$(printf %02x $((byte ^ 255)))" | dd of="$1" bs=1 seek=$((size / 2)) conv=notrunc status=none; }

case_store_damaged() {
  enrol damaged astrid Fridge; stop_node damaged
  # Opened and closed again: what was in the write-ahead log is in a table.
  expect 0 '' "$syncline" ls Fridge --store "$dir/damaged"
  cp -r "$dir/damaged" "$dir/damaged.kept"
  local objects=$dir/damaged/objects what
  for what in MANIFEST CURRENT table FORMAT; do
    rm -rf "$dir/damaged"; cp -r "$dir/damaged.kept" "$dir/damaged"
    case $what in
      MANIFEST) flip "$(ls "$objects"/MANIFEST-* | tail -n 1)" ;;
      CURRENT) : >"$objects/CURRENT" ;;
      table) for table in "$objects"/*.sst; do flip "$table"; done ;;
      FORMAT) echo rubbish >"$objects/FORMAT" ;;
    esac
    # Found on opening, or when what is damaged is read.
    expect 5 'restore the store from a backup' "$syncline" export --confirmed --store "$dir/damaged"
    [ $what = table ] || expect 5 'restore the store from a backup' "$syncline" node run --store "$dir/damaged"
  done
  rm -rf "$dir/damaged"; cp -r "$dir/damaged.kept" "$dir/damaged"
  start_node damaged; settle damaged healthy
  served
}

case_authority_damaged() {
  stop_process "$hq"
  cp -r "$dir/hq" "$dir/hq.kept"
  for part in log state; do
    : >"$dir/hq/$part/CURRENT"
    expect 5 'restore the store from a backup' "$syncline" authority --store "$dir/hq"
    rm -rf "$dir/hq"; cp -r "$dir/hq.kept" "$dir/hq"
  done
  # An older log beside a newer state: committed entries are missing.
  rm -r "$dir/hq/log"
  "$syncline" init --authority --store "$dir/fresh" --app "$here/cold_chain" >/dev/null || wrong init
  cp -r "$dir/fresh/log" "$dir/hq/log"
  expect 5 'committed entries are missing' "$syncline" authority --store "$dir/hq"
  rm -rf "$dir/hq"; cp -r "$dir/hq.kept" "$dir/hq"
  start_authority
  settle healthy
  served
}

case_store_lost_in_part() {
  local part
  stop_process "$hq"
  for part in state log node.keys; do
    mv "$dir/hq/$part" "$dir/lost_part"
    expect 5 'from a backup' "$syncline" ls --store "$dir/hq"
    expect 5 'from a backup' "$syncline" authority --store "$dir/hq"
    [ ! -e "$dir/hq/$part" ] || wrong "$part is made anew"
    mv "$dir/lost_part" "$dir/hq/$part"
  done
  start_authority
  enrol partial astrid Fridge; stop_node partial
  on partial apply - >/dev/null <<<"$increment" || wrong 'a write while stopped'
  for part in objects node.keys; do
    mv "$dir/partial/$part" "$dir/lost_part"
    expect 5 'or enrol the node anew' "$syncline" ls --store "$dir/partial"
    expect 5 'or enrol the node anew' "$syncline" node run --store "$dir/partial"
    [ ! -e "$dir/partial/$part" ] || wrong "$part is made anew"
    mv "$dir/lost_part" "$dir/partial/$part"
  done
  start_node partial; settle partial healthy
  stop_node partial
  served
}

# wrong_setting STORE SED TEXT: what is said of its syncline.toml, so changed.
wrong_setting() {
  mkdir -p "$dir/settings_only"
  sed "$2" "$dir/$1/syncline.toml" >"$dir/settings_only/syncline.toml"
  expect 3 "settings_only/syncline.toml:$3" "$syncline" status --store "$dir/settings_only"
}
case_wrong_settings() {
  for key in retention_hours retention_megabytes safe_after_hours; do
    wrong_setting hq "s/^$key = .*/$key = 99999999999999999/" "$(sed -n "/^$key/=" "$dir/hq/syncline.toml"): $key must be at most"
  done
  wrong_setting hq 's/^retention_hours = .*/retention_hours = 0/' '4: retention_hours must be above 0'
  wrong_setting hq 's|^listen = .*|listen = "tcp://127.0.0.1:65536"|' "3: listen 'tcp://127.0.0.1:65536': the port"
  wrong_setting hq 's/^queryable_fields = .*/queryable_fields = "some"/' '8: queryable_fields must be'
  wrong_setting hq 's/^log_level = .*/log_level = "loud"/' '10: log_level must be'
  wrong_setting hq '/^role/d' ' role is missing: "authority" or "node"'
  wrong_setting healthy 's/^role = .*/role = "both"/' '2: role must be "authority" or "node"'
  wrong_setting healthy 's/^server_key = .*/server_key = "x"/' "4: server_key 'x' is not a link key"
  wrong_setting healthy '/^server_key/d' ' server_key is missing'
  wrong_setting healthy 's/^group_sync_ms = .*/group_sync_ms = 99999999999/' '5: group_sync_ms must be at most'
  enrol settings astrid Fridge; stop_node settings
  sed -i 's/^authority/autority/' "$dir/settings/syncline.toml"
  expect 3 'unknown key autority' "$syncline" node run --store "$dir/settings"
  sed -i 's/^autority/authority/' "$dir/settings/syncline.toml"
  chmod 644 "$dir/settings/node.keys"
  expect 5 'chmod' "$syncline" node run --store "$dir/settings"
  chmod 600 "$dir/settings/node.keys"
  start_node settings; settle settings healthy
  served
}

# start_full NAME [unseen]: the node, on a disk that is full while $dir/full is there.
start_full() {
  local -x ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0
  if [ -n "${2:-}" ]; then
    LD_PRELOAD=$full_disk FULL_DISK_DIR=$dir/$1 FULL_DISK_WHILE=$dir/full FULL_DISK_UNSEEN=1 start_node "$1"
  else
    LD_PRELOAD=$full_disk FULL_DISK_DIR=$dir/$1 FULL_DISK_WHILE=$dir/full start_node "$1"
  fi
}
full_node() {
  local name=$1 before written; shift
  enrol "$name" astrid Store Fridge
  stop_node "$name"
  start_full "$name" "$@"
  settle "$name" healthy
  before=$(openings hq)
  on "$name" apply --wait decided - >/dev/null <<<"$increment" || wrong 'a write before'
  : >"$dir/full"
  expect 5 'no space is left for the store' "$syncline" apply --store "$dir/$name" --wait durable <(echo "$increment")
  [ "$(on "$name" status -o json | field pending)" = 0 ] || wrong 'what was refused is shown as pending'
  expect 0 'OSL-01-F01' "$syncline" get Fridge/OSL-01-F01 --store "$dir/$name"
  served; served   # the others go on; what they write cannot be stored here
  until_true says "$dir/$name.log" 'no space is left for the store'
  rm "$dir/full"
  # By itself, without a restart.
  settle "$name" healthy
  expect 0 '' "$syncline" apply --store "$dir/$name" --wait decided <(echo "$increment")
  settle "$name" healthy
  # One before, one after, two of the healthy one: what was refused for want of space does not count.
  [ "$(openings hq)" = $((before + 4)) ] && [ "$(openings "$name")" = $((before + 4)) ] || wrong "$before openings, now $(openings hq) and $(openings "$name")"
  stop_node "$name"
}
case_full_disk_of_a_node() { full_node full_seen; full_node full_unseen unseen; }

case_full_disk_of_the_authority() {
  stop_process "$hq"
  ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$full_disk FULL_DISK_DIR=$dir/hq FULL_DISK_WHILE=$dir/full start_authority
  settle healthy
  local before; before=$(openings healthy)
  : >"$dir/full"; : >"$dir/hq.log"
  for _ in 1 2 3; do on healthy apply --wait durable - >/dev/null <<<"$increment" || wrong 'a node writes on its own disk'; done
  until_true says "$dir/hq.log" 'no space is left for the store'
  says "$dir/hq.log" 'nothing is lost' || wrong 'the log does not say that nothing is lost'
  [ "$(on healthy status -o json | field pending)" = 3 ] || wrong 'they wait at the node'
  expect 0 '"trouble":{"code":"store_full"' "$syncline" status --store "$dir/hq" -o json
  expect 0 'trouble   no space is left' "$syncline" status --store "$dir/hq"
  # The authority's own hand is told what it waits for, and does not wait for ever.
  expect 5 'and may still be decided' "$syncline" user add late --store "$dir/hq"
  expect 5 'waits: no space is left for the store' "$syncline" app deploy "$here/cold_chain" --store "$dir/hq"
  rm "$dir/full"
  settle healthy
  expect 0 '"_id":"late"' "$syncline" user list --store "$dir/hq"
  [[ $(on hq status -o json) != *trouble* ]] || wrong 'the trouble is over'
  [ "$(openings hq)" = $((before + 3)) ] || wrong "$before openings, now $(openings hq)"
  stop_process "$hq"; start_authority; settle healthy
  [ "$(openings hq)" = $((before + 3)) ] || wrong "after a restart: $(openings hq)"
}

case_cloned_node() {
  enrol original astrid Store Fridge
  settle original healthy
  stop_node original
  on original apply - >/dev/null <<<"$increment" || wrong 'a write while stopped'   # pending in both
  cp -r "$dir/original" "$dir/clone"; rm -f "$dir/clone/control.sock"
  local before; before=$(openings hq)
  on original apply - >/dev/null <<<"$increment"; on clone apply - >/dev/null <<<"$increment"
  : >"$dir/hq.log"
  start_node original; start_node clone
  on original apply - >/dev/null <<<"$increment"; on clone apply - >/dev/null <<<"$increment"
  # The common one once, two of each: nothing lost, nothing twice, though they put each other out of their sessions.
  counted() { [ "$(openings hq)" = $((before + 5)) ]; }
  until_true counted || wrong "$before openings, now $(openings hq)"
  until_true says "$dir/hq.log" 'a clone of the device'
  served
  stop_node clone
  settle original healthy
  [ "$(openings original)" = "$(openings hq)" ] || wrong "the original shows $(openings original) of $(openings hq)"
  [ "$(openings hq)" = $((before + 6)) ] || wrong "$before openings, now $(openings hq)"
  stop_node original
}

case_node_restored_from_a_backup() {
  enrol restored astrid Store Fridge
  settle restored healthy
  stop_node restored
  on restored apply - >/dev/null <<<"$increment" || wrong 'a write while stopped'
  cp -r "$dir/restored" "$dir/restored.old"   # with one pending
  local before; before=$(openings hq)
  start_node restored
  on restored apply --wait decided - >/dev/null <<<"$increment" || wrong 'a write after the backup'
  settle restored healthy
  stop_node restored
  rm -rf "$dir/restored"
  expect 0 "restored $dir/restored" "$syncline" restore "$dir/restored.old" --store "$dir/restored"
  on restored apply - >/dev/null <<<"$increment" || wrong 'a write after the restore'
  start_node restored
  settle restored healthy
  # Each once: the one in the backup too, which was decided before the backup came back.
  [ "$(openings hq)" = $((before + 3)) ] && [ "$(openings restored)" = $((before + 3)) ] || wrong "$before openings, now $(openings hq) and $(openings restored)"
  served
  stop_node restored
}

case_authority_restored_from_a_backup() {
  enrol ahead astrid Store Fridge
  settle ahead healthy
  local before; before=$(openings hq)
  expect 0 'backed up' "$syncline" backup "$dir/hq.backup" --store "$dir/hq"
  on ahead apply --wait decided - >/dev/null <<<"$increment" || wrong 'a write after the backup'
  settle ahead healthy
  # Never over what is there.
  expect 5 'a daemon runs on' "$syncline" restore "$dir/hq.backup" --store "$dir/hq"
  expect 5 'a daemon runs on' "$syncline" restore "$dir/hq" --store "$dir/hq.other"
  stop_process "$hq"
  expect 1 'is not empty: a restore makes a store anew' "$syncline" restore "$dir/hq.backup" --store "$dir/hq"
  mv "$dir/hq" "$dir/hq.lost"
  # Killed on the way: what is there says so, and is begun anew.
  mkdir "$dir/hq"; touch "$dir/hq/restore.unfinished"; cp -r "$dir/hq.backup/log" "$dir/hq/log"
  expect 5 'its restore did not end' "$syncline" authority --store "$dir/hq"
  expect 0 'its log goes on after entry' "$syncline" restore "$dir/hq.backup" --store "$dir/hq"
  start_authority
  settle ahead healthy
  expect 0 'chain, contents and signatures as they were written' "$syncline" log verify --store "$dir/hq"
  # Decided anew, once.
  [ "$(openings hq)" = $((before + 1)) ] && [ "$(openings ahead)" = $((before + 1)) ] || wrong "$before openings, now $(openings hq) and $(openings ahead)"
  served
  stop_node ahead
  rm -rf "$dir/hq.lost" "$dir/hq.backup"
}

[ $# -gt 0 ] || set -- $(declare -F | sed -n 's/^declare -f \(case_.*\)/\1/p')
for now in "$@"; do
  began=$SECONDS
  "$now"
  printf '%-36s %s s\n' "$now" $((SECONDS - began))
done
exit $failed
