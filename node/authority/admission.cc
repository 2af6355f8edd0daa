#include "node/authority/admission.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/access/shown_to.h"
#include "node/authority/group_judge.h"
#include "node/authority/stamping.h"
#include "node/authority/state_keys.h"
#include "node/authority/view_at.h"
#include "node/model/schema_translation.h"
#include "node/query/guards.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// A base beyond the fork: what it saw there is known as far as it was offered again.
class LostBase {
 public:
  LostBase(const Reader* state, const Cursor& base, Forks forks)
      : state_(state), base_(base), forks_(std::move(forks)) {}

  // The changeset was decided at or before the base, in the base's own log. (A record that cannot
  // be read tells nothing.)
  bool saw(const ChangesetName& name) const {
    Result<std::optional<Bytes>> bytes = state_->get(state_keys::former(name));
    if (!bytes || !*bytes) return false;
    Result<std::vector<LogPosition>> formers = decode_formers(**bytes);
    if (!formers) return false;
    return std::any_of(formers->begin(), formers->end(), [&](const LogPosition& former) {
      return former.seq <= base_.seq &&
             shared_up_to(forks_, former, base_.incarnation) == former.seq;
    });
  }

 private:
  const Reader* state_;
  Cursor base_;
  Forks forks_;
};

// What the writer of one group had seen.
class WriterCausality : public Causality {
 public:
  WriterCausality(const OriginRecord* origin, const ChangesetName& name, const LostBase* lost)
      : origin_(origin), name_(name), lost_(lost) {}
  bool follows(const ChangesetName& earlier) const override {
    if (earlier == name_) return true;
    return earlier.origin == name_.origin &&
           origin_->precedes(earlier.epoch, earlier.number, name_.epoch, name_.number);
  }
  bool seen_in_lost_log(const ChangesetName& name) const override {
    return lost_ != nullptr && lost_->saw(name);
  }

 private:
  const OriginRecord* origin_;
  ChangesetName name_;
  const LostBase* lost_;
};

Outcome refusal(uint32_t ordinal, Reason reason, std::string text) {
  Outcome outcome;
  outcome.ordinal = ordinal;
  outcome.verdict = Verdict::refused;
  outcome.reason = reason;
  outcome.text = std::move(text);
  return outcome;
}

// The state with what the changeset's groups so far have made of their objects, for whoever asks
// about single objects: what a scan would find is the state as it was.
class StateWithImages : public Reader {
 public:
  StateWithImages(const Reader* state, const std::map<ObjectName, KnownImage>* images)
      : state_(state), images_(images) {}
  Result<std::optional<Bytes>> get(BytesView key) const override {
    if (!state_keys::is_row(key)) return state_->get(key);
    const auto made = images_->find(state_keys::object_of_row(key));
    if (made == images_->end()) return state_->get(key);
    if (!made->second.row) return std::nullopt;
    return encode_stored_object(made->second.row_after, {});
  }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    return state_->scan(from, to);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    return state_->scan_back(from, to);
  }

 private:
  const Reader* state_;
  const std::map<ObjectName, KnownImage>* images_;
};

// When what the group moves was written: the least of it. What it converts: the last that was
// written of the object, for nobody may lose by it to who wrote earlier.
Stamp stamp_of_kept(const Group& group, const MergeRow& merge, Offer::Keeps keeps) {
  if (keeps == Offer::Keeps::converted) return latest_in(merge.root);
  std::optional<Stamp> least;
  for (const Operation& operation : group.operations) {
    if (operation.kind != OperationKind::unset) continue;  // which names what is moved
    const MergeScope* scope = &merge.root;
    std::optional<Stamp> written;
    if (!scope->creates.empty()) written = scope->creates.front().stamp;
    for (const Step& step : operation.path) {
      const MergeSlot* slot = scope == nullptr ? nullptr : scope->find(step);
      if (slot == nullptr) break;
      if (slot->write) written = slot->write->stamp;
      scope = slot->scope.get();
    }
    least = std::min(least.value_or(written.value_or(Stamp())), written.value_or(Stamp()));
  }
  return least.value_or(Stamp());
}

bool any_refused(const std::vector<Outcome>& outcomes) {
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [](const Outcome& outcome) { return outcome.verdict == Verdict::refused; });
}

// One part of the changeset was refused, and its author asked for all or nothing.
void refuse_the_rest(Decided* decided) {
  refuse_rest(decided, Reason::all_or_nothing,
              "another operation of this transaction was refused, and it asked for all or nothing");
}

}  // namespace

void refuse_rest(Decided* decided, Reason reason, const std::string& text) {
  for (Outcome& outcome : decided->entry.outcomes)
    if (outcome.verdict != Verdict::refused) outcome = refusal(outcome.ordinal, reason, text);
  decided->entry.objects.clear();
  decided->images.clear();
}

// What holds for all groups of a changeset.
struct Admission::Judging {
  const Offer& offer;
  const OriginRecord* origin;    // with this changeset's epoch in it
  LogSeq base;                   // as far as it is on this log
  std::optional<LostBase> lost;  // it saw what a restore has lost
  Stamp stamp;                   // of groups that saw the base
  Stamp blind_stamp;             // of blind ones
  LogSeq seq;
  LogSeq horizon;
  std::shared_ptr<const Access> access;
  uint32_t version = 0;  // the schema version that the changeset was written by
  // What the author subscribes to and may read; and with what the changeset makes of his
  // subscriptions: he may write what one of them covers. Empty: writes outside are taken.
  std::vector<std::shared_ptr<const View>> views;
  const Reader* with_images = nullptr;  // the state with what the changeset has made so far
  // The views on the state as it was, and with what the changeset has made so far, which they keep
  // what they read of.
  mutable std::map<const View*, ViewAt> before, made;

  // Must objects of the type lie in a view? Of a type that is nothing to its user the rules tell
  // more, and only what the rules are.
  bool asks_views(TypeNumber type) const {
    if (views.empty() || is_system(type)) return false;
    const View& view = *views[0];
    const TypeDef* def = view.schema == nullptr ? nullptr : view.schema->type(type);
    if (def == nullptr || def->asymmetric) return false;
    const TypeAccess& may = access->of(type);
    if (!may.read && !may.write) return false;
    return !any([&](const TypeView& in_view) { return in_view.members->is_everything(); }, type);
  }
  bool follows_links(TypeNumber type) const {
    return asks_views(type) &&
           any([&](const TypeView& in_view) { return !in_view.members->followed().empty(); }, type);
  }
  template <class Holds>
  bool any(const Holds& holds, TypeNumber type) const {
    return std::any_of(views.begin(), views.end(), [&](const std::shared_ptr<const View>& view) {
      const TypeView* in_view = view->find(type);
      return in_view != nullptr && holds(*in_view);
    });
  }
};

namespace {

// Of a refused transaction only its first operation tells why at length: there may be many.
void refuse_all(const Changeset& changeset, Reason reason, const std::string& why,
                const std::string& rest, Entry* entry) {
  for (const Group& group : changeset.groups)
    for (const Operation& operation : group.operations)
      entry->outcomes.push_back(refusal(operation.ordinal, reason, rest));
  const auto first =
      std::min_element(entry->outcomes.begin(), entry->outcomes.end(),
                       [](const Outcome& a, const Outcome& b) { return a.ordinal < b.ordinal; });
  if (first != entry->outcomes.end()) first->text = why;
  std::sort(entry->outcomes.begin(), entry->outcomes.end(),
            [](const Outcome& a, const Outcome& b) { return a.ordinal < b.ordinal; });
}

// Of a transaction that expects something, what has no effect because others came before has no
// place either: it stands as a whole or not at all. (A default that is not needed has done its
// work.)
void refuse_superseded(const Changeset& changeset, Entry* entry) {
  std::set<uint32_t> defaults;
  for (const Group& group : changeset.groups)
    for (const Operation& operation : group.operations)
      if (operation.kind == OperationKind::set_default) defaults.insert(operation.ordinal);
  for (Outcome& outcome : entry->outcomes)
    if (outcome.verdict == Verdict::superseded && !defaults.contains(outcome.ordinal))
      outcome = refusal(outcome.ordinal, Reason::precondition,
                        "what this operation acts on is not there any more, and a transaction that "
                        "expects something stands as a whole or not at all");
}

}  // namespace

Result<BaseSeen> Admission::base_of(const Offer& offer, const DecidedHead& head) const {
  static const Forks kNone;
  const Forks& forks = offer.forks ? *offer.forks : kNone;
  const Changeset* changeset = offer.changeset.changeset ? &*offer.changeset.changeset : nullptr;
  // What a base below the head had seen changes only with the horizon.
  const bool below = changeset != nullptr && changeset->base.incarnation == head.incarnation &&
                     changeset->base.seq < head.seq;
  if (below && last_base_ && last_base_->base == changeset->base &&
      last_base_->horizon == head.horizon)
    return last_base_->seen;
  SYNCLINE_ASSIGN(BaseSeen seen, base_seen(*totals_, changeset, head, forks));
  if (below) last_base_ = LastBase{changeset->base, head.horizon, seen};
  return seen;
}

Result<std::optional<Known>> Admission::find_known(const Offer& offer) const {
  const ChangesetName& name = offer.changeset.name;
  SYNCLINE_ASSIGN(const OriginRecord* origin, totals_->origin(name.origin));
  const EpochRecord* epoch = origin->find(name.epoch);
  if (epoch == nullptr || name.number > epoch->number || SYNCLINE_PLANTED(apply_twice))
    return std::nullopt;
  Known known;
  SYNCLINE_ASSIGN(known.decision, totals_->decision(name));
  known.clone = known.decision && known.decision->payload_hash != offer.changeset.hash;
  return known;
}

Result<Decided> Admission::decide(const Offer& offer, const DecidedHead& head, Instant now) const {
  const Offered& offered = offer.changeset;
  Decided decided;
  Entry& entry = decided.entry;
  entry.seq = LogSeq(head.seq.value + 1);
  entry.incarnation = head.incarnation;
  entry.name = offered.name;
  entry.payload = offered.payload;
  entry.payload_hash = offered.hash;
  entry.courier = offer.courier;
  entry.arrival_ms = now.wall_ms;
  entry.formers = offered.formers;

  SYNCLINE_ASSIGN(const OriginRecord* origin, totals_->origin(offered.name.origin));
  OriginRecord with_epoch;
  if (origin->find(offered.name.epoch) == nullptr) {
    with_epoch = *origin;
    with_epoch.epochs.push_back({offered.name.epoch,
                                 offered.changeset ? offered.changeset->parent : std::nullopt,
                                 0,
                                 {},
                                 {}});
    origin = &with_epoch;
  }
  Judging judging{offer, origin, {}, {}, {}, {}, entry.seq, head.horizon, nullptr, 0, {}};

  const Changeset* changeset = offered.changeset ? &*offered.changeset : nullptr;
  // The authority's own hand knows the schema, and moves what it names.
  std::optional<Changeset> by_number;
  if (const Deployed* deployed = directory_->deployed().get();
      !offer.own && changeset != nullptr && deployed != nullptr &&
      names_declared(deployed->schema(), *changeset)) {
    by_number = *changeset;
    translate(deployed->schema(), offered.name, &*by_number);
    changeset = &*by_number;
  }
  SYNCLINE_ASSIGN(BaseSeen base, base_of(offer, head));
  // What a transaction expects is looked up now: it acts on what stands now, not on what its author
  // saw.
  const bool guarded = changeset != nullptr && !changeset->guards.empty();
  if (guarded && !SYNCLINE_PLANTED(guard_sees_base))
    base.seq = head.seq, base.stamp = head.stamp_high;
  judging.base = base.seq;
  if (base.lost) {
    Forks forks = head.forks;
    if (offer.forks) learn_forks(&forks, *offer.forks);
    judging.lost.emplace(state_, changeset->base, std::move(forks));
  }
  const Stamp own_last = last_own_stamp(*judging.origin, offered.name);
  const Stamp clock = authority_clock(now, head.stamp_high);
  const Stamp claimed = changeset ? claimed_stamp(changeset->written, offer.uploaded, now) : clock;
  judging.blind_stamp = effective_stamp(claimed, {}, own_last, clock);
  judging.stamp = effective_stamp(claimed, base.stamp, own_last, clock);
  entry.stamp = judging.stamp;
  entry.stamp_high = std::max(head.stamp_high, judging.stamp);

  const KnownNode* author = offer.own ? nullptr : directory_->node(offered.name.origin);
  if (author != nullptr && !author->removed) entry.user = author->user;
  if (changeset == nullptr) {
    entry.outcomes.push_back(
        refusal(0, Reason::undecodable, "the changeset does not decode: " + offered.undecodable));
    return decided;
  }
  if (!offer.own && (author == nullptr || author->removed)) {
    for (const Group& group : changeset->groups)
      for (const Operation& operation : group.operations)
        entry.outcomes.push_back(refusal(operation.ordinal, Reason::removed_node,
                                         "the node was removed from the fleet"));
    return decided;
  }
  judging.version = Schema::version_of(changeset->schema_mark);
  if (author != nullptr) {
    entry.user = author->user;
    judging.access = directory_->access_of(author->user);
    if (directory_->writes_outside() == WritesOutside::refuse && !SYNCLINE_PLANTED(skip_view))
      judging.views = {directory_->view_of(author->id)};
  }
  if (guarded && !SYNCLINE_PLANTED(skip_guards)) {
    SYNCLINE_ASSIGN(const std::optional<std::string> why,
                    object_to_guards(*changeset, judging.access.get()));
    if (why) {
      refuse_all(*changeset, Reason::precondition, *why,
                 "what the transaction expects does not stand: its first operation tells more",
                 &entry);
      return decided;
    }
  }
  SYNCLINE_TRY(judge_groups(*changeset, &judging, &decided));
  std::sort(entry.outcomes.begin(), entry.outcomes.end(),
            [](const Outcome& a, const Outcome& b) { return a.ordinal < b.ordinal; });
  if (guarded) refuse_superseded(*changeset, &entry);
  if ((changeset->all_or_nothing || guarded) && any_refused(entry.outcomes))
    refuse_the_rest(&decided);
  std::sort(entry.roles.begin(), entry.roles.end());
  entry.roles.erase(std::unique(entry.roles.begin(), entry.roles.end()), entry.roles.end());
  return decided;
}

// Why one of them does not hold, for a person; nullopt: they all do.
Result<std::optional<std::string>> Admission::object_to_guards(const Changeset& changeset,
                                                               const Access* access) const {
  static const Schema kNone;
  const Schema& schema = directory_->deployed() ? directory_->deployed()->schema() : kNone;
  // Many guards may be about one object, and objects are large.
  std::map<ObjectName, std::optional<Row>> seen;
  size_t read_bytes = 0;
  for (const Guard& guard : changeset.guards) {
    const auto [at, is_new] = seen.try_emplace(guard.object);
    std::optional<Row>& row = at->second;
    if (is_new) {
      SYNCLINE_ASSIGN(const std::optional<Bytes> bytes, get_row(*state_, guard.object));
      read_bytes += bytes ? bytes->size() : 0;
      if (read_bytes > limits::kGuardedBytesMax)
        return fmt::format(
            "the transaction expects something of objects of more than {} MiB in all",
            limits::kGuardedBytesMax >> 20);
      if (bytes) {
        SYNCLINE_ASSIGN(row, decode_row(*bytes));
        if (access != nullptr && !SYNCLINE_PLANTED(guards_see_hidden))
          row = shown_to(*access, guard.object.type, row->id, *row);
      }
    }
    if (!query::holds(schema, guard, row ? &*row : nullptr))
      return query::why_not(schema, guard, row ? &*row : nullptr);
  }
  return std::nullopt;
}

Status Admission::judge_groups(const Changeset& changeset, Judging* judging,
                               Decided* decided) const {
  const StateWithImages with_images(state_, &decided->images);
  judging->with_images = &with_images;
  const auto judge_one = [&](const Group& group, bool may_wait) -> Result<bool> {
    if (changeset.guards.empty() || !group.blind)
      return judge_group(group, *judging, may_wait, decided);
    // See decide(): of a guarded changeset every group has seen what stands.
    Group seeing = group;
    seeing.blind = false;
    return judge_group(seeing, *judging, may_wait, decided);
  };
  const auto subscribes = [](const Group& group) {
    return group.object.type == system_type::kSubscription;
  };
  // What is subscribed to decides on the rest.
  for (const Group& group : changeset.groups)
    if (subscribes(group)) SYNCLINE_TRY(judge_one(group, false));
  follow_subscriptions(*decided, judging);
  // Whether an object that is made lies in a view may depend on what it links to, and that may come
  // later in the changeset: what lies outside at first is judged again after the others.
  std::vector<const Group*> put_off;
  for (const Group& group : changeset.groups) {
    if (subscribes(group)) continue;
    SYNCLINE_ASSIGN(const bool judged, judge_one(group, judging->follows_links(group.object.type)));
    if (!judged) put_off.push_back(&group);
    if (SYNCLINE_PLANTED(first_group_only)) break;
  }
  for (const Group* group : put_off) SYNCLINE_TRY(judge_one(*group, false));
  return {};
}

void Admission::follow_subscriptions(const Decided& decided, Judging* judging) const {
  if (judging->views.empty() || decided.images.empty()) return;
  const NodeId node = judging->offer.changeset.name.origin;
  std::vector<Subscription> subscriptions = directory_->subscriptions(node);
  for (const auto& [name, image] : decided.images) {
    const Result<Value> id = id_of(name.key);
    std::erase_if(subscriptions,
                  [&](const Subscription& one) { return id && *id == Value(one.id); });
    if (image.row) subscriptions.push_back(subscription_in(*image.row, node));
  }
  judging->views.push_back(directory_->view_with(node, subscriptions));
}

Result<bool> Admission::misses_create(const Offer& offer, const DecidedHead& head) const {
  const std::optional<Changeset>& changeset = offer.changeset.changeset;
  if (!changeset || changeset->base.incarnation == head.incarnation) return false;
  SYNCLINE_ASSIGN(BaseSeen base, base_of(offer, head));
  if (!base.lost) return false;
  for (const Group& group : changeset->groups) {
    if (is_system(group.object.type) || group.blind || creates(group)) continue;
    SYNCLINE_ASSIGN(std::optional<Bytes> row, get_row(*state_, group.object));
    if (!row) return true;
  }
  for (const Guard& guard : changeset->guards) {
    if (is_system(guard.object.type) || guard.kind == Guard::Kind::absent) continue;
    SYNCLINE_ASSIGN(std::optional<Bytes> row, get_row(*state_, guard.object));
    if (!row) return true;
  }
  return false;
}

// Each of a node's subscriptions costs every change of its type: there are so many at most.
std::optional<std::string> Admission::object_to_subscriptions(NodeId node, size_t bytes,
                                                              const Entry& entry) const {
  size_t count = 1;
  for (const ObjectEffect& effect : entry.objects)
    count += effect.object.type == system_type::kSubscription;
  for (const Subscription& subscription : directory_->subscriptions(node)) {
    ++count;
    bytes += subscription.query.size();
  }
  if (count <= limits::kSubscriptionsMax && bytes <= limits::kSubscriptionBytesMax)
    return std::nullopt;
  return fmt::format(
      "a node may have {} subscriptions with {} KiB of queries in all: join some with OR",
      limits::kSubscriptionsMax, limits::kSubscriptionBytesMax >> 10);
}

Result<bool> Admission::judge_group(const Group& group, const Judging& judging, bool may_wait,
                                    Decided* decided) const {
  GroupContext context;
  context.own_hand = judging.offer.own;
  context.derives = judging.offer.keeps != Offer::Keeps::converted;
  context.origin = judging.offer.changeset.name.origin;
  context.version = judging.version;
  if (group.object.type == system_type::kSubscription) {
    const KnownNode* node =
        directory_->node(owner_of_subscription(group.object.key).value_or(context.origin));
    context.version = node == nullptr ? 0 : node->version;
  }
  context.access = judging.access.get();
  context.deployed = directory_->deployed().get();
  context.base_lost = judging.lost.has_value();

  std::optional<Row> row;
  std::optional<MergeRow> merge;
  // Who asks for types that are none must not make records of them.
  bool removals = true;
  if (is_system(group.object.type) ||
      (context.deployed != nullptr &&
       context.deployed->schema().type(group.object.type) != nullptr)) {
    SYNCLINE_ASSIGN(removals, totals_->has_removals(group.object.type));
  }
  SYNCLINE_ASSIGN(ObjectBytes before, get_object(*state_, group.object, removals));
  if (before.row) {
    SYNCLINE_ASSIGN(row, decode_row(*before.row));
  }
  if (before.merge) {
    SYNCLINE_ASSIGN(merge, decode_merge_row(*before.merge));
  }

  WriterCausality causality(judging.origin, judging.offer.changeset.name,
                            judging.lost && !group.blind ? &*judging.lost : nullptr);
  causality.base = group.blind ? LogSeq(0) : judging.base;
  causality.blind = group.blind;
  causality.write = {judging.offer.changeset.name, judging.seq,
                     group.blind ? judging.blind_stamp : judging.stamp};
  causality.horizon = judging.horizon;

  // What is moved is as old as it was: what others wrote meanwhile and offer later is not older.
  if (judging.offer.keeps != Offer::Keeps::nothing && merge)
    causality.write.stamp =
        std::min(causality.write.stamp, stamp_of_kept(group, *merge, judging.offer.keeps));

  Status looked;
  if (judging.asks_views(group.object.type))
    context.in_view = [&](const Row& content, GroupContext::Content when) {
      // What was there is seen as it was, and what is made with all that is made beside it.
      const bool was = when == GroupContext::Content::before;
      const Reader* state = was ? state_ : judging.with_images;
      auto& at = was ? judging.before : judging.made;
      return std::any_of(judging.views.begin(), judging.views.end(),
                         [&](const std::shared_ptr<const View>& view) {
                           Result<bool> wanted = at.try_emplace(view.get(), view.get(), state)
                                                     .first->second.wants(group.object, content);
                           if (!wanted) looked = std::unexpected(wanted.error());
                           return wanted && *wanted;
                         });
    };
  JudgedGroup judged =
      judge(group, row ? &*row : nullptr, merge ? &*merge : nullptr, causality, context);
  SYNCLINE_TRY(std::move(looked));
  if (may_wait && !row &&
      std::any_of(judged.outcomes.begin(), judged.outcomes.end(),
                  [](const Outcome& outcome) { return outcome.reason == Reason::outside_view; }))
    return false;
  Bytes row_after;
  if (judged.merged && judged.merged->row) row_after = encode_row(*judged.merged->row);
  const auto refuse = [&](Reason reason, const std::string& text) {
    judged.merged.reset();
    for (Outcome& outcome : judged.outcomes) outcome = refusal(outcome.ordinal, reason, text);
  };
  if (row_after.size() > limits::kObjectBytesMax)
    refuse(Reason::too_large,
           fmt::format("the object would be larger than {} MiB", limits::kObjectBytesMax >> 20));
  if (group.object.type == system_type::kNode && judged.merged && judged.merged->row)
    if (auto why = directory_->object_to_node(row ? &*row : nullptr, *judged.merged->row))
      refuse(Reason::precondition, *why);
  if (group.object.type == system_type::kSubscription && !judging.offer.own && judged.merged &&
      judged.merged->row)
    if (auto why = object_to_subscriptions(context.origin, row_after.size(), decided->entry))
      refuse(Reason::too_large, *why);
  Entry& entry = decided->entry;
  entry.outcomes.insert(entry.outcomes.end(), judged.outcomes.begin(), judged.outcomes.end());
  if (!judged.role.empty()) entry.roles.emplace_back(group.object.type, judged.role);
  if (judged.merged) {
    entry.objects.push_back(std::move(judged.merged->effect));
    for (auto& [view, at] : judging.made) at.forget(group.object);
    decided->images.emplace(
        group.object, KnownImage{std::move(judged.merged->row), std::move(judged.merged->merge),
                                 std::move(row_after), std::move(before)});
  }
  return true;
}

}  // namespace syncline
