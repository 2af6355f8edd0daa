// Node: transactions and receipts.
#include <fmt/format.h>

#include "node/model/documents.h"
#include "node/replica/subscriptions.h"
#include "node/runtime/node_impl.h"

namespace syncline {
namespace {

Error no_receipt(const ChangesetName& name) {
  return Error(
      ErrorCode::kNotFound,
      fmt::format("no receipt of {}: not written here, or decided long ago", to_string(name)));
}

bool reached(ReceiptState state, ReceiptState wanted) {
  if (state >= ReceiptState::committed) return true;
  return state >= wanted;
}

Result<const TypeDef*> type_named(const Draft& draft, std::string_view name) {
  const TypeDef* type = draft.schema().type(name);
  if (type != nullptr) return type;
  return fail(ErrorCode::kNotFound, fmt::format("there is no type {}{}", name,
                                                draft.schema().revision == 0
                                                    ? ": the schema comes with the first connection"
                                                    : ""));
}

}  // namespace

Result<TypeNumber> Transaction::Impl::written_type(std::string_view name) {
  SYNCLINE_ASSIGN(const TypeDef* type, type_named(draft, name));
  if (anywhere || type->asymmetric || type->embedded || is_system(type->number))
    return type->number;
  SubscribedTypes* subscribed = subscribes ? &now : before;
  if (!*subscribed) {
    SYNCLINE_ASSIGN(*subscribed, subscribed_types(draft, node));
  }
  if ((*subscribed)->contains(name)) return type->number;
  return fail(
      ErrorCode::kRefused,
      fmt::format("nothing here subscribes to {0}, so the authority would refuse what is written "
                  "to it: subscribe to it first (`syncline subscribe {0}`), or let the authority "
                  "take such writes (its setting writes_outside_subscriptions)",
                  name));
}

#define SYNCLINE_ON_TYPE(call)                                         \
  SYNCLINE_ASSIGN(const TypeNumber number, impl_->written_type(type)); \
  return impl_->draft.call

Status Transaction::create(std::string_view type, const Document& object) {
  SYNCLINE_ON_TYPE(create(number, object));
}
Status Transaction::put(std::string_view type, const Document& object) {
  SYNCLINE_ON_TYPE(put(number, object));
}
Status Transaction::remove(std::string_view type, const Value& id) {
  SYNCLINE_ON_TYPE(remove(number, id));
}
Status Transaction::set(std::string_view type, const Value& id, const UserPath& path,
                        const Value& value) {
  SYNCLINE_ON_TYPE(set(number, id, path, value));
}
Status Transaction::set_default(std::string_view type, const Value& id, const UserPath& path,
                                const Value& value) {
  SYNCLINE_ON_TYPE(set_default(number, id, path, value));
}
Status Transaction::set_new(std::string_view type, const Value& id, const UserPath& path,
                            NewScope kind) {
  SYNCLINE_ON_TYPE(set_new(number, id, path, kind));
}
Status Transaction::unset(std::string_view type, const Value& id, const UserPath& path) {
  SYNCLINE_ON_TYPE(unset(number, id, path));
}
Status Transaction::increment(std::string_view type, const Value& id, const UserPath& path,
                              int64_t amount) {
  SYNCLINE_ON_TYPE(increment(number, id, path, amount));
}
Status Transaction::insert(std::string_view type, const Value& id, const UserPath& list,
                           uint64_t index, const Value& value) {
  SYNCLINE_ON_TYPE(insert(number, id, list, index, value));
}
Status Transaction::move(std::string_view type, const Value& id, const UserPath& list,
                         uint64_t from, uint64_t to) {
  SYNCLINE_ON_TYPE(move(number, id, list, from, to));
}
Status Transaction::erase(std::string_view type, const Value& id, const UserPath& element_or_key) {
  SYNCLINE_ON_TYPE(erase(number, id, element_or_key));
}
Status Transaction::add(std::string_view type, const Value& id, const UserPath& set,
                        const Value& member) {
  SYNCLINE_ON_TYPE(add(number, id, set, member));
}
Status Transaction::remove_member(std::string_view type, const Value& id, const UserPath& set,
                                  const Value& member) {
  SYNCLINE_ON_TYPE(remove_member(number, id, set, member));
}
Status Transaction::clear(std::string_view type, const Value& id, const UserPath& collection) {
  SYNCLINE_ON_TYPE(clear(number, id, collection));
}
#undef SYNCLINE_ON_TYPE

// What is expected of an object need not be of a type that is written.
Status Transaction::expect(std::string_view type, const Value& id, const UserPath& path,
                           const Value& value) {
  SYNCLINE_ASSIGN(const TypeDef* found, type_named(impl_->draft, type));
  return impl_->draft.expect(found->number, id, path, value);
}
Status Transaction::expect_absent(std::string_view type, const Value& id) {
  SYNCLINE_ASSIGN(const TypeDef* found, type_named(impl_->draft, type));
  return impl_->draft.expect_absent(found->number, id);
}
Status Transaction::expect_present(std::string_view type, const Value& id) {
  SYNCLINE_ASSIGN(const TypeDef* found, type_named(impl_->draft, type));
  return impl_->draft.expect_present(found->number, id);
}

uint32_t Transaction::operations() const { return impl_->draft.operations(); }
void Transaction::all_or_nothing(bool on) { impl_->draft.set_all_or_nothing(on); }

Result<std::optional<Document>> Transaction::get(std::string_view type, const Value& id) const {
  SYNCLINE_ASSIGN(const TypeDef* found, type_named(impl_->draft, type));
  SYNCLINE_ASSIGN(std::optional<Row> row, impl_->draft.get(found->number, id));
  if (!row) return std::nullopt;
  return document_of_object(impl_->draft.schema(), found->number, *row);
}

Transaction::Impl Node::Impl::begin() {
  const Replica& machine = driver->machine();
  Transaction::Impl inside{driver->machine().begin(), directory.keys.id, &subscribed,
                           machine.schema(), &fits};
  inside.anywhere = machine.status().writes_outside_subscriptions;
  return inside;
}

Result<Written> Node::Impl::write_if_changed(Durability durability,
                                             const std::function<Status(Transaction&)>& body) {
  SYNCLINE_TRY(not_in_write("write()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, gate.enter());
  std::lock_guard lock(machine_mutex);
  SYNCLINE_TRY(go_on());
  const WritingHere here(&writing);
  Transaction::Impl inside = begin();
  Transaction transaction = NodeInside::transaction(&inside);
  SYNCLINE_TRY(body(transaction));
  Written written;
  if (!inside.draft.empty()) {
    SYNCLINE_ASSIGN(auto committed,
                    step(replica_input::Commit{std::move(inside.draft), durability}));
    if (!committed) return fail(ErrorCode::kInternal, "the commit was not answered");
    SYNCLINE_ASSIGN(written.name, std::move(*committed));
  }
  written.subscription_version = driver->machine().status().subscription_version;
  return written;
}

Result<Receipt> Node::Impl::write(Durability durability,
                                  const std::function<Status(Transaction&)>& body) {
  SYNCLINE_ASSIGN(const Written written, write_if_changed(durability, body));
  if (!written.name) return fail(ErrorCode::kUsage, "the transaction changed nothing");
  return NodeInside::receipt(*written.name, receipts);
}

Result<Receipt> Node::write(const std::function<Status(Transaction&)>& body) {
  return impl_->write(impl_->options.durability, body);
}
Result<Receipt> Node::write(Durability durability,
                            const std::function<Status(Transaction&)>& body) {
  return impl_->write(durability, body);
}

Result<ReceiptStatus> Node::confirm(const std::function<Status(Transaction&)>& body,
                                    std::chrono::milliseconds timeout) {
  SYNCLINE_ASSIGN(const Receipt receipt, impl_->write(Durability::commit, body));
  Result<ReceiptStatus> decided = receipt.wait(ReceiptState::committed, timeout);
  if (!decided && decided.error().code == ErrorCode::kTimedOut) return receipt.status();
  return decided;
}

Status Node::Impl::not_in_write(std::string_view call) const {
  if (writing.load() != std::this_thread::get_id()) return {};
  return fail(ErrorCode::kUsage,
              fmt::format("{} inside the body of a write() would wait for itself: end the "
                          "transaction first",
                          call));
}

Result<Receipt> Node::receipt(const ChangesetName& name) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(std::optional<ReceiptRecord> record, read_receipt(*impl_->store, name));
  if (!record) return std::unexpected(no_receipt(name));
  return NodeInside::receipt(name, impl_->receipts);
}

Result<Receipt> Node::retry(const ChangesetName& rejection) {
  SYNCLINE_TRY(impl_->not_in_write("retry()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  std::lock_guard lock(impl_->machine_mutex);
  SYNCLINE_TRY(impl_->go_on());
  SYNCLINE_ASSIGN(auto committed, impl_->step(replica_input::RetryJournal{rejection}));
  if (!committed)
    return fail(ErrorCode::kNotFound, fmt::format("the journal has no {}", to_string(rejection)));
  SYNCLINE_ASSIGN(ChangesetName name, std::move(*committed));
  return NodeInside::receipt(name, impl_->receipts);
}

Status Node::discard(const ChangesetName& rejection) {
  SYNCLINE_TRY(impl_->not_in_write("discard()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  std::lock_guard lock(impl_->machine_mutex);
  SYNCLINE_TRY(impl_->go_on());
  SYNCLINE_ASSIGN(auto committed, impl_->step(replica_input::DiscardJournal{rejection}));
  if (committed && !*committed) return std::unexpected(committed->error());
  return {};
}

OperationOutcome outcome_of(const Outcome& outcome) {
  return {outcome.ordinal, outcome.verdict == Verdict::refused,
          std::string(name_of(outcome.reason)), outcome.text, outcome.superseded_by};
}

ReceiptStatus receipt_status_of(const ReceiptRecord& record) {
  ReceiptStatus status{record.name, record.state, record.seq, {}};
  for (const Outcome& outcome : record.outcomes) status.outcomes.push_back(outcome_of(outcome));
  return status;
}

Result<ReceiptStatus> Receipt::status() const {
  std::lock_guard lock(shared_->mutex);
  if (shared_->store == nullptr) return fail(ErrorCode::kClosed, "the node is closed");
  SYNCLINE_ASSIGN(std::optional<ReceiptRecord> record, read_receipt(*shared_->store, name_));
  if (!record) return std::unexpected(no_receipt(name_));
  return receipt_status_of(*record);
}

Result<ReceiptStatus> Receipt::wait(ReceiptState state, std::chrono::milliseconds timeout) const {
  const auto until = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(shared_->mutex);
  for (;;) {
    if (shared_->store == nullptr) return fail(ErrorCode::kClosed, "the node is closed");
    SYNCLINE_ASSIGN(std::optional<ReceiptRecord> record, read_receipt(*shared_->store, name_));
    if (!record) return std::unexpected(no_receipt(name_));
    if (reached(record->state, state)) return receipt_status_of(*record);
    const uint64_t seen = shared_->tellings;
    if (!shared_->told.wait_until(lock, until, [&] { return shared_->tellings != seen; }))
      return fail(ErrorCode::kTimedOut,
                  fmt::format("{} is still {}", to_string(name_), name_of(record->state)));
  }
}

}  // namespace syncline
