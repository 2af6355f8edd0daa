#!/usr/bin/env bash
# The main job from one command: an authority and its nodes on loopback, each a process with its own store and keys.
#   examples/demo.sh                                                   the cold chain of examples/cold_chain
#   examples/demo.sh --app DIR --data [TYPE=]FILE.ndjson [--user JSON] [--nodes N]   any app and documents; JSON: custom data of the
#                                                                      user that all N (8) nodes are of
# Needs SYNCLINE, the program (./dev demo sets it). Exits 0 only if nodes with equal views end with equal state hashes, and what was
# given was taken and exported as it came (what the user's role refuses is told, and left out); 2 if what was given cannot be used.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
syncline=${SYNCLINE:-$here/../build/release/syncline}
wrong() { printf 'demo: %s\n' "$*" >&2; exit 2; }
app= ; data=() ; user= ; nodes=
while [ $# -gt 0 ]; do
  case "$1" in
    --app | --data | --user | --nodes) [ -n "${2:-}" ] || wrong "$1 needs a value" ;;&
    --app) app=$2; shift 2 ;;
    --data) data+=("$2"); shift 2 ;;
    --user) user=$2; shift 2 ;;
    --nodes) nodes=$2; shift 2 ;;
    -h | --help) sed -n '2,7s/^# //p' "$0"; exit 0 ;;
    *) wrong "unknown argument $1 (--app DIR, --data [TYPE=]FILE.ndjson, --user JSON, --nodes N)" ;;
  esac
done
if [ -z "$app" ]; then
  [ -z "${data[*]}$user$nodes" ] || wrong "--data, --user and --nodes need --app DIR, the app that they are for"
else
  [ "${#data[@]}" -gt 0 ] || wrong "--app needs --data [TYPE=]FILE.ndjson"
  [[ ${nodes:=8} =~ ^[1-9][0-9]?$ ]] || wrong "--nodes takes a number from 1 to 99"
fi
. "$here/fleet.sh"
user=$(tr '\n' ' ' <<<"${user:-{\}}")
[[ $("$syncline" ejson --relaxed <<<"$user" 2>/dev/null) == \{* ]] || wrong "--user needs a JSON object"

if [ -z "$app" ]; then . "$here/demo_cold_chain.sh"; else . "$here/demo_any_app.sh"; fi
