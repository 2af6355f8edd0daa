#include "node/cli/data_port.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/authority/stored_object.h"
#include "node/replica/reading.h"
#include "node/replica/state_hash.h"
#include "node/runtime/node_inside.h"

namespace syncline {
namespace {

Status in_operation(size_t place, Status status) {
  if (status) return {};
  return std::unexpected(status.error().within(fmt::format("operation {}", place)));
}

// Performs all of them; what each recorded is remembered, so that outcomes can speak of the
// operations as they were given.
class Recorded {
 public:
  template <class Writer, class TypeOf>
  Status perform_all(Writer& writer, const std::vector<UserOperation>& operations,
                     const TypeOf& type_of) {
    firsts_.clear();
    changes_nothing_ = false;
    for (size_t i = 0; i < operations.size(); ++i) {
      firsts_.push_back(writer.operations());
      auto type = type_of(operations[i]);
      if (!type) return in_operation(i, std::unexpected(type.error()));
      SYNCLINE_TRY(in_operation(i, perform(writer, *type, operations[i])));
    }
    changes_nothing_ = writer.operations() == 0;
    if (changes_nothing_) return fail(ErrorCode::kUsage, "the transaction changes nothing");
    return {};
  }
  // Whether that was why perform_all() failed.
  bool changes_nothing() const { return changes_nothing_; }
  ReceiptStatus as_given(ReceiptStatus status) const {
    for (OperationOutcome& outcome : status.outcomes) {
      const auto after = std::upper_bound(firsts_.begin(), firsts_.end(), outcome.operation);
      if (after != firsts_.begin())
        outcome.operation = static_cast<uint32_t>(after - firsts_.begin() - 1);
    }
    return status;
  }

 private:
  std::vector<uint32_t> firsts_;  // by operation as given: the first that it recorded
  bool changes_nothing_ = false;
};

class NodePort : public DataPort {
 public:
  explicit NodePort(Node* node) : node_(node) {}

  Result<std::shared_ptr<const Schema>> schema() const override {
    std::shared_ptr<const Schema> schema = node_schema(*node_);
    if (schema == nullptr)
      return fail(ErrorCode::kNotFound,
                  "no schema yet: it comes with the first connection to the authority (`syncline "
                  "node run`)");
    return schema;
  }

  Result<std::optional<ReceiptStatus>> write(const std::vector<UserOperation>& operations,
                                             bool all_or_nothing, WaitFor wait,
                                             std::chrono::milliseconds timeout) override {
    const Durability durability = wait == WaitFor::queued ? Durability::group : Durability::commit;
    Recorded recorded;
    Result<Receipt> receipt = node_->write(durability, [&](Transaction& transaction) -> Status {
      transaction.all_or_nothing(all_or_nothing);
      return recorded.perform_all(
          transaction, operations,
          [](const UserOperation& operation) -> Result<std::string> { return operation.type; });
    });
    if (recorded.changes_nothing()) return std::nullopt;
    if (!receipt) return std::unexpected(receipt.error());
    if (wait != WaitFor::decided) {
      SYNCLINE_ASSIGN(ReceiptStatus status, receipt->status());
      return recorded.as_given(std::move(status));
    }
    SYNCLINE_ASSIGN(ReceiptStatus status, receipt->wait(ReceiptState::committed, timeout));
    return recorded.as_given(std::move(status));
  }

  Result<std::optional<Row>> get(const ObjectName& name) const override {
    return read_object(node_reader(*node_), name);
  }

  Status each(TypeNumber type, bool confirmed,
              const std::function<bool(const Row&)>& visit) const override {
    const std::unique_ptr<Reader> snapshot = node_snapshot(*node_);
    return visit_objects(*snapshot, type, confirmed,
                         [&](const ObjectKey&, const Row& row) { return visit(row); });
  }

  Status matching(const query::BoundQuery& query, query::ObjectSource& source,
                  const std::function<bool(const FoundObject&)>& visit,
                  SearchCost* cost) const override {
    const std::unique_ptr<Reader> snapshot = node_snapshot(*node_);
    return visit_matching(*snapshot, query, source, query::Needed::result, visit, cost);
  }

  Status can_read(const TypeDef& type) const override {
    if (type.asymmetric) return std::unexpected(not_readable(type));
    return {};
  }

 private:
  Node* node_;
};

class AuthorityPort : public DataPort {
 public:
  explicit AuthorityPort(AuthorityDaemon* authority) : authority_(authority) {}

  Result<std::shared_ptr<const Schema>> schema() const override {
    auto deployed = authority_->deployed();
    if (deployed == nullptr)
      return fail(ErrorCode::kNotFound, "no app is deployed: `syncline app deploy DIR`");
    return std::shared_ptr<const Schema>(deployed, &deployed->schema());
  }

  Result<std::optional<ReceiptStatus>> write(const std::vector<UserOperation>& operations,
                                             bool all_or_nothing, WaitFor,
                                             std::chrono::milliseconds) override {
    Recorded recorded;
    Result<Decision> written = authority_->write([&](Draft& draft) -> Status {
      draft.set_all_or_nothing(all_or_nothing);
      return recorded.perform_all(
          draft, operations, [&](const UserOperation& operation) -> Result<TypeNumber> {
            const TypeDef* type = draft.schema().type(operation.type);
            if (type == nullptr || is_system(type->number))
              return fail(ErrorCode::kNotFound, fmt::format("there is no type {}", operation.type));
            return type->number;
          });
    });
    if (recorded.changes_nothing()) return std::nullopt;
    if (!written) return std::unexpected(written.error());
    const Decision& decision = *written;
    ReceiptStatus status{decision.name, ReceiptState::committed, decision.seq, {}};
    if (decision.state == DecisionState::refused) status.state = ReceiptState::refused;
    if (decision.state == DecisionState::superseded) status.state = ReceiptState::superseded;
    for (const Outcome& outcome : decision.outcomes)
      status.outcomes.push_back({outcome.ordinal, outcome.verdict == Verdict::refused,
                                 std::string(name_of(outcome.reason)), outcome.text,
                                 outcome.superseded_by});
    return recorded.as_given(std::move(status));
  }

  Result<std::optional<Row>> get(const ObjectName& name) const override {
    return read_row(authority_->state(), name);
  }

  Status each(TypeNumber type, bool, const std::function<bool(const Row&)>& visit) const override {
    const std::unique_ptr<Reader> snapshot = authority_->state().snapshot();
    auto rows = scan_rows(*snapshot, type);
    for (; rows->valid(); rows->next()) {
      SYNCLINE_ASSIGN(Row row, decode_row(rows->value()));
      if (!visit(row)) break;
    }
    return rows->status();
  }

  Status matching(const query::BoundQuery& query, query::ObjectSource& source,
                  const std::function<bool(const FoundObject&)>& visit,
                  SearchCost* cost) const override {
    cost->plan = "scan";
    const std::unique_ptr<Reader> snapshot = authority_->state().snapshot();
    auto rows = scan_rows(*snapshot, query.type);
    for (; rows->valid(); rows->next()) {
      ++cost->examined;
      SYNCLINE_ASSIGN(const Row row, decode_row_fields(rows->value(), query.reads.fields));
      if (!query::matches(query, row, source)) continue;
      ++cost->matched;
      SYNCLINE_ASSIGN(const ObjectKey key, object_key(row.id));
      if (!visit({key, row, rows->value()})) break;
    }
    return rows->status();
  }

  Status can_read(const TypeDef&) const override { return {}; }

 private:
  AuthorityDaemon* authority_;
};

}  // namespace

Result<const TypeDef*> DataPort::type_of(const Schema& schema, const std::string& name) const {
  const TypeDef* type = schema.type(name);
  if (type != nullptr && !type->embedded && !is_system(type->number)) return type;
  std::string known;
  for (const TypeDef& one : schema.types)
    if (!one.embedded && !is_system(one.number)) known += (known.empty() ? "" : ", ") + one.name;
  return fail(ErrorCode::kNotFound, fmt::format("there is no type {}; there are {}", name,
                                                known.empty() ? "none" : known));
}

Result<const TypeDef*> DataPort::readable_type_of(const Schema& schema,
                                                  const std::string& name) const {
  SYNCLINE_ASSIGN(const TypeDef* type, type_of(schema, name));
  SYNCLINE_TRY(can_read(*type));
  return type;
}

std::unique_ptr<DataPort> make_data_port(Node* node) { return std::make_unique<NodePort>(node); }
std::unique_ptr<DataPort> make_data_port(AuthorityDaemon* authority) {
  return std::make_unique<AuthorityPort>(authority);
}

Result<std::string> hash_of_objects(const DataPort& port, const std::string& only) {
  SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port.schema());
  std::vector<const TypeDef*> types;
  // What only the authority holds is no part of what all are to agree on.
  for (const TypeDef& type : schema->types)
    if (!type.embedded && !is_system(type.number) &&
        (only.empty() ? !type.asymmetric : type.name == only))
      types.push_back(&type);
  std::sort(types.begin(), types.end(),
            [](const TypeDef* a, const TypeDef* b) { return a->name < b->name; });
  StateHasher hasher;
  for (const TypeDef* type : types)
    SYNCLINE_TRY(port.each(type->number, true, [&](const Row& row) {
      return hasher.add(*schema, type->number, row), true;
    }));
  return to_hex(hasher.finish().view());
}

}  // namespace syncline
