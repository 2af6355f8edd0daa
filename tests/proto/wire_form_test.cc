// The .proto files are the protocol's specification: the generated classes read what the
// hand-written codec wrote, know every field of it, and write the same bytes.
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include "proto/session.pb.h"
#include "tests/proto/random_messages.h"

namespace syncline::test {
namespace {

// The first field in the message, or below it, that its .proto does not have.
std::string unknown_field(const google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  const auto& unknown = reflection->GetUnknownFields(message);
  if (!unknown.empty()) {
    return message.GetTypeName() + " field " + std::to_string(unknown.field(0).number());
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const auto& inner = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                               : reflection->GetMessage(message, field);
      if (std::string found = unknown_field(inner); !found.empty()) return found;
    }
  }
  return "";
}

template <class Generated, class Make>
void expect_same_form(Make make) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    RandomMessages random(seed);
    const Bytes bytes = make(random);
    Generated message;
    ASSERT_TRUE(message.ParseFromString(bytes)) << "seed " << seed;
    ASSERT_EQ(unknown_field(message), "") << "seed " << seed;
    ASSERT_EQ(message.SerializeAsString(), bytes) << "seed " << seed;
  }
}

TEST(WireForm, IsWhatTheProtoFilesSay) {
  using R = RandomMessages;
  expect_same_form<wire::Value>([](R& r) { return encode_value(r.value()); });
  expect_same_form<wire::Value>([](R& r) { return encode_item(r.item()); });
  expect_same_form<wire::Row>([](R& r) { return encode_row(r.row()); });
  expect_same_form<wire::MergeRow>([](R& r) { return encode_merge_row(r.merge_row()); });
  expect_same_form<wire::Schema>([](R& r) { return encode_schema(r.schema()); });
  expect_same_form<wire::Changeset>([](R& r) { return encode_changeset(r.changeset()); });
  expect_same_form<wire::Envelope>([](R& r) { return encode_envelope(r.envelope()); });
  expect_same_form<wire::Entry>([](R& r) { return encode_entry(r.entry()); });
  expect_same_form<wire::Decision>([](R& r) { return encode_decision(r.decision()); });
  expect_same_form<wire::ObjectDelta>([](R& r) { return encode_object_delta(r.object_delta()); });
  expect_same_form<wire::Cursor>([](R& r) { return encode_cursor(r.cursor()); });
}

TEST(WireForm, OfMessagesIsWhatTheProtoFilesSay) {
  for (size_t which = 0; which < std::variant_size_v<Message>; ++which) {
    SCOPED_TRACE(which);
    expect_same_form<wire::Message>([&](RandomMessages& r) {
      Bytes frame = encode_message(r.message(which));
      while (frame[0] != 0) frame = encode_message(r.message(which));  // compressed: another
      return frame.substr(1);
    });
  }
}

// The numbers of the C++ enums are those of the .proto files.
TEST(WireForm, AgreesOnTheNumbersOfEnums) {
  EXPECT_EQ(static_cast<int>(ScopeKind::set), wire::SET);
  EXPECT_EQ(static_cast<int>(OperationKind::remove_object), wire::Operation::REMOVE_OBJECT);
  EXPECT_EQ(static_cast<int>(OperationKind::increment), wire::Operation::INCREMENT);
  EXPECT_EQ(static_cast<int>(Verdict::refused), wire::REFUSED);
  EXPECT_EQ(static_cast<int>(Effect::Kind::move), wire::Effect::MOVE);
  EXPECT_EQ(static_cast<int>(ObjectEffect::Change::unchanged), wire::ObjectEffect::UNCHANGED);
  EXPECT_EQ(static_cast<int>(DecisionState::accepted_at_site), wire::Decision::ACCEPTED_AT_SITE);
  EXPECT_EQ(static_cast<int>(ObjectDelta::Kind::leave), wire::ObjectDelta::LEAVE);
  EXPECT_EQ(static_cast<int>(Delta::Kind::bootstrap), wire::Delta::BOOTSTRAP);
  EXPECT_EQ(static_cast<int>(ScalarType::link), wire::LINK);
  EXPECT_EQ(static_cast<int>(Collection::dictionary), wire::DICTIONARY_OF);
  for (int i = 0; i < wire::Reason_ARRAYSIZE; ++i) {
    std::string name = wire::Reason_Name(static_cast<wire::Reason>(i));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return std::tolower(c); });
    EXPECT_EQ(name, "reason_" + std::string(name_of(static_cast<Reason>(i))));
  }
  EXPECT_EQ(name_of(static_cast<Reason>(wire::Reason_ARRAYSIZE)), "unknown");
}

}  // namespace
}  // namespace syncline::test
