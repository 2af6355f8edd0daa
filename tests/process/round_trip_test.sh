#!/usr/bin/env bash
# Awkward documents of our own, alone and as one app with links between them, come back as they were. Needs SYNCLINE.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
documents=$here/documents
"$here/round_trip.sh" "$documents/people.json" "$documents/places.json" "$documents/people.json,$documents/places.json,$documents/orders.json"
