// Messages of control: a few for each session, so the generated classes serve. Hello is signed: its
// one form only.
#include "proto/buckets.h"
#include "proto/codec_generated.h"
#include "proto/limits.h"
#include "proto/session.pb.h"

namespace syncline {
namespace codec {
namespace {

constexpr std::string_view kHelloDomain("syncline hello\0", 15);
constexpr int kFeaturesMax = 64;
constexpr size_t kSignatureBytes = 64;
constexpr size_t kTextBytesMax = 64u << 10;

void to_wire(const Hash& hash, std::string* out) {
  if (hash != Hash()) out->assign(hash.view());
}

bool from_wire(Decoder& d, std::string_view what, const std::string& in, Hash* out) {
  if (in.empty()) return true;
  if (in.size() != out->bytes.size()) return d.malformed(fmt::format("{}: not 32 bytes", what));
  std::memcpy(out->bytes.data(), in.data(), in.size());
  return true;
}

void to_wire(const Cursor& cursor, wire::Cursor* out) {
  out->set_incarnation(cursor.incarnation.value);
  out->set_seq(cursor.seq.value);
  to_wire(cursor.hash, out->mutable_hash());
}

bool from_wire(Decoder& d, const wire::Cursor& in, Cursor* out) {
  out->incarnation = Incarnation(in.incarnation());
  out->seq = LogSeq(in.seq());
  return from_wire(d, "Cursor.hash", in.hash(), &out->hash);
}

template <class M>
void forks_to_wire(const Forks& forks, M* out) {
  for (const Fork& fork : forks) {
    wire::Fork* one = out->add_forks();
    one->set_incarnation(fork.incarnation.value);
    one->set_parent(fork.parent.value);
    one->set_seq(fork.seq.value);
  }
}

template <class M>
bool forks_from_wire(Decoder& d, const M& in, Forks* out) {
  if (static_cast<size_t>(in.forks_size()) > limits::kForksMax)
    return d.too_large("forks", limits::kForksMax);
  for (const wire::Fork& fork : in.forks())
    out->push_back(
        {Incarnation(fork.incarnation()), Incarnation(fork.parent()), LogSeq(fork.seq())});
  return true;
}

template <class M>
void features_to_wire(const std::vector<std::string>& features, M* out) {
  for (const std::string& feature : features) out->add_features(feature);
}

template <class M>
bool features_from_wire(Decoder& d, const M& in, std::vector<std::string>* out) {
  if (in.features_size() > kFeaturesMax) return d.too_large("features", kFeaturesMax);
  for (const std::string& feature : in.features()) {
    if (feature.size() > limits::kNameBytesMax) {
      return d.too_large("features, in bytes", limits::kNameBytesMax);
    }
    out->push_back(feature);
  }
  return true;
}

wire::Hello unsigned_hello(const Hello& m) {
  wire::Hello out;
  out.set_version_min(m.version_min);
  out.set_version_max(m.version_max);
  features_to_wire(m.features, &out);
  out.set_node(m.node.value);
  out.set_nonce(m.nonce.value);
  if (m.cursor != Cursor()) to_wire(m.cursor, out.mutable_cursor());
  to_wire(m.token, out.mutable_token());
  out.set_schema_mark(m.schema_mark);
  out.set_schema_version(m.schema_version);
  if (m.resume != Hello::Resume()) {
    wire::Hello::Resume* resume = out.mutable_resume();
    to_wire(m.resume.token, resume->mutable_token());
    resume->set_seq(m.resume.seq.value);
    resume->set_type(m.resume.type.value);
    resume->set_last_key(m.resume.last_key.bytes);
    resume->set_incarnation(m.resume.incarnation.value);
  }
  if (m.now != WriteClock()) {
    out.mutable_now()->set_boot(m.now.boot);
    out.mutable_now()->set_monotonic_ms(m.now.monotonic_ms);
    out.mutable_now()->set_wall_ms(m.now.wall_ms);
  }
  forks_to_wire(m.forks, &out);
  out.set_safe_seq(m.safe_seq.value);
  return out;
}

bool resume_from_wire(Decoder& d, const wire::Hello::Resume& in, Hello::Resume* out) {
  out->seq = LogSeq(in.seq());
  out->type = TypeNumber(in.type());
  out->last_key.bytes = in.last_key();
  out->incarnation = Incarnation(in.incarnation());
  if (!in.last_key().empty() && !id_of(out->last_key)) {
    return d.malformed("Hello.Resume.last_key: no object key");
  }
  return from_wire(d, "Hello.Resume.token", in.token(), &out->token);
}

}  // namespace

Bytes encode_body(const Hello& m) {
  wire::Hello out = unsigned_hello(m);
  out.set_signature(m.signature);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Hello* m) {
  wire::Hello in;
  if (!parse(d, bytes, "Hello", &in)) return false;
  m->version_min = in.version_min();
  m->version_max = in.version_max();
  if (!features_from_wire(d, in, &m->features)) return false;
  m->node = NodeId(in.node());
  m->nonce = SessionNonce(in.nonce());
  if (!from_wire(d, in.cursor(), &m->cursor)) return false;
  if (!from_wire(d, "Hello.token", in.token(), &m->token)) return false;
  m->schema_mark = in.schema_mark();
  m->schema_version = in.schema_version();
  if (!resume_from_wire(d, in.resume(), &m->resume)) return false;
  m->now = {in.now().boot(), in.now().monotonic_ms(), in.now().wall_ms()};
  if (!forks_from_wire(d, in, &m->forks)) return false;
  m->safe_seq = LogSeq(in.safe_seq());
  if (in.signature().size() != kSignatureBytes && !in.signature().empty()) {
    return d.malformed("Hello.signature: not 64 bytes");
  }
  m->signature = in.signature();
  // The signature is checked over an encoding of what was read: there must be no more to it than
  // that.
  return encode_body(*m) == bytes || d.malformed("Hello: an unknown field, or not in its one form");
}

Bytes encode_body(const Progress& m) {
  wire::Progress out;
  out.set_session(m.session.value);
  to_wire(m.integrated, out.mutable_integrated());
  out.set_consumed_bytes(m.consumed_bytes);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Progress* m) {
  wire::Progress in;
  if (!parse(d, bytes, "Progress", &in)) return false;
  m->session = SessionNonce(in.session());
  m->consumed_bytes = in.consumed_bytes();
  return from_wire(d, in.integrated(), &m->integrated);
}

Bytes encode_body(const Welcome& m) {
  wire::Welcome out;
  out.set_version(m.version);
  features_to_wire(m.features, &out);
  out.set_hello(m.hello.value);
  out.set_session(m.session.value);
  out.set_incarnation(m.incarnation.value);
  forks_to_wire(m.forks, &out);
  out.set_head(m.head.value);
  out.set_epoch(m.epoch.value);
  out.set_received_number(m.received_number);
  out.set_upload_credit_bytes(m.upload_credit_bytes);
  out.set_user(m.user);
  out.set_schema(m.schema);
  out.set_schema_mark(m.schema_mark);
  out.set_wall_ms(m.wall_ms);
  out.set_safe_seq(m.safe_seq.value);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Welcome* m) {
  wire::Welcome in;
  if (!parse(d, bytes, "Welcome", &in)) return false;
  m->version = in.version();
  if (!features_from_wire(d, in, &m->features)) return false;
  m->hello = SessionNonce(in.hello());
  m->session = SessionNonce(in.session());
  m->incarnation = Incarnation(in.incarnation());
  if (!forks_from_wire(d, in, &m->forks)) return false;
  m->head = LogSeq(in.head());
  m->epoch = Epoch(in.epoch());
  m->received_number = in.received_number();
  m->upload_credit_bytes = in.upload_credit_bytes();
  m->user = in.user();
  m->schema = in.schema();
  m->schema_mark = in.schema_mark();
  m->wall_ms = in.wall_ms();
  m->safe_seq = LogSeq(in.safe_seq());
  return true;
}

Bytes encode_body(const HelloAgain& m) {
  wire::HelloAgain out;
  out.set_session(m.session.value);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, HelloAgain* m) {
  wire::HelloAgain in;
  if (!parse(d, bytes, "HelloAgain", &in)) return false;
  m->session = SessionNonce(in.session());
  return true;
}

Bytes encode_body(const HaveAsk& m) {
  wire::HaveAsk out;
  out.set_session(m.session.value);
  out.set_request(m.request);
  out.set_salt(m.salt);
  out.set_bucket_bits(m.bucket_bits);
  out.set_with_seq(m.with_seq);
  out.set_staged(m.staged);
  for (const HaveAsk::Buckets& type : m.types) {
    wire::HaveAsk::Buckets* one = out.add_types();
    one->set_type(type.type.value);
    for (uint32_t bucket : type.buckets) one->add_buckets(bucket);
  }
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, HaveAsk* m) {
  wire::HaveAsk in;
  if (!parse(d, bytes, "HaveAsk", &in)) return false;
  m->session = SessionNonce(in.session());
  m->request = in.request();
  m->salt = in.salt();
  m->bucket_bits = in.bucket_bits();
  m->with_seq = in.with_seq();
  m->staged = in.staged();
  if (in.bucket_bits() > kBucketBitsMax) return d.too_large("HaveAsk.bucket_bits", kBucketBitsMax);
  if (static_cast<size_t>(in.types_size()) > limits::kTypesMax) {
    return d.too_large("HaveAsk.types", limits::kTypesMax);
  }
  const uint64_t bucket_count = uint64_t{1} << in.bucket_bits();
  for (const wire::HaveAsk::Buckets& type : in.types()) {
    HaveAsk::Buckets& one = m->types.emplace_back();
    one.type = TypeNumber(type.type());
    for (uint32_t bucket : type.buckets()) {
      if (bucket >= bucket_count) return d.malformed("HaveAsk.Buckets.buckets: no such bucket");
      one.buckets.push_back(bucket);
    }
  }
  return true;
}

Bytes encode_body(const UploadCredit& m) {
  wire::UploadCredit out;
  out.set_session(m.session.value);
  out.set_epoch(m.epoch.value);
  out.set_received_number(m.received_number);
  out.set_credit_bytes(m.credit_bytes);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, UploadCredit* m) {
  wire::UploadCredit in;
  if (!parse(d, bytes, "UploadCredit", &in)) return false;
  m->session = SessionNonce(in.session());
  m->epoch = Epoch(in.epoch());
  m->received_number = in.received_number();
  m->credit_bytes = in.credit_bytes();
  return true;
}

Bytes encode_body(const Goodbye& m) {
  wire::Goodbye out;
  out.set_session(m.session.value);
  out.set_code(static_cast<uint32_t>(m.error.code));
  out.set_text(m.error.message);
  out.set_retry(m.retry);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Goodbye* m) {
  wire::Goodbye in;
  if (!parse(d, bytes, "Goodbye", &in)) return false;
  if (in.code() > UINT16_MAX) return d.malformed("Goodbye.code: beyond 16 bits");
  if (in.text().size() > kTextBytesMax) return d.too_large("Goodbye.text, in bytes", kTextBytesMax);
  m->session = SessionNonce(in.session());
  // A code from a newer version is kept: name_of() and text_of() say that it is not known.
  m->error = Error(static_cast<ErrorCode>(in.code()), in.text());
  m->retry = in.retry();
  return true;
}

Bytes encode_body(const Mark& m) {
  wire::Mark out;
  out.set_session(m.session.value);
  out.set_request(m.request);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Mark* m) {
  wire::Mark in;
  if (!parse(d, bytes, "Mark", &in)) return false;
  m->session = SessionNonce(in.session());
  m->request = in.request();
  return true;
}

Bytes encode_body(const Marked& m) {
  wire::Marked out;
  out.set_session(m.session.value);
  out.set_request(m.request);
  out.set_head(m.head.value);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Marked* m) {
  wire::Marked in;
  if (!parse(d, bytes, "Marked", &in)) return false;
  m->session = SessionNonce(in.session());
  m->request = in.request();
  m->head = LogSeq(in.head());
  return true;
}

Bytes encode_body(const Rights& m) {
  wire::Rights out;
  out.set_session(m.session.value);
  out.set_user(m.user);
  out.set_rights(m.rights);
  out.set_writes_outside_subscriptions(m.writes_outside_subscriptions);
  out.set_development(m.development);
  out.set_declaration_refused(m.declaration_refused);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Rights* m) {
  wire::Rights in;
  if (!parse(d, bytes, "Rights", &in)) return false;
  if (in.rights().size() > limits::kRightsBytesMax)
    return d.too_large("Rights.rights, in bytes", limits::kRightsBytesMax);
  m->session = SessionNonce(in.session());
  m->user = in.user();
  m->rights = in.rights();
  m->writes_outside_subscriptions = in.writes_outside_subscriptions();
  m->development = in.development();
  m->declaration_refused = in.declaration_refused();
  return true;
}

Bytes encode_body(const Declare& m) {
  wire::Declare out;
  out.set_session(m.session.value);
  out.set_declared(m.declared);
  return serialize(out);
}

bool read_body(Decoder& d, BytesView bytes, Declare* m) {
  wire::Declare in;
  if (!parse(d, bytes, "Declare", &in)) return false;
  if (in.declared().size() > limits::kDeclaredSchemaBytesMax)
    return d.too_large("Declare.declared, in bytes", limits::kDeclaredSchemaBytesMax);
  m->session = SessionNonce(in.session());
  m->declared = in.declared();
  return true;
}

}  // namespace codec

Bytes hello_signing_bytes(const Hello& hello, BytesView server_key) {
  CHECK(server_key.size() <= 255, "a server key of at most 255 bytes");
  Bytes out(codec::kHelloDomain);
  out.push_back(static_cast<char>(server_key.size()));
  out.append(server_key);
  out += codec::serialize(codec::unsigned_hello(hello));
  return out;
}

}  // namespace syncline
