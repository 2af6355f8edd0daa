# The cold chain's story, told by examples/demo.sh (which sources this file).
types=(Store Fridge Reading Alert WorkOrder)
fridge=Fridge/OSL-01-F01
technicians=(van1 van2 van3 van4 van5)

step "an authority with the cold chain's app, and its documents"
server_key=$("$syncline" init --authority --store "$dir/hq" --app "$here/cold_chain" --listen 'tcp://127.0.0.1:*' -o json | field server_key)
[ -n "$server_key" ] || die "init of the authority"
start_authority
# The same port again after a restart.
sed -i "s|^listen = .*|listen = \"$endpoint\"|" "$dir/hq/syncline.toml"
for type in Member "${types[@]}"; do
  say "$type: $(on hq import "$type" "$here/cold_chain/data/$type.ndjson")" || die "import of $type"
done

step "eight nodes join, each with its own keys and store"
enrol office astrid "${types[@]}"; say "office is Astrid's, a manager"
for i in 1 2 3 4 5; do
  who=(tor mina kim liv per); enrol "van$i" "${who[$((i - 1))]}" "${types[@]}"; say "van$i is ${who[$((i - 1))]^}'s, a technician"
done
enrol audit olga "${types[@]}"; say "audit is Olga's, an auditor: she reads, and not everything"
enrol depot astrid "${types[@]}"; say "depot is a second manager's node"
everyone=(office depot "${technicians[@]}" audit)
settle "${everyone[@]}"
say "$(on office ls Reading | wc -l) readings are on the office's node"

step "two vans lose their uplink and edit the same fridge"
on van1 pause; on van2 pause
for i in 1 2 3; do
  on van1 apply - >/dev/null <<<'[{"op":"increment","type":"Fridge","id":"OSL-01-F01","path":["door_openings"],"value":10},
    {"op":"set","type":"Fridge","id":"OSL-01-F01","path":["last_celsius"],"value":3.5}]' || die "van1 cannot write"
  on van2 apply - >/dev/null <<<'[{"op":"increment","type":"Fridge","id":"OSL-01-F01","path":["door_openings"],"value":100},
    {"op":"set","type":"Fridge","id":"OSL-01-F01","path":["last_celsius"],"value":4.25}]' || die "van2 cannot write"
done
say "cut off: van1 shows $(on van1 get $fridge | field door_openings) door openings, van2 $(on van2 get $fridge | field door_openings)"
on van1 resume; on van2 resume
settle "${everyone[@]}"
say "back:    van1 shows $(on van1 get $fridge | field door_openings), van2 $(on van2 get $fridge | field door_openings): the counts added up"

step "Nora, an auditor, becomes a technician while her node is connected"
on2 hq user add nora --custom-data '{"role":"auditor"}' || die "user add"
log_level=debug enrol nora nora "${types[@]}"
on nora subscribe Member --name members --wait >/dev/null || die "nora cannot subscribe to members"
everyone+=(nora)
settle nora
# Which of two things Nora's node shows, and how often it has connected.
shown() { on nora get "$1" | grep -q "\"$2\":" && echo "shown" || echo "hidden"; }
view() { echo "phone of a shop $(shown Store/OSL-01 phone), cost of a work order $(shown WorkOrder/1001 cost), $(on nora ls Member | wc -l) members"; }
connects() { grep -c ' connecting' "$dir/nora.log"; }
[ "$(view)" = "phone of a shop hidden, cost of a work order shown, 0 members" ] || die "an auditor should not see: $(view)"
say "auditor:    $(view)"
connected=$(connects)
[ "$connected" -gt 0 ] || die "nora's log does not tell of connections"
on2 hq user set nora --custom-data '{"role":"technician","active":true}' || die "user set"
on nora wait download --timeout 30 >/dev/null || die "nora does not hear of it"
[ "$(view)" = "phone of a shop shown, cost of a work order hidden, 9 members" ] || die "a technician should not see: $(view)"
[ "$(connects)" = "$connected" ] || die "nora's node has connected anew"
say "technician: $(view); the node stayed connected"
on nora unsubscribe members --wait >/dev/null || die "nora cannot unsubscribe"

step "she may write now, but not all"
order() { on nora get WorkOrder/1001 | field "$1"; }
on nora apply --wait decided - >/dev/null <<<'[{"op":"increment","type":"WorkOrder","id":1001,"path":["minutes"],"value":25}]' || die "the minutes were refused"
say "minutes of work order 1001: $(order minutes)"
before=$(order priority)
on nora apply --wait decided - >/dev/null <<<'[{"op":"set","type":"WorkOrder","id":1001,"path":["priority"],"value":1}]'
[ $? = 1 ] || die "the write should have been refused"
on2 nora rejections list | fold -s -w 112 | sed 's/^/       /'
after=$(order priority)
[ "$before" = "$after" ] || die "the object was not restored: $before became $after"
say "the object is as it was: priority $after"

step "the authority is killed in mid-stream (SIGKILL), and started again"
(for i in $(seq 1 40); do echo "$i" >>"$dir/written"
  on office apply - >/dev/null <<<"[{\"op\":\"increment\",\"type\":\"Fridge\",\"id\":\"OSL-01-F01\",\"path\":[\"door_openings\"],\"value\":1}]"
done) &
writer=$!
while kill -0 "$writer" 2>/dev/null && [ "$(cat "$dir/written" 2>/dev/null | wc -l)" -lt 15 ]; do sleep 0.02; done
kill -9 "$hq"
wait "$writer"
say "the office went on writing: $(on office status -o json | field pending) changesets are pending"
start_authority
settle "${everyone[@]}"
say "van1 shows $(on van1 get $fridge | field door_openings) door openings: each of the 40 counted once"

step "a new node joins and is brought up to date"
enrol van6 yara "${types[@]}"
everyone+=(van6)
settle "${everyone[@]}"
on2 hq log verify | sed 's/^/       /'

step "a display asks by queries: warm fridges, the alerts of display fridges, the newest ten readings"
warm='kind == "display" AND last_celsius > 3'
shown='fridge.kind == "display"'
newest='TRUEPREDICATE SORT(at DESC) LIMIT(10)'
enrol display astrid
on display subscribe Fridge "$warm" --name warm --wait >/dev/null || die "the display cannot subscribe to fridges"
on display subscribe Alert "$shown" --wait >/dev/null || die "the display cannot subscribe to alerts"
on display subscribe Reading "$newest" --wait >/dev/null || die "the display cannot subscribe to readings"
# same TYPE QUERY: the display holds what the office finds with it.
same() {
  local found held
  found=$(on office query "$1" "$2" --keys | sort | sha256sum)
  held=$(on display query "$1" TRUEPREDICATE --keys | sort | sha256sum)
  [ "$found" = "$held" ] || die "the display does not hold what the office finds: $1 $2"
}
settle office display
same Fridge "$warm"; same Alert "$shown"; same Reading "$newest"
say "it holds $(on display ls Fridge | wc -l) of $(on office ls Fridge | wc -l) fridges, $(on display ls Alert | wc -l) of $(on office ls Alert | wc -l) alerts, $(on display ls Reading | wc -l) of $(on office ls Reading | wc -l) readings"
leaving=$(on display query Fridge "$warm" --keys | tail -n 1 | tr -d '"')
on office apply --wait decided - >/dev/null <<<"[{\"op\":\"set\",\"type\":\"Fridge\",\"id\":\"$leaving\",\"path\":[\"last_celsius\"],\"value\":2.5}]" || die "the office cannot write"
settle office display
same Fridge "$warm"
on display get "Fridge/$leaving" >/dev/null 2>&1 && die "$leaving is not warm any more, and the display still has it"
say "$leaving cools down to 2.5: it leaves the display"

step "everyone with the same view shows the same"
table office:manager depot:manager van1:technician van2:technician van3:technician van4:technician van5:technician van6:technician nora:technician audit:auditor display:display
code=$?
openings=$(on office get $fridge | field door_openings)
[ "$openings" = 20484 ] || { echo "demo: $openings door openings; 20114 + 30 + 300 + 40 were made" >&2; code=1; }
[ $code = 0 ] && printf '\n%3d s  in step: equal views have equal state hashes\n' $((SECONDS - start)) || printf '\ndemo: NOT in step\n' >&2
exit $code
