#!/usr/bin/env bash
# What bash offers for a command line: the generated script is sourced and its function called as bash calls it. Needs SYNCLINE.
set -u
source <("${SYNCLINE:?the program}" completion bash)
failed=0
# offers WORDS... = EXPECTED...: for the words typed, the last one under the cursor.
offers() {
  local typed=() offered
  while [ "$1" != = ]; do typed+=("$1"); shift; done
  shift
  COMP_WORDS=(syncline "${typed[@]}") COMP_CWORD=${#typed[@]} COMPREPLY=()
  _syncline
  offered=${COMPREPLY[*]}
  [ "$offered" = "$*" ] && return
  printf 'FAILED: syncline %s\n  expected: %s\n  offered:  %s\n' "${typed[*]}" "$*" "$offered"
  failed=1
}
offers u = user unsubscribe
offers user '' = add set remove rename list --help -h --help-all
offers user a = add
offers node r = run remove
offers put Store '{}' --w = --wait
offers put --wait '' = queued durable decided
offers put --store x --wait d = durable decided
offers wait d = download decided
offers authority --log-level e = error
offers status -o '' = text json
offers completion '' = bash zsh fish --help -h --help-all -o
offers put --store '' =
offers app check --st =
complete -p syncline | grep -q -- '-F _syncline' || { echo 'FAILED: syncline is not completed by the function'; failed=1; }
for shell in zsh fish; do "$SYNCLINE" completion $shell | grep -q rejections || { echo "FAILED: nothing for $shell"; failed=1; }; done
exit $failed
