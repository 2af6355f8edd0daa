#!/usr/bin/env bash
# `syncline restore` is killed (SIGKILL) at random moments: what it leaves is whole or says that it is not, and restoring again makes it whole.
#   tests/process/restore_kills_test.sh [KILLS [SEED]]       20 kills and a seed of its own if not given
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
kills=${1:-20}
seed=${2:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
. "$here/fleet.sh"
echo "seed $seed: $kills kills"

"$syncline" init --authority --store "$dir/hq" --app "$here/cold_chain" --listen 'tcp://127.0.0.1:*' >/dev/null || die init
start_authority
for type in Member Store Fridge; do on hq import "$type" "$here/cold_chain/data/$type.ndjson" >/dev/null || die "import of $type"; done
on hq backup "$dir/copy" >/dev/null || die backup
entries=$(on2 hq log verify)
kill "$hq"; gone "$hq" || die 'the authority does not stop'

# How long one takes, in milliseconds, so that kills fall inside.
restore() { "$syncline" restore "$dir/copy" --store "$dir/new" 2>&1; }
begun=$(date +%s%N); restore >/dev/null || die 'the backup cannot be restored'
takes=$((($(date +%s%N) - begun) / 1000000 + 1))

whole=0 cut=0 nothing=0
for ((k = 0; k < kills; ++k)); do
  rm -rf "$dir/new"
  "$syncline" restore "$dir/copy" --store "$dir/new" >/dev/null 2>&1 & victim=$!
  sleep "$(printf '0.%03d' $((RANDOM % takes)))"
  kill -9 "$victim" 2>/dev/null; wait "$victim" 2>/dev/null
  if said=$(on2 new log verify 2>&1); then
    whole=$((whole + 1))
    [ "$said" = "$entries" ] || die "a whole store has another log: $said (seed $seed)"
    said=$(restore) && die "a whole store was restored over (seed $seed)"
  else
    if [ -e "$dir/new/restore.unfinished" ]; then cut=$((cut + 1)); else nothing=$((nothing + 1)); fi
    said=$(restore) || die "it cannot be restored again: $said (seed $seed)"
    [ "$(on2 new log verify)" = "$entries" ] || die "restored again, it has another log (seed $seed)"
  fi
done
echo "$kills kills: $nothing before it began, $cut on the way, $whole at its end (seed $seed)"

# What was restored last is an authority.
mv "$dir/hq" "$dir/old" && mv "$dir/new" "$dir/hq" && start_authority
[ -n "$(on hq ls Fridge)" ] || die 'the restored authority has no objects'
