#!/usr/bin/env bash
# Processes of a fleet are killed (SIGKILL) at random moments while they write; nothing is lost, nothing counts twice.
#   tests/process/kills_test.sh [KILLS [SEED]]       30 kills and a seed of its own if not given
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
kills=${1:-30}
seed=${2:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
. "$here/fleet.sh"
echo "seed $seed: $kills kills"

server_key=$("$syncline" init --authority --store "$dir/hq" --app "$here/cold_chain" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
for type in Member Store Fridge; do on hq import "$type" "$here/cold_chain/data/$type.ndjson" >/dev/null || die "import of $type"; done
nodes=(a b c)
for name in "${nodes[@]}"; do enrol "$name" astrid Store Fridge; done
settle "${nodes[@]}"
before=$(on hq get Fridge/OSL-01-F01 | field door_openings)

# What was answered as durable is counted. The burst that a kill cuts into goes to another fridge: whether its last write counts,
# nobody was told.
made=0
increment='[{"op":"increment","type":"Fridge","id":"OSL-01-F01","path":["door_openings"],"value":1}]'
for ((k = 0; k < kills; ++k)); do
  for name in "${nodes[@]}"; do
    on "$name" apply --wait durable - >/dev/null 2>&1 <<<"$increment" && made=$((made + 1))
  done
  victim=${nodes[$((RANDOM % 3))]}
  # A burst under way, with the kill somewhere inside.
  (for i in 1 2 3; do on "${nodes[0]}" apply - >/dev/null 2>&1 <<<"${increment/F01/F02}"; done) &
  burst=$!
  sleep "0.0$((RANDOM % 10))"
  if [ $((RANDOM % 3)) = 0 ]; then
    kill -9 "$hq"; wait "$burst"; start_authority
  else
    kill -9 "${pid_of[$victim]}"; wait "$burst"; start_node "$victim"
  fi
done
settle "${nodes[@]}"
after=$(on hq get Fridge/OSL-01-F01 | field door_openings)
table a:manager b:manager c:manager; code=$?
on2 hq log verify | sed 's/^/       /'
[ "$after" = $((before + made)) ] || { echo "$made increments were durable, $((after - before)) count (seed $seed)" >&2; code=1; }
[ $code = 0 ] && echo "$kills kills, $made increments: each counted once (seed $seed)"
exit $code
