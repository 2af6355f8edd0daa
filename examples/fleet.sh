# A fleet of real processes on loopback, for examples/demo.sh and tests/process: sourced, never run. Sets dir (removed at the end),
# start_authority, start_node, enrol, settle, table. Ends only processes that it started. Needs syncline, the program.
[ -x "$syncline" ] || { echo "demo: $syncline is not there: ./dev build" >&2; exit 2; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-demo.XXXXXX")
pids=()
# Until the process, a child or not, is gone; 1 if it is still there after 20 seconds.
gone() { timeout 20 tail --pid="$1" -s 0.02 -f /dev/null; }
stop_all() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do gone "$pid" || kill -9 "$pid" 2>/dev/null; done
  rm -rf "$dir"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

start=$SECONDS
step() { printf '\n\033[1m%3d s  %s\033[0m\n' $((SECONDS - start)) "$*"; }
say() { printf '       %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; for log in "$dir"/*.log; do [ -s "$log" ] && { echo "--- $log"; tail -n 5 "$log"; } >&2; done; exit 1; }
on() { local store=$1; shift; local command=$1; shift; "$syncline" "$command" "$@" --store "$dir/$store"; }
on2() { local store=$1 a=$2 b=$3; shift 3; "$syncline" "$a" "$b" "$@" --store "$dir/$store"; }
# The value of a key in one line of JSON.
field() { sed -n -e 's/.*"'"$1"'":"\([^"]*\)".*/\1/p;t' -e 's/.*"'"$1"'":\([^",}]*\).*/\1/p' | head -n 1; }

start_authority() {
  local ready=$dir/ready
  rm -f "$ready"; mkfifo "$ready"
  "$syncline" authority --store "$dir/hq" --ready-fd 9 --log-level "${log_level:-error}" 9>"$ready" 2>>"$dir/hq.log" &
  hq=$!; pids+=("$hq"); disown "$hq" 2>/dev/null
  endpoint=
  read -r -t 30 endpoint <"$ready"
  [ -n "$endpoint" ] || die "the authority did not start"
}
declare -A pid_of=()
start_node() {
  local name=$1 ready=$dir/ready.$1 line=
  rm -f "$ready"; mkfifo "$ready"
  "$syncline" node run --store "$dir/$name" --ready-fd 9 --log-level "${log_level:-error}" 9>"$ready" 2>>"$dir/$name.log" &
  pid_of[$name]=$!; pids+=($!); disown $! 2>/dev/null
  read -r -t 30 line <"$ready"
  [ -n "$line" ] || die "node $name did not start"
  rm -f "$ready"
}
# enrol NAME USER TYPE...
enrol() {
  local name=$1 who=$2 keys; shift 2
  keys=$("$syncline" init --node --store "$dir/$name" --authority "$endpoint" --server-key "$server_key" -o json) || die "init $name"
  on2 hq node add "$name" --user "$who" --node-key "$(field node_key <<<"$keys")" --identity-key "$(field identity_key <<<"$keys")" >/dev/null \
    || die "node add $name"
  start_node "$name"
  on "$name" wait download --timeout 30 >/dev/null || die "$name does not reach the authority"
  for type in "$@"; do on "$name" subscribe "$type" --wait >/dev/null || die "$name cannot subscribe to $type"; done
}
# All nodes named have integrated what the authority has, and have nothing pending.
settle() {
  local deadline=$((SECONDS + 60)) seq name status
  while [ $SECONDS -lt $deadline ]; do
    seq=$(on hq status -o json | field seq)
    local behind=0
    for name in "$@"; do
      status=$(on "$name" status -o json)
      [ "$(field cursor <<<"$status")" = "$seq" ] && [ "$(field pending <<<"$status")" = 0 ] || behind=1
    done
    [ $behind = 0 ] && return 0
    sleep 0.2
  done
  die "the fleet did not come to rest in 60 s"
}
# table NAME:GROUP...: prints it; 1 unless the hashes within each group are equal.
table() {
  local pair name group status hash code=0
  declare -A first=()
  printf '\n       %-10s %-12s %8s %8s %8s  %s\n' node view objects pending journal 'state hash'
  for pair in "$@"; do
    name=${pair%%:*}; group=${pair#*:}
    status=$(on "$name" status -o json)
    hash=$(field state_hash <<<"$status")
    printf '       %-10s %-12s %8s %8s %8s  %.24s\n' "$name" "$group" "$(field objects <<<"$status")" "$(field pending <<<"$status")" \
      "$(field journal <<<"$status")" "$hash"
    : "${first[$group]:=$hash}"
    [ "$hash" != - ] && [ "${first[$group]}" = "$hash" ] || code=1
  done
  return $code
}
