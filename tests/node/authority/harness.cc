#include "tests/node/authority/harness.h"

#include "node/authority/deploying.h"
#include "node/authority/fold.h"
#include "proto/buckets.h"

namespace syncline::authority_test {
namespace {

constexpr const char* kBoxSchema = R"({
  "title": "Box", "bsonType": "object", "required": ["_id"],
  "properties": {
    "_id": {"bsonType": "string"},
    "name": {"bsonType": "string", "maxLength": 40},
    "count": {"bsonType": "long"},
    "secret": {"bsonType": "string"},
    "locked": {"bsonType": "bool"},
    "notes": {"bsonType": "array", "items": {"bsonType": "string"}},
    "any": {"bsonType": "mixed"},
    "note": {"bsonType": "string"}
  }})";
constexpr const char* kBoxRelationships = R"({
  "note": {"ref": "#/relationship/mongodb-atlas/d/notes", "foreign_key": "_id", "is_list": false}})";
constexpr const char* kNoteSchema = R"({
  "title": "Note", "bsonType": "object", "required": ["_id"],
  "properties": {"_id": {"bsonType": "string"}, "text": {"bsonType": "string"}}})";
constexpr const char* kBoxRules = R"({"database": "d", "collection": "boxes", "roles": [
  {"name": "boss", "apply_when": {"%%user.custom_data.boss": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "clerk", "apply_when": {}, "document_filters": {"read": true, "write": true}, "insert": true, "delete": false,
   "fields": {"locked": {"read": true, "write": false}, "secret": {"read": false, "write": false}},
   "additional_fields": {"read": true, "write": true}}]})";
constexpr const char* kNoteRules = R"({"database": "d", "collection": "notes", "roles": [
  {"name": "boss", "apply_when": {"%%user.custom_data.boss": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "clerk", "apply_when": {}, "document_filters": {"read": true, "write": false}, "read": true, "write": false,
   "insert": false, "delete": false}]})";

std::array<uint8_t, 32> bytes_of(uint8_t fill) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(fill);
  return bytes;
}

}  // namespace

AppFiles small_app() {
  const std::string base = "data_sources/mongodb-atlas/";
  return {
      {"realm_config.json", R"({"config_version": 20210101, "name": "small"})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "d/boxes/schema.json", kBoxSchema},
      {base + "d/boxes/rules.json", kBoxRules},
      {base + "d/boxes/relationships.json", kBoxRelationships},
      {base + "d/notes/schema.json", kNoteSchema},
      {base + "d/notes/rules.json", kNoteRules},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "d",
         "queryable_fields_names": ["count"], "collection_queryable_fields_names": {"Box": ["name", "note"]}})"}};
}

std::string noise(size_t bytes, uint64_t seed) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve(bytes);
  for (uint64_t state = seed * 0x9e3779b97f4a7c15 + 1; out.size() < bytes;) {
    state = state * 6364136223846793005 + 1442695040888963407;
    out.push_back(kDigits[state >> 58]);
  }
  return out;
}

std::map<Bytes, Bytes> state_of(const Reader& reader) {
  std::map<Bytes, Bytes> out;
  for (auto at = reader.scan({}, {}); at->valid(); at->next()) {
    const auto space = static_cast<Keyspace>(at->key()[0]);
    if (space == Keyspace::state_view || space == Keyspace::state_node_hint) continue;
    if (space != Keyspace::state_decision && space != Keyspace::state_entry) {
      out[Bytes(at->key())] = Bytes(at->value());
      continue;
    }
    // Where one run ends and the next begins depends on what was decided together.
    const size_t prefix = at->key().size() - 8;
    uint64_t number = get_u64_big_endian(at->key().substr(prefix));
    for (const BytesView item : must(decode_run(at->value()))) {
      Bytes key(at->key().substr(0, prefix));
      put_u64_big_endian(&key, number++);
      out[std::move(key)] = Bytes(item);
    }
  }
  return out;
}

// ---- Device ----

Device::Device(uint8_t identity)
    : key(key_pair_from_seed(bytes_of(identity))), id(node_id_of(key.public_key)) {}

Hello Device::hello() const {
  Hello hello;
  hello.node = id;
  hello.schema_version = version;
  hello.nonce = SessionNonce(9);
  hello.cursor = cursor;
  hello.token = token;
  if (!staged_.empty() && staged_.back().kind == Delta::Kind::bootstrap) {
    hello.resume.token = staged_.back().token;
    hello.resume.seq = staged_.front().to.seq;
    hello.resume.incarnation = staged_.front().to.incarnation;
    for (const Delta& part : staged_) {
      for (const Bytes& bytes : part.objects) {
        const ObjectDelta object = must(decode_object_delta(bytes));
        hello.resume.type = object.object.type;
        hello.resume.last_key = object.object.key;
      }
    }
  }
  return hello;
}

Objects Device::staged() const {
  Device copy = *this;
  copy.held.clear();
  for (const Delta& part : staged_)
    for (const Bytes& bytes : part.objects) copy.take_object(must(decode_object_delta(bytes)));
  return copy.held;
}

HaveList Device::answer_to(const HaveAsk& ask) {
  const Objects asked = ask.staged ? staged() : held;
  HaveList list{session, ask.request, cursor, {}, true};
  listed_.clear();
  for (const HaveAsk::Buckets& type : ask.types) {
    for (uint32_t bucket : type.buckets) {
      HaveList::Bucket& out = list.buckets.emplace_back();
      out.type = type.type, out.bucket = bucket;
      for (const auto& [name, row] : asked)
        if (name.type == type.type &&
            bucket_of(ask.salt, name.type, name.key, ask.bucket_bits) == bucket)
          out.keys.push_back(name.key);
      listed_[{type.type, bucket}] = out.keys;
    }
  }
  return list;
}

void Device::take_object(const ObjectDelta& object) {
  told.push_back(object);
  switch (object.kind) {
    case ObjectDelta::Kind::enter:
      held[object.object] = must(decode_row(object.row)).fields;
      return;
    case ObjectDelta::Kind::update:
      ASSERT_TRUE(held.contains(object.object)) << "an update of what it does not hold";
      must(apply_effects(&held[object.object], object.effects));
      return;
    case ObjectDelta::Kind::leave:
      held.erase(object.object);
      return;
  }
}

void Device::take(const Delta& delta) {
  if (delta.part == 0) staged_.clear();
  staged_.push_back(delta);
  if (!delta.last) return;
  EXPECT_EQ(delta.from, cursor) << "a delta from where the device does not stand";
  if (delta.kind == Delta::Kind::bootstrap) held.clear();
  Bytes fragments;
  for (const Delta& part : std::exchange(staged_, {})) {
    for (const Leaves& leaves : part.leaves)
      for (uint32_t position : leaves.positions)
        held.erase({leaves.type, listed_.at({leaves.type, leaves.bucket}).at(position)});
    for (const Bytes& bytes : part.objects) take_object(must(decode_object_delta(bytes)));
    if (!part.fragment.empty()) {
      EXPECT_EQ(part.fragment_offset, fragments.size());
      fragments += part.fragment;
      if (fragments.size() == part.fragment_total)
        take_object(must(decode_object_delta(std::exchange(fragments, {}))));
    }
    for (const Decision& decision : part.decisions) {
      EXPECT_LE(decision.seq, delta.to.seq);
      EXPECT_EQ(decision.name.origin, id) << "told of another's decision";
      decided[decision.name] = decision;
    }
  }
  cursor = delta.to;
  token = delta.token;
}

std::vector<Message> Device::receive(const Message& message) {
  got.push_back(message);
  if (const Welcome* welcome = std::get_if<Welcome>(&message)) {
    session = welcome->session;
    consumed_ = 0;
  }
  if (const HaveAsk* ask = std::get_if<HaveAsk>(&message); ask != nullptr && answers)
    return {answer_to(*ask)};
  if (const Delta* delta = std::get_if<Delta>(&message)) {
    take(*delta);
    if (gives_credit) return {progress()};
  }
  return {};
}

// ---- Site ----

Site::Site() {
  options.id = NodeId(0xa0);
  options.server_key = Bytes(32, 'K');
  must(initialise_state(&disk, Incarnation(77)));
  start(options);
  deploy(small_app());
  write([&](Draft& draft) {
    for (const bool boss : {true, false})
      must(draft.put(system_type::kUser, Document{{"_id", boss ? "boss" : "clerk"},
                                                  {"custom_data", Document{{"boss", boss}}}}));
  });
}

void Site::deploy(const AppFiles& app) {
  const Deployment deployment =
      must(plan_deployment(app, driver_->machine().deployed().get(), RolesWithoutFilters::deny,
                           nullptr, driver_->machine().restores()));
  write([&](Draft& draft) { must(draft.put(system_type::kApp, deployment.record)); });
}

void Site::start(AuthorityOptions given) {
  if (given.id.value != 0) options = std::move(given);
  options.fence = must(log.acquire());
  options.log_head = must(recover(&disk, log)).head;
  driver_ =
      std::make_unique<AuthorityDriver>(must(Authority::open(options, &disk)), &disk, world());
  inbox_.clear();
  by_connection_.clear();
  ended = {};
  run({authority_input::Opened{bytes_of(static_cast<uint8_t>(options.fence.value))}});
}

AuthorityWorld Site::world() {
  AuthorityWorld world;
  world.append = [this](std::shared_ptr<const LogAppend> append) {
    if (!holds_appends) inbox_.push_back(authority_input::CommitAnswered{log.append(*append)});
    appends.push_back(*append);
  };
  world.send = [this](Send send) {
    auto to = by_connection_.find(send.to.value);
    if (to == by_connection_.end()) return;
    Device& device = *to->second;
    const Message message = must(decode_message(send.frame));
    if (std::holds_alternative<Delta>(message)) device.consumed_ += send.frame.size();
    for (const Message& answer : device.receive(message)) inbox_.push_back(arrive(device, answer));
  };
  world.arm = [this](const Timer& timer) { timers.push_back(timer); };
  world.decided_local = [this](uint64_t ticket, Decision decision) {
    local[ticket] = std::move(decision);
  };
  world.event = [this](const AuthorityEvent& event) { happened.push_back(event); };
  world.directory_changed = [] {};
  world.flush = [this](LogIndex applied) {
    must(disk.flush());
    inbox_.push_back(authority_input::Flushed{applied});
  };
  world.trim = [this](LogIndex to) { must(log.trim(to)); };
  return world;
}

void Site::run(std::vector<AuthorityInput> inputs) {
  for (int turns = 0;; ++turns) {
    ASSERT_LT(turns, 100'000) << "it does not come to rest";
    Result<AuthorityDriver::Next> next = driver_->step(now, std::exchange(inputs, {}));
    if (!next) {
      ended = std::unexpected(next.error());
      return;
    }
    if (!inbox_.empty()) {
      inputs.push_back(std::move(inbox_.front()));
      inbox_.pop_front();
    } else if (*next != AuthorityDriver::Next::again) {
      return;
    }
  }
}

Decision Site::write(const Edit& edit) {
  const Decision decision = try_to_write(edit);
  for (const Outcome& outcome : decision.outcomes) EXPECT_EQ(outcome.text, "");
  return decision;
}

Decision Site::try_to_write(const Edit& edit) {
  Draft draft = authority_draft(machine(), disk);
  edit(draft);
  const ChangesetName name = draft.name();
  const uint64_t ticket = next_ticket_++;
  run({authority_input::Local{ticket, name, take_changeset(std::move(draft), now.clock())}});
  return local[ticket];
}

Decision Site::deploy(const Deployment& planned) {
  Draft draft = authority_draft(machine(), disk);
  must(draft.put(system_type::kApp, planned.record));
  const ChangesetName name = draft.name();
  const uint64_t ticket = next_ticket_++;
  Changeset changeset = take_changeset(std::move(draft), now.clock());
  changeset.guards = planned.planned_on;
  run({authority_input::Local{ticket, name, std::move(changeset)}});
  return local[ticket];
}

Edit Site::put_box(const std::string& id, const std::string& name) const {
  return [=, box = type("Box")](Draft& draft) {
    must(draft.put(box, Document{{"_id", id}, {"name", name}}));
  };
}

Edit Site::set_box(const std::string& id, const std::string& field, const Value& value) const {
  return [=, box = type("Box")](Draft& draft) { must(draft.set(box, id, {field}, value)); };
}

Edit Site::remove_box(const std::string& id) const {
  return [=, box = type("Box")](Draft& draft) { must(draft.remove(box, id)); };
}

Device& Site::enrol(const std::string& user) {
  Device& device = devices_.emplace_back(static_cast<uint8_t>(devices_.size() + 1));
  write([&](Draft& draft) {
    const PublicKey& key = device.key.public_key;
    must(draft.put(system_type::kNode,
                   Document{{"_id", to_string(device.id)},
                            {"name", "n" + to_string(device.id)},
                            {"user", user},
                            {"node_key", "-"},
                            {"identity_key",
                             to_hex({reinterpret_cast<const char*>(key.data()), key.size()})}}));
  });
  return device;
}

void Site::subscribe(const Device& device, const std::vector<std::string>& types,
                     const std::string& query) {
  write([&](Draft& draft) {
    for (const std::string& type : types)
      must(draft.put(system_type::kSubscription,
                     Document{{"_id", subscription_prefix(device.id) + type},
                              {"node", to_string(device.id)},
                              {"type", type},
                              {"query", query}}));
  });
}

void Site::unsubscribe(const Device& device, const std::string& type) {
  write([&](Draft& draft) {
    must(draft.remove(system_type::kSubscription, subscription_prefix(device.id) + type));
  });
}

void Site::connect(Device& device) {
  device.connection = ConnectionId(next_connection_++);
  by_connection_[device.connection.value] = &device;
  Hello hello = device.hello();
  hello.signature = sign(device.key, hello_signing_bytes(hello, options.server_key));
  run({arrive(device, hello)});
}

void Site::disconnect(Device& device) {
  by_connection_.erase(device.connection.value);
  run({authority_input::Closed{device.connection}});
}

AuthorityInput Site::arrive(const Device& device, const Message& message) const {
  const auto known = driver_->machine().identities();
  const auto lookup = [&](NodeId node) -> std::optional<PublicKey> {
    auto it = known->find(node);
    return it == known->end() ? std::nullopt : std::optional(it->second);
  };
  return authority_input::Frame{device.connection, device.id,
                                intake(encode_message(message), device.id,
                                       site_of(options.server_key), options.server_key, lookup)};
}

Changeset Site::changeset(const Device& device, const Edit& edit) const {
  std::shared_ptr<const Deployed> deployed = driver_->machine().deployed();
  Draft draft = draft_over(
      deployed->versions->in_force(device.version)->shared_schema(),
      {device.id, device.epoch, device.number + 1}, head(),
      [this](const ObjectName& name) -> Result<std::optional<Row>> { return row(name); });
  edit(draft);
  return take_changeset(std::move(draft), now.clock());
}

AuthorityInput Site::offer(Device& device, const std::vector<Bytes>& payloads) {
  return offer_as(device, payloads, false);
}

std::vector<AuthorityInput> Site::offer_in_parts(Device& device, const Bytes& payload) {
  constexpr size_t kPart = 512u << 10;
  const ChangesetName name{device.id, device.epoch, device.number + 1};
  std::vector<AuthorityInput> out;
  for (size_t at = 0; at < payload.size(); at += kPart)
    out.push_back(arrive(
        device, UploadPart{device.session, name, at, payload.size(), payload.substr(at, kPart)}));
  out.push_back(offer_as(device, {payload}, true));
  return out;
}

AuthorityInput Site::offer_as(Device& device, const std::vector<Bytes>& payloads, bool in_parts) {
  Envelope envelope;
  envelope.site = site_of(options.server_key);
  envelope.origin = device.id;
  envelope.epoch = device.epoch;
  envelope.first_number = device.number + 1;
  envelope.previous = device.previous;
  for (const Bytes& payload : payloads) envelope.hashes.push_back(payload_hash(payload));
  envelope.signature = sign(device.key, envelope_signing_bytes(envelope));
  device.number += payloads.size();
  device.previous = envelope.hashes.back();
  return arrive(device, Upload{device.session, encode_envelope(envelope),
                               in_parts ? std::vector<Bytes>(1) : payloads, now.clock()});
}

ChangesetName Site::upload(Device& device, const std::vector<Changeset>& changesets) {
  std::vector<Bytes> payloads;
  for (const Changeset& changeset : changesets) payloads.push_back(encode_changeset(changeset));
  run({offer(device, payloads)});
  return {device.id, device.epoch, device.number};
}

FieldNumber Site::field(uint32_t version, const std::string& type, const std::string& name) const {
  const Schema& schema = driver_->machine().deployed()->versions->in_force(version)->schema();
  return schema.type(type)->field(name)->number;
}

FieldNumber Site::field(const std::string& type, const std::string& name) const {
  for (const FieldDef& field : schema().type(type)->fields)
    if (field.name == name) return field.number;
  ADD_FAILURE() << "no field " << name;
  return {};
}

ObjectName Site::name_of(const std::string& type_name, const std::string& id) const {
  return {type(type_name), must(object_key(Value(id)))};
}

std::optional<Row> Site::row(const ObjectName& name) const { return must(read_row(disk, name)); }

std::vector<Entry> Site::entries() const {
  std::vector<Entry> out;
  EntryAssembler assembler;
  for (LogIndex at = must(log.first());;) {
    const std::vector<LogRecord> records = must(log.read(at, 1u << 20));
    if (records.empty()) return out;
    for (const LogRecord& record : records)
      if (auto entry = must(assembler.add(record.bytes))) out.push_back(std::move(*entry));
    at = LogIndex(records.back().index.value + 1);
  }
}

Decision Site::decision(const ChangesetName& name) const {
  const auto decision = must(read_decision(disk, name));
  EXPECT_TRUE(decision.has_value()) << to_string(name) << " is not decided";
  return decision.value_or(Decision());
}

Objects Site::shown_to(const Device& device) const {
  const auto view = driver_->machine().directory().view_of(device.id);
  Objects out;
  for (const TypeDef& def : schema().types) {
    for (auto at = scan_rows(disk, def.number); at->valid(); at->next()) {
      const ObjectName name{def.number, state_keys::key_of_row(at->key())};
      const StoredRow row{Bytes(at->value())};
      if (const FieldMask* mask = must(view->shows(name, row)))
        out[name] = project(*mask, must(row.row())->fields);
    }
  }
  return out;
}

size_t Site::events(const std::string& name) const {
  return static_cast<size_t>(std::count_if(happened.begin(), happened.end(),
                                           [&](const auto& event) { return event.name == name; }));
}

}  // namespace syncline::authority_test
