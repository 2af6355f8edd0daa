// Every bound on what comes from outside, in one place, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace syncline::limits {

// A message: one ZeroMQ frame. Larger changesets and deltas travel in parts.
inline constexpr size_t kMessageBytesMax = 1u << 20;
// A record of the log: the replicated engines' comfortable size (etcd refuses 1.5 MiB requests).
inline constexpr size_t kLogRecordBytesMax = 512u << 10;
inline constexpr size_t kChangesetBytesMax = 64u << 20;
inline constexpr size_t kObjectBytesMax = 16u << 20;  // BSON's own limit
// An entry: a payload, and what it did and undid, each with its path. A changeset that would make a
// larger one is refused.
inline constexpr size_t kEntryBytesMax = 256u << 20;
// A delta's object that is larger travels in fragments.
inline constexpr size_t kWholeInDeltaBytesMax = 512u << 10;
// The reasons of one decision; beyond it outcomes keep their codes and lose their texts.
inline constexpr size_t kDecisionTextBytesMax = 384u << 10;
// Buckets that one have-list may ask for, in all types.
inline constexpr size_t kBucketsAskedMax = 100'000;
// The deployed schema, encoded: it travels in a Welcome.
inline constexpr size_t kSchemaBytesMax = 900u << 10;
// What an application's code declares of its types: it is to fit in one message as well.
inline constexpr size_t kDeclaredSchemaBytesMax = 900u << 10;
// Nodes that declare types at once, while an authority is in development mode.
inline constexpr size_t kDeclarationsQueuedMax = 64;
// Of the objects that a transaction expects something of, as they are stored.
inline constexpr size_t kGuardedBytesMax = 64u << 20;
// What a node is told of its user's rights: beyond it, which conditions there are is left out.
inline constexpr size_t kRightsBytesMax = 512u << 10;
// Nesting of scopes in an object, of documents in a value, of messages in a frame. App Services
// allows 100.
inline constexpr int kDepthMax = 100;
inline constexpr size_t kPathStepsMax = 100;
// The outcomes of all of them must fit in one message to their author.
inline constexpr size_t kOperationsPerChangesetMax = 20'000;
// What a transaction may expect: each is one look into the state, on the thread that decides.
inline constexpr size_t kGuardsPerChangesetMax = 1'000;
// Of one of them: what it expects is compared, and may be told in a refusal in part.
inline constexpr size_t kGuardBytesMax = 64u << 10;
// Fields, elements, keys and steps in a changeset, at any depth: decoded, the smallest takes some
// thirty times its bytes, so that without this the largest changeset would take gigabytes.
inline constexpr size_t kValuesPerChangesetMax = 1'000'000;
// The fewest bytes that one of them takes in a changeset.
inline constexpr size_t kValueBytesMin = 4;
inline constexpr size_t kChangesetsPerUploadMax = 4096;
inline constexpr size_t kKeyBytesMax = 1024;            // a string _id
inline constexpr size_t kDictionaryKeyBytesMax = 4096;  // a dictionary key or extra field's name
// Position keys longer than this make the list be rewritten with short ones (DESIGN 5).
inline constexpr size_t kPositionBytesMax = 256;
// Adds kept per counter before the two oldest join (DESIGN 5).
inline constexpr size_t kCounterAddsMax = 64;
inline constexpr size_t kTypeNameBytesMax = 57;   // 63 less "class_", as App Services has it
inline constexpr size_t kFieldNameBytesMax = 63;  // as App Services has it
inline constexpr size_t kFieldsPerTypeMax = 10'000;
inline constexpr size_t kTypesMax = 10'000;
inline constexpr size_t kIndexesPerTypeMax = 32;  // each costs every write of the type
inline constexpr size_t kIndexColumnsMax = 8;
inline constexpr size_t kIndexPathBytesMax = 1024;  // "address.city"
// Subscriptions of a node, and bytes of their queries in all.
inline constexpr size_t kSubscriptionsMax = 500;
inline constexpr size_t kSubscriptionBytesMax = 1u << 20;
// Changes of its subscriptions within a second after which a node is told nothing more until the
// second is over: each begins its catch-up anew.
inline constexpr uint32_t kViewChangesPerSecondMax = 10;
// Objects that a subscription's SORT ... LIMIT may ask for: each session keeps their keys.
inline constexpr uint64_t kWindowObjectsMax = 1'000;
inline constexpr size_t kNameBytesMax = 100;  // roles, filters, subscriptions, nodes, users' texts

// Bytes that a session may owe before the other side stops sending (credit, both ways).
inline constexpr size_t kCreditBytes = 4u << 20;
// Decisions kept per node until it confirms them; then it gets no credit (DESIGN 5).
inline constexpr size_t kUnconfirmedDecisionsMax = 1'000'000;
// Decisions beside the entries that wait for a session's next delta.
inline constexpr size_t kAsideMax = 16'384;
inline constexpr size_t kSessionsMax = 100'000;
// Restores that a node or authority remembers: positions in logs that were left before are not
// understood any more.
inline constexpr size_t kForksMax = 64;
// Restores that may take one changeset back and still be told of: the last.
inline constexpr size_t kFormersMax = 8;
// Own decided changesets that a node keeps until the authority's log is safe up to them: a day of
// one write a second, in a quarter of what the smallest devices have to spare. What falls out
// cannot be offered again to an authority that is restored to before it.
inline constexpr uint64_t kKeptChangesetsMax = 100'000;
inline constexpr uint64_t kKeptBytesMax = 32u << 20;
// Changesets that came in parts and wait to be judged, of all nodes together: who offers more is
// asked to come again.
inline constexpr size_t kQueuedInPartsBytesMax = 4 * kChangesetBytesMax;
// Offers looked at in one step of admission: bounds the wait of what else the authority has to do.
inline constexpr size_t kOffersPerStepMax = 1024;
// A group commit; a layer ends with the entry that passes one of these.
inline constexpr size_t kEntriesPerLayerMax = 4096;
inline constexpr size_t kLayerBytesMax = 8u << 20;
// Layers that are decided and not committed: how far admission runs ahead of a slow log.
inline constexpr size_t kLayersInFlightMax = 4;
// Committed entries kept in memory for live sessions; who is further behind is served from the
// store.
inline constexpr size_t kRecentBytesMax = 32u << 20;
// Delta frames aim at this many bytes: large enough for the cipher, small enough for fairness and
// latency.
inline constexpr size_t kDeltaBytesAim = 256u << 10;
// A transfer whose node gives no credit back for so long lets its snapshot go.
inline constexpr int64_t kTransferStallMs = 30'000;

}  // namespace syncline::limits
