# Any app and documents, told by examples/demo.sh (which sources this file): loaded through one node, seen on all, exported as they came.
names=()
for ((i = 1; i <= nodes; ++i)); do names+=("n$i"); done
code=0

# What is given is looked at before a fleet is started for it: types (some not said yet) and files, one of each for a --data.
types=() files=()
for given in "${data[@]}"; do
  type= file=$given
  if [[ $given =~ ^([^/=]+)=(.*)$ ]]; then type=${BASH_REMATCH[1]} file=${BASH_REMATCH[2]}; fi
  # What can be read only once is kept.
  if [ ! -f "$file" ]; then
    kept=$dir/given.${#files[@]}
    cat -- "$file" 2>/dev/null >"$kept" || wrong "$file cannot be read"
    file=$kept
  fi
  [ -r "$file" ] || wrong "$file cannot be read"
  LC_ALL=C grep -qa '[^[:space:]]' "$file" || wrong "${given#"$type="} holds no documents"
  types+=("$type"); files+=("$file")
done

step "an authority with the app in $app"
init=$("$syncline" init --authority --store "$dir/hq" --app "$app" --listen 'tcp://127.0.0.1:*' -o json) || exit 2
server_key=$(field server_key <<<"$init")
# The names of the types that a store shows.
types_at() { on "$1" ls | sed 's/ *[0-9]*$//'; }
mapfile -t known < <(types_at hq)
known_text=$(printf '%s, ' "${known[@]}"); known_text=${known_text%, }
is_known() { local one; for one in "${known[@]}"; do [ "$one" = "$1" ] && return 0; done; return 1; }
for i in "${!files[@]}"; do
  file=${data[i]}
  if [ -z "${types[i]}" ]; then
    # The only one, or the one that the file is named after, as `schema sample` names it.
    type=${file##*/}; type=${type%%.*}
    [ "${#known[@]}" = 1 ] && type=${known[0]}
    is_known "$type" || wrong "of which type is $file? Say --data TYPE=$file; the types are $known_text"
    types[i]=$type
  fi
  is_known "${types[i]}" || wrong "$file: there is no type ${types[i]}; the types are $known_text"
done
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
on2 hq user add demo --custom-data "$user" || die "user add"

step "$nodes nodes join"
enrol n1 demo
# Objects of asymmetric types come to the authority and to no node: nothing to subscribe to.
mapfile -t synced < <(types_at n1)
for type in "${synced[@]}"; do on n1 subscribe "$type" --wait >/dev/null || die "n1 cannot subscribe to $type"; done
for name in "${names[@]:1}"; do enrol "$name" demo "${synced[@]}"; done
say "each subscribes to ${synced[*]:-nothing}"

step "the documents are loaded through one node"
for i in "${!files[@]}"; do
  out=$(on n1 import "${types[i]}" "${files[i]}" --rejects "$dir/rejects.$i" 2>"$dir/told"); imported=$?
  [ $imported = 0 ] || head -n 5 "$dir/told" >&2
  [ $imported -le 1 ] || wrong "${data[i]} cannot be imported"
  say "${types[i]}: $(sed '2,$s/^/       /' <<<"$out")"
  [ "${out%% *}" != 0 ] || wrong "nothing of ${data[i]} is as the type ${types[i]} wants it"
  [ $imported = 0 ] || { echo "demo: a part of ${data[i]} was left out" >&2; code=1; }
done
on n1 wait decided --timeout 60 >/dev/null || die "n1's writes were not decided"
on2 n1 rejections list >"$dir/refused"
settle "${names[@]}"

# keyed TYPE FILE: a line a document: its _id and the whole, canonical. Of several with one _id the last, as imports replace.
keyed() {
  "$syncline" query --schema "$app" --data "$1=$2" "$1" --keys >"$dir/keys" &&
    "$syncline" ejson --canonical --sort-keys <"$2" >"$dir/documents" &&
    [ "$(wc -l <"$dir/keys")" = "$(wc -l <"$dir/documents")" ] || die "$2 is not read as objects of $1"
  paste "$dir/keys" "$dir/documents" | awk -F '\t' '{ last[$1] = $2 } END { for (key in last) print key "\t" last[key] }' | LC_ALL=C sort
}
# accepted N: the lines of the N-th file that the import took: all whose number is not told with the reasons.
accepted() {
  from=": from ${files[$1]}:" awk '
    FILENAME == ARGV[1] { out[substr($0, index($0, ENVIRON["from"]) + length(ENVIRON["from"])) + 0]; next }
    !(FNR in out)' "$dir/rejects.$1.reasons" - <"${files[$1]}"
}
# refused_of TYPE: the _ids of what was refused, in whole or in part, as the journal tells it: "  put TYPE/ID ...".
refused_of() {
  type=$1 awk '
    /^  [^ ]/ { sub(/^  [^ ]+ /, ""); if (index($0, ENVIRON["type"] "/") != 1) next
                $0 = substr($0, length(ENVIRON["type"]) + 2)
                if (match($0, /^("([^"\\]|\\.)*"|-?[0-9]+|\{"[^"]+":("[^"]*"|\{[^}]*\})\})/)) print substr($0, 1, RLENGTH) }' \
    "$dir/refused" | sort -u
}
# without KEYS FILE: the keyed lines of other keys.
without() { awk -F '\t' 'FILENAME == ARGV[1] { left[$0]; next } !($1 in left)' "$1" "$2"; }
# same_but_for_sets TYPE: sets have no order, so their elements may come in another. The same pieces are there, and an authority of its
# own, which is given the documents directly, has them as the fleet has.
same_but_for_sets() {
  local side
  for side in expected got; do tr '[]{},' '\n' <"$dir/$side" | LC_ALL=C sort -u >"$dir/$side.pieces"; done
  cmp -s "$dir/expected.pieces" "$dir/got.pieces" || return 1
  [ -d "$dir/apart" ] || "$syncline" init --authority --store "$dir/apart" --app "$app" >/dev/null || return 1
  on apart import "$1" "$dir/given" >/dev/null && on apart export "$1" >"$dir/held" || return 1
  keyed "$1" "$dir/held" >"$dir/apart.keyed" || return 1
  without "$dir/left" "$dir/apart.keyed" | cmp -s - "$dir/got"
}
# Ends the demo if the authority has nothing of the type.
check_held() {
  [ ! -s "$dir/held" ] || return 0
  grep -F -A 1 " $1/" "$dir/refused" | head -n 2 | cut -c 1-500 >&2
  grep -F -A 1 " $1/" "$dir/refused" | grep -q '^    refused (permission)' ||
    wrong "nothing of $1 was accepted"
  wrong "nothing of $1 is writable for this user: give --user JSON (its custom data) so that a role grants it, or change the role"
}

step "the authority has what was given"
for type in $(printf '%s\n' "${types[@]}" | sort -u); do
  for i in "${!files[@]}"; do if [ "${types[i]}" = "$type" ]; then accepted "$i"; fi; done >"$dir/given"
  on hq export "$type" >"$dir/held" || die "$type cannot be exported"
  check_held "$type"
  keyed "$type" "$dir/given" >"$dir/given.keyed" && keyed "$type" "$dir/held" >"$dir/held.keyed" || exit 1
  refused_of "$type" >"$dir/left"
  without "$dir/left" "$dir/given.keyed" >"$dir/expected"; without "$dir/left" "$dir/held.keyed" >"$dir/got"
  if cmp -s "$dir/expected" "$dir/got" || same_but_for_sets "$type"; then
    say "$type: $(wc -l <"$dir/got") objects, exported as they came$([ -s "$dir/left" ] &&
      echo "; $(wc -l <"$dir/left") refused in whole or in part")"
  else
    echo "demo: the export of $type is not what was given:" >&2; code=1
    diff "$dir/expected" "$dir/got" | cut -c 1-300 | head -n 4 >&2
  fi
done

# A node shows what the user's role lets it read; what it lacks for another reason is a fault.
step "seen on all, exported equal"
for type in "${synced[@]}"; do
  on hq ls "$type" | sort >"$dir/held"; on n1 ls "$type" | sort >"$dir/seen"
  lacking=$(comm -23 "$dir/held" "$dir/seen" | head -n 1)
  [ -n "$lacking" ] || continue
  say "$type: the user's role shows $(wc -l <"$dir/seen") of $(wc -l <"$dir/held") objects"
  on2 hq rules explain --user demo --object "$type/$lacking" -o json | grep -q '"read":false' ||
    { echo "demo: n1 lacks $type/$lacking" >&2; code=1; }
done
pairs=()
for name in "${names[@]}"; do
  pairs+=("$name:demo")
  on "$name" export --confirmed | cmp -s - <(on n1 export --confirmed) || { echo "demo: $name exports something else" >&2; code=1; }
done
table "${pairs[@]}" || code=1
[ $code = 0 ] && printf '\n%3d s  in step\n' $((SECONDS - start)) || printf '\ndemo: NOT in step with what was given\n' >&2
exit $code
