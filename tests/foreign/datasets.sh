#!/usr/bin/env bash
# Documents that others exported come back as they were, through sampling, an authority, import at a node and export.
#   tests/foreign/datasets.sh DIR      every *.json of DIR, or of DIR/datasets if there is one. Needs SYNCLINE, the program.
set -uo pipefail
[ $# = 1 ] || { echo 'which directory?' >&2; exit 2; }
dir=$1
[ -d "$dir/datasets" ] && dir=$dir/datasets
shopt -s nullglob
files=("$dir"/*.json "$dir"/*.ndjson)
[ ${#files[@]} -gt 0 ] || { echo "$dir holds no *.json" >&2; exit 1; }
exec "$(dirname "${BASH_SOURCE[0]}")/../process/round_trip.sh" "${files[@]}"
