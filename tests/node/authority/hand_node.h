// HandNode: speaks the node's side of the protocol by hand, well or badly, frame by frame. Whoever
// owns the connection gives it a way to send and to receive. One thread.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proto/uses.h"

namespace syncline {

class HandNode {
 public:
  // receive: the next frame, waiting for it as long as the test has patience; empty: none came.
  HandNode(NodeId node, KeyPair identity, Bytes server_key, std::function<void(const Bytes&)> send,
           std::function<Bytes()> receive)
      : node(node),
        identity(identity),
        server_key(std::move(server_key)),
        send_frame(std::move(send)),
        receive_frame(std::move(receive)) {}

  void send(const Message& message) { send_frame(encode_message(message)); }
  // The next message of this kind; what else comes is passed over, but its decisions are kept.
  template <class M>
  std::optional<M> receive() {
    for (;;) {
      const Bytes frame = receive_frame();
      if (frame.empty()) return std::nullopt;
      Result<Message> message = decode_message(frame);
      if (!message) {
        ADD_FAILURE() << "the authority sent what does not decode: " << message.error().message;
        return std::nullopt;
      }
      if (const Delta* delta = std::get_if<Delta>(&*message))
        decisions.insert(decisions.end(), delta->decisions.begin(), delta->decisions.end());
      if (M* wanted = std::get_if<M>(&*message)) return std::move(*wanted);
    }
  }
  std::optional<Decision> wait_decision(uint64_t number) {
    for (;;) {
      for (const Decision& decision : decisions)
        if (decision.name == ChangesetName{node, epoch, number}) return decision;
      if (!receive<Delta>()) return std::nullopt;
    }
  }
  // The error that ends the session; its message must tell what to do.
  void expect_goodbye(ErrorCode code, const std::string& text, bool retry) {
    const std::optional<Goodbye> goodbye = receive<Goodbye>();
    ASSERT_TRUE(goodbye) << "no goodbye came";
    EXPECT_EQ(name_of(goodbye->error.code), name_of(code)) << goodbye->error.message;
    EXPECT_NE(goodbye->error.message.find(text), std::string::npos) << goodbye->error.message;
    EXPECT_EQ(goodbye->retry, retry) << goodbye->error.message;
  }

  Hello make_hello() const {
    Hello hello;
    hello.node = node;
    hello.nonce = SessionNonce(77);
    return sign_hello(std::move(hello));
  }
  Hello sign_hello(Hello hello) const {
    hello.signature.clear();
    hello.signature = sign(identity, hello_signing_bytes(hello, server_key));
    return hello;
  }
  void greet() {
    send(make_hello());
    const std::optional<Welcome> welcome = receive<Welcome>();
    ASSERT_TRUE(welcome) << "no welcome came";
    session = welcome->session;
    if (!welcome->schema.empty()) schema = decode_schema(welcome->schema).value();
  }

  // An upload of the next numbers; the hashes are of these payloads.
  Upload make_upload(std::vector<Bytes> payloads) {
    Envelope envelope;
    envelope.site = site_of(server_key);
    envelope.origin = node;
    envelope.epoch = epoch;
    envelope.first_number = next_number;
    envelope.previous = previous;
    for (const Bytes& payload : payloads) envelope.hashes.push_back(payload_hash(payload));
    previous = envelope.hashes.back();
    next_number += payloads.size();
    return seal(std::move(envelope), std::move(payloads));
  }
  Upload seal(Envelope envelope, std::vector<Bytes> payloads) const {
    envelope.signature.clear();
    envelope.signature = sign(identity, envelope_signing_bytes(envelope));
    Upload upload;
    upload.session = session;
    upload.envelope = encode_envelope(envelope);
    upload.payloads = std::move(payloads);
    return upload;
  }
  void upload(std::vector<Bytes> payloads) { send(make_upload(std::move(payloads))); }

  // A changeset that creates one object, with these fields.
  Changeset creating(const std::string& type, const std::string& id,
                     const std::vector<std::pair<std::string, Value>>& fields) const {
    const TypeDef* known = schema.type(type);
    Changeset changeset;
    changeset.schema_mark = schema.mark();
    Group& group = changeset.groups.emplace_back();
    group.id = id;
    group.object = {known == nullptr ? TypeNumber(987'654) : known->number, *object_key(group.id)};
    group.blind = true;
    Scope scope{ScopeKind::object, {}};
    for (const auto& [name, value] : fields) {
      const FieldDef* field = known == nullptr ? nullptr : known->field(name);
      scope.put(field == nullptr ? FieldNumber(8'765) : field->number, Item(value));
    }
    Operation& operation = group.operations.emplace_back();
    operation.kind = OperationKind::create;
    operation.item = Item(std::move(scope));
    return changeset;
  }

  NodeId node;
  KeyPair identity;
  Bytes server_key;
  std::function<void(const Bytes&)> send_frame;
  std::function<Bytes()> receive_frame;
  SessionNonce session;
  Schema schema;
  Epoch epoch{4711};
  uint64_t next_number = 1;
  Hash previous;
  std::vector<Decision> decisions;
};

}  // namespace syncline
