#!/usr/bin/env bash
# `syncline watch` prints what changes, of a type or of what a query finds, and ends with its daemon, which it does not keep from stopping. Needs SYNCLINE.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
syncline=${SYNCLINE:?the program}
. "$here/fleet.sh"
server_key=$("$syncline" init --authority --store "$dir/hq" --app "$here/cold_chain" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
on2 hq user add astrid --custom-data '{"role":"manager","active":true}'
start_authority
enrol a astrid Store

"$syncline" watch Store --store "$dir/a" >"$dir/changes" 2>"$dir/watch.log" &
watching=$!
pids+=($watching)
"$syncline" watch Store 'region == $0 SORT(name DESC)' --arg '"east"' --store "$dir/a" >"$dir/listed" 2>"$dir/listed.log" &
pids+=($!)
# Changes until one is seen: nobody says when a watch has begun.
for ((i = 0; i < 200; ++i)); do
  on hq put Store "{\"_id\":\"OSL-01\",\"name\":\"Name $i\",\"region\":\"east\"}" >/dev/null || die 'put'
  on a wait download --timeout 30 || die 'no download'
  [ -s "$dir/changes" ] && [ -s "$dir/listed" ] && break
done
grep -q '"change":"\(inserted\|modified\)","id":"OSL-01","object":{"_id":"OSL-01"' "$dir/changes" || die "watch printed: $(cat "$dir/changes")"
grep -q '^{"change":"\(inserted\|modified\)","id":"OSL-01","index":0,"object":{' "$dir/listed" || die "a watched query printed: $(cat "$dir/listed" "$dir/listed.log")"

# Nothing changes any more. The daemon stops though the watch is open, and the watch ends by itself: the daemon is not reachable.
kill "${pid_of[a]}"
gone "${pid_of[a]}" || die 'the daemon does not stop while it is watched'
gone $watching || die 'the watch does not end with its daemon'
wait $watching
code=$?
[ $code = 4 ] || die "the watch ended with $code: $(cat "$dir/watch.log")"

# A watcher that was killed is not waited for either.
start_node a
"$syncline" watch Store --store "$dir/a" >/dev/null 2>&1 &
watching=$!
kill -9 $watching
wait $watching 2>/dev/null
kill "${pid_of[a]}"
gone "${pid_of[a]}" || die 'the daemon does not stop after its watcher was killed'
exit 0
