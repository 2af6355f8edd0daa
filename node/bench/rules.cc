// What rules cost where a change is decided: the same changes of one node, judged by a role with
// conditions and by one that allows everything, in turns. The decision alone: no signature, no log.
#include "node/authority/admission.h"
#include "node/authority/stamping.h"
#include "node/authority/totals.h"
#include "node/bench/machine.h"
#include "proto/codec.h"

namespace syncline::bench {
namespace {

constexpr uint64_t kDecisions = 20'000;
constexpr uint64_t kTurns = 20;
constexpr int64_t kLots = 100;  // of which the user may see and write

// Three filters, two conditions on fields, and an $in of 100 values that each change meets twice.
constexpr const char* kConditions = R"(
  "document_filters": {
    "read": { "$or": [ { "owner_id": "%%user.id" }, { "lot": { "$in": "%%user.custom_data.lots" } } ] },
    "write": { "lot": { "$in": "%%user.custom_data.lots" }, "value": { "$gte": 0 } } },
  "delete": { "value": { "$lt": 10 } },
  "fields": { "value": { "read": true, "write": { "owner_id": { "$ne": "nobody" } } },
              "lot": { "read": true, "write": { "value": { "$lt": 1000 } } } },
  "additional_fields": { "read": true, "write": true })";

// Decides on changes and leaves the state as it is.
class Deciding {
 public:
  static Result<std::unique_ptr<Deciding>> start(const char* role) {
    List lots;
    for (int64_t lot = 0; lot < kLots; ++lot) lots.elements.push_back(Value(lot * 97 % 10'000));
    auto out = std::unique_ptr<Deciding>(new Deciding());
    SYNCLINE_ASSIGN(out->machine_, Machine::start(item_app(role), Document{{"lots", lots}}, 1,
                                                  [](uint64_t) { return "TRUEPREDICATE"; }));
    SYNCLINE_ASSIGN(Directory directory, Directory::load(out->machine_->state()));
    out->directory_ = std::make_unique<Directory>(std::move(directory));
    out->totals_ = std::make_unique<Totals>(&out->machine_->state());
    out->admission_ = std::make_unique<Admission>(&out->machine_->state(), out->totals_.get(),
                                                  out->directory_.get());
    const Cursor head = out->machine_->authority().committed();
    out->head_ = DecidedHead{head.incarnation, head.seq, head.hash, {}, {}, {}};
    for (int64_t n = 0; n < kLots; ++n) SYNCLINE_TRY(out->add_offer(n * 97 % 10'000));
    return out;
  }

  // Seconds for so many.
  Result<double> decide(uint64_t count) {
    const Instant now{1'800'000'000'000, 1};
    const auto start = Clock::now();
    for (uint64_t n = 0; n < count; ++n) {
      SYNCLINE_ASSIGN(const Decided decided,
                      admission_->decide(offers_[n % offers_.size()], head_, now));
      if (decided.entry.objects.empty())
        return fail(ErrorCode::kInternal,
                    "a change was refused: " + decided.entry.outcomes[0].text);
    }
    return seconds_since(start);
  }

 private:
  Status add_offer(int64_t id) {
    Changeset changeset;
    changeset.base = machine_->authority().committed();
    changeset.schema_mark = directory_->deployed()->schema().mark();
    SYNCLINE_ASSIGN(ObjectKey key, object_key(Value(id)));
    Group group;
    group.object = {machine_->item(), key};
    group.id = Value(id);
    const FieldDef* value = directory_->deployed()->schema().type("Item")->field("value");
    Operation operation;
    operation.path = {Step(value->number)};
    operation.item = Item(Value(int64_t{7}));
    group.operations.push_back(std::move(operation));
    changeset.groups.push_back(std::move(group));
    Offer offer;
    offer.changeset.name = {Machine::id_of(0), Epoch(1), 1};
    offer.changeset.payload = encode_changeset(changeset);
    offer.changeset.changeset = std::move(changeset);
    offer.courier = Machine::id_of(0);
    offers_.push_back(std::move(offer));
    return {};
  }

  std::unique_ptr<Machine> machine_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Totals> totals_;
  std::unique_ptr<Admission> admission_;
  DecidedHead head_;
  std::vector<Offer> offers_;
};

}  // namespace

Status rules(const Emit& emit, const Tell& tell) {
  tell("rules: two authorities of 10,000 objects");
  SYNCLINE_ASSIGN(auto plain, Deciding::start(kEverythingAllowed));
  SYNCLINE_ASSIGN(auto judged, Deciding::start(kConditions));
  double plain_s = 0, judged_s = 0;
  for (uint64_t round = 0; round < kTurns; ++round) {
    SYNCLINE_ASSIGN(const double plain_now, plain->decide(kDecisions / kTurns));
    SYNCLINE_ASSIGN(const double judged_now, judged->decide(kDecisions / kTurns));
    plain_s += plain_now, judged_s += judged_now;
  }
  emit({.name = "rules",
        .value = judged_s * 1e6 / kDecisions,
        .unit = "us/change",
        .less_is_better = true,
        .limit = plain_s * 1e6 / kDecisions,
        .limit_of = "the same changes under a role that allows everything",
        .note =
            fmt::format("{} decisions; three filters, two conditions on fields, $in of {} values",
                        kDecisions, kLots)});
  return {};
}

}  // namespace syncline::bench
