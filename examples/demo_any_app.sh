# Any app and documents, told by examples/demo.sh (which sources this file): loaded through one node, seen on all, exported equal.
names=(n1 n2 n3 n4 n5 n6 n7 n8)
[ "${#data[@]}" -gt 0 ] || { echo "demo: --app needs --data [TYPE=]FILE.ndjson" >&2; exit 2; }

step "an authority with the app in $app"
init=$("$syncline" init --authority --store "$dir/hq" --app "$app" --listen 'tcp://127.0.0.1:*' -o json) || exit 2
server_key=$(field server_key <<<"$init")
start_authority
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
on2 hq user add demo --custom-data "$user" || die "user add"

types=()
for entry in "${data[@]}"; do
  case "$entry" in
    *=*) types+=("${entry%%=*}") ;;
    *) types+=("$(on hq ls | awk 'NR == 1 { print $1 }')") ;;
  esac
done
all=($(on hq ls | awk '{ print $1 }'))

step "eight nodes join and subscribe to ${all[*]}"
for name in "${names[@]}"; do enrol "$name" demo "${all[@]}"; done

step "the documents are loaded through one node"
for i in "${!data[@]}"; do
  file=${data[$i]#*=}
  say "${types[$i]}: $(on n1 import "${types[$i]}" "$file")"
done
on n1 wait decided --timeout 60 || die "n1's writes were not decided"
refused=$(on2 n1 rejections list)
if [ -n "$refused" ]; then
  if [ "$(on n1 status -o json | field objects)" = 0 ]; then
    printf 'demo: nothing is writable for this user:\n%s\n' "$(head -n 3 <<<"$refused")" >&2
    echo "demo: give --user JSON (its custom data) so that a role grants it, or change the role" >&2
    exit 2
  fi
  say "some were refused: $(grep -c refused <<<"$refused")"
fi
settle "${names[@]}"

step "seen on all, exported equal"
pairs=()
for name in "${names[@]}"; do pairs+=("$name:demo"); done
table "${pairs[@]}"; code=$?
for name in "${names[@]}"; do
  on "$name" export --confirmed | cmp -s - <(on n1 export --confirmed) || { echo "demo: $name exports something else" >&2; code=1; }
done
[ $code = 0 ] && printf '\n%3d s  in step\n' $((SECONDS - start)) || printf '\ndemo: NOT in step\n' >&2
exit $code
