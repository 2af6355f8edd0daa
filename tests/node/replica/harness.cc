#include "tests/node/replica/harness.h"

#include "node/replica/keys.h"
#include "node/replica/reading.h"

namespace syncline::test {
namespace {

FieldDef field(FieldNumber number, std::string name, ScalarType type,
               Collection collection = Collection::none, TypeNumber target = {}) {
  FieldDef def;
  def.number = number;
  def.name = std::move(name);
  def.type = type;
  def.collection = collection;
  def.target = target;
  return def;
}

std::shared_ptr<const Schema> make_schema() {
  auto schema = std::make_shared<Schema>();
  schema->revision = 3;
  schema->types = system_types();
  TypeDef type;
  type.number = kFridge;
  type.name = "Fridge";
  type.collection = "shop.fridges";
  type.key_types = {ScalarType::string};
  type.fields = {field(FieldNumber(1), "_id", ScalarType::string),
                 field(fridge::kName, "name", ScalarType::string),
                 field(fridge::kCelsius, "celsius", ScalarType::floating),
                 field(fridge::kOpened, "opened", ScalarType::int64),
                 field(fridge::kTags, "tags", ScalarType::string, Collection::list),
                 field(fridge::kLabels, "labels", ScalarType::string, Collection::set),
                 field(fridge::kLimits, "limits", ScalarType::floating, Collection::dictionary),
                 field(fridge::kDoorField, "door", ScalarType::embedded, Collection::none, kDoor),
                 field(fridge::kAny, "any", ScalarType::mixed),
                 field(fridge::kSmall, "small", ScalarType::int32),
                 field(fridge::kDoors, "doors", ScalarType::embedded, Collection::list, kDoor),
                 field(fridge::kSpot, "spot", ScalarType::embedded, Collection::none, kPoint)};
  type.retired = {field(fridge::kFahrenheit, "$1.fahrenheit", ScalarType::floating)};
  schema->types.push_back(type);
  TypeDef inner;
  inner.number = kDoor;
  inner.name = "Door";
  inner.embedded = true;
  inner.open = false;
  inner.fields = {field(door::kColor, "color", ScalarType::string),
                  field(door::kKnocks, "knocks", ScalarType::int64),
                  field(door::kInner, "inner", ScalarType::embedded, Collection::none, kDoor)};
  inner.retired = {field(door::kPaint, "$1.paint", ScalarType::string)};
  schema->types.push_back(inner);
  TypeDef note;
  note.number = kNote;
  note.name = "Note";
  note.collection = "shop.notes";
  note.open = false;
  note.key_types = {ScalarType::int64};
  note.fields = {field(FieldNumber(1), "_id", ScalarType::int64),
                 field(FieldNumber(2), "text", ScalarType::string),
                 field(FieldNumber(3), "fridge", ScalarType::link, Collection::none, kFridge),
                 field(FieldNumber(4), "seen", ScalarType::link, Collection::set, kFridge)};
  note.fields[1].nullable = false;
  schema->types.push_back(note);
  TypeDef point;
  point.number = kPoint;
  point.name = "Point";
  point.embedded = true;
  point.fields = {field(FieldNumber(1), "type", ScalarType::string),
                  field(FieldNumber(2), "coordinates", ScalarType::floating, Collection::list)};
  schema->types.push_back(point);
  TypeDef reading;
  reading.number = kReading;
  reading.name = "Reading";
  reading.collection = "shop.readings";
  reading.asymmetric = true;
  reading.key_types = {ScalarType::string};
  reading.fields = {field(FieldNumber(1), "_id", ScalarType::string),
                    field(FieldNumber(2), "celsius", ScalarType::floating),
                    field(FieldNumber(3), "tags", ScalarType::string, Collection::list)};
  schema->types.push_back(reading);
  return schema;
}

std::optional<double> celsius_of(const std::optional<Row>& row) {
  if (!row) return std::nullopt;
  const Child* child = row->fields.find(fridge::kCelsius);
  if (child == nullptr || child->item.is_scope() || !child->item.value().is<double>())
    return std::nullopt;
  return child->item.value().get<double>();
}

}  // namespace

std::shared_ptr<const Schema> schema() {
  static const std::shared_ptr<const Schema> made = make_schema();
  return made;
}

KeyPair key(uint8_t n) {
  std::array<uint8_t, 32> seed{};
  seed.fill(n);
  return key_pair_from_seed(seed);
}

ObjectName fridge_name(const std::string& id) { return {kFridge, must(object_key(Value(id)))}; }

void Node::open(uint8_t random) {
  const Bytes server_key(32, 's');
  machine_ = must(Replica::open({id(), key_, server_key, site_of(server_key)}, disk_));
  std::array<uint8_t, 32> bytes{};
  bytes.fill(random);
  step(replica_input::Opened{bytes});
}

ReplicaOutput& Node::step(ReplicaInput input) {
  last = machine_->step(now, std::move(input));
  make_true(last);
  for (const Bytes& frame : last.frames) frames.push_back(frame);
  for (const Timer& timer : last.timers) timers.push_back(timer);
  for (const ObjectChange& change : last.changes) changes.push_back(change);
  for (const ReceiptRecord& receipt : last.receipts) receipts.push_back(receipt);
  return last;
}

void Node::make_true(const ReplicaOutput& out) {
  if (out.ingest) {
    auto run = must(disk_->start_ingestion());
    for (const auto& [from, to] : out.ingest->prefixes) {
      auto staged = disk_->scan(from, prefix_end(from));
      for (; staged->valid(); staged->next())
        must(run->add(to + Bytes(staged->key().substr(from.size())), staged->value()));
    }
    must(run->commit(out.batch));
    return;
  }
  EXPECT_EQ(out.batch.empty(), out.write_number == 0 || (out.want_sync_soon && out.batch.empty()));
  if (!out.batch.empty() || out.sync) must(disk_->write(out.batch, BatchKind::logged, out.sync));
}

void Node::sync() {
  must(disk_->sync());
  step(replica_input::Synced{UINT64_MAX});
}

Hello Node::connect() {
  step(replica_input::Connected{});
  auto hellos = take<Hello>();
  if (hellos.empty()) {
    // Sent away before: the backoff goes on.
    EXPECT_EQ(timers.back().name, "hello");
    now.monotonic_ms = timers.back().at_monotonic_ms;
    step(replica_input::TimerFired{"hello"});
    hellos = take<Hello>();
  }
  EXPECT_EQ(hellos.size(), 1u);
  return hellos.empty() ? Hello() : hellos.back();
}

void Node::welcome(const Hello& hello, const Authority& authority) {
  receive(authority.welcome(hello));
}

std::optional<double> Node::celsius(const std::string& id) const { return celsius_of(shown(id)); }
std::optional<double> Node::confirmed_celsius(const std::string& id) const {
  return celsius_of(must(read_confirmed(*disk_, fridge_name(id))));
}

Cursor Authority::cursor(uint64_t seq) const {
  return {incarnation, LogSeq(seq), hash("chain", std::to_string(seq))};
}

Welcome Authority::welcome(const Hello& hello) const {
  Welcome welcome;
  welcome.hello = hello.nonce;
  welcome.session = session;
  welcome.incarnation = incarnation;
  welcome.head = std::max(head, hello.cursor.seq);
  welcome.epoch = epoch;
  welcome.received_number = received;
  welcome.upload_credit_bytes = credit;
  welcome.user = "ann";
  welcome.schema_mark = schema()->mark();
  if (hello.schema_mark != schema()->mark()) welcome.schema = encode_schema(*schema());
  return welcome;
}

Cursor Authority::cursor_of(const Node& node) const {
  return const_cast<Node&>(node).machine().status().cursor;
}

Delta Authority::delta(const Node& node, uint64_t to) const {
  Delta delta;
  delta.session = session;
  delta.from = cursor_of(node);
  delta.to = cursor(to);
  delta.token = token;
  return delta;
}

Row fridge_row(const std::string& id, double celsius, uint64_t seq, uint64_t born) {
  Row row;
  row.id = Value(id);
  row.born = LogSeq(born == 0 ? seq : born);
  row.changed = LogSeq(seq);
  row.fields.put(fridge::kCelsius, Item(Value(celsius)));
  return row;
}

Bytes enter(const Row& row, TypeNumber type) {
  ObjectDelta delta;
  delta.kind = ObjectDelta::Kind::enter;
  delta.object = {type, must(object_key(row.id))};
  delta.seq = row.changed;
  delta.row = encode_row(row);
  return encode_object_delta(delta);
}

Bytes update(const std::string& id, uint64_t seq, std::vector<Effect> effects) {
  ObjectDelta delta;
  delta.kind = ObjectDelta::Kind::update;
  delta.object = fridge_name(id);
  delta.seq = LogSeq(seq);
  delta.effects = std::move(effects);
  return encode_object_delta(delta);
}

Bytes leave(const std::string& id, uint64_t seq) {
  ObjectDelta delta;
  delta.kind = ObjectDelta::Kind::leave;
  delta.object = fridge_name(id);
  delta.seq = LogSeq(seq);
  return encode_object_delta(delta);
}

Effect put_celsius(double celsius) {
  Effect effect;
  effect.kind = Effect::Kind::put;
  effect.path = {fridge::kCelsius};
  effect.item = Item(Value(celsius));
  return effect;
}

Decision committed(const ChangesetName& name, const Hash& payload_hash, uint64_t seq) {
  return {name, payload_hash, LogSeq(seq), DecisionState::committed, {}};
}

Decision refused(const ChangesetName& name, const Hash& payload_hash, uint64_t seq,
                 std::vector<uint32_t> ordinals) {
  Decision decision{name, payload_hash, LogSeq(seq), DecisionState::refused, {}};
  for (uint32_t ordinal : ordinals) {
    Outcome outcome;
    outcome.ordinal = ordinal;
    outcome.verdict = Verdict::refused;
    outcome.reason = Reason::permission;
    outcome.text = "role reader may not write";
    decision.outcomes.push_back(outcome);
  }
  return decision;
}

Hash pending_hash(const Reader& reader, const ChangesetName& name) {
  const auto order = must(order_of_name(reader, name));
  if (!order) return {};
  const auto bytes = must(reader.get(node_keys::written(*order)));
  return bytes ? must(decode_written(*bytes)).record.hash : Hash();
}

}  // namespace syncline::test
