#!/usr/bin/env bash
# The main job from one command: an authority and its nodes on loopback, each a process with its own store and keys.
#   examples/demo.sh                                                   the cold chain of examples/cold_chain
#   examples/demo.sh --app DIR --data [TYPE=]FILE.ndjson [--user JSON] any app and documents
# Needs SYNCLINE, the program (./dev demo sets it). Exits 0 only if nodes with equal views end with equal state hashes.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
syncline=${SYNCLINE:-$here/../build/release/syncline}
app= ; data=() ; user='{}'
while [ $# -gt 0 ]; do
  case "$1" in
    --app) app=${2:?--app needs a directory}; shift 2 ;;
    --data) data+=("${2:?--data needs [TYPE=]FILE.ndjson}"); shift 2 ;;
    --user) user=${2:?--user needs a JSON object}; shift 2 ;;
    -h | --help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
    *) echo "demo: unknown argument $1 (--app DIR, --data [TYPE=]FILE.ndjson, --user JSON)" >&2; exit 2 ;;
  esac
done
. "$here/fleet.sh"

if [ -z "$app" ]; then . "$here/demo_cold_chain.sh"; else . "$here/demo_any_app.sh"; fi
