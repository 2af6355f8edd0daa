// Node: what follows when the store says no. A full disk is got over: the step that found it was
// not made true, so its machine is discarded, and another is built on what the store holds once
// there is room. Anything else stays until the node is opened again.
#include "node/replica/keys.h"
#include "node/runtime/node_impl.h"
#include "proto/uses.h"

namespace syncline {
namespace {

constexpr std::chrono::milliseconds kProbeEvery{1'000};

// Writes what is there already: a write finds out whether there is room.
Status probe_room(Store* store) {
  const Bytes key = node_keys::meta::format();
  SYNCLINE_ASSIGN(std::optional<Bytes> format, store->get(key));
  Batch probe;
  if (format) {
    probe.put(key, *format);
  } else {
    probe.erase(key);
  }
  return store->write(probe, BatchKind::logged, /*sync=*/false);
}

}  // namespace

ReplicaIdentity Node::Impl::identity() const {
  ReplicaIdentity identity;
  identity.node = directory.keys.id;
  identity.identity = directory.keys.identity();
  const auto& key = directory.config.server_key->value;
  identity.server_key.assign(reinterpret_cast<const char*>(key.data()), key.size());
  identity.site = site_of(identity.server_key);
  identity.schema_version = options.schema_version.value_or(options.models ? 1 : 0);
  return identity;
}

void Node::Impl::set_ended(std::optional<Error> why) {
  ended = std::move(why);
  {
    std::lock_guard lock(seen_mutex);
    seen_.ended = ended;
  }
  wake();
}

void Node::Impl::fail_store(Error why) {
  const bool full = why.code == ErrorCode::kStoreFull;
  const bool news = !ended || ended->code != why.code;
  set_ended(std::move(why));
  if (full) {
    std::lock_guard lock(keeper_mutex);
    room_due = std::chrono::steady_clock::now() + kProbeEvery;
    keeper_woken.notify_all();
  }
  if (!news) return;
  ReplicaOutput told;
  told.trouble = ended;
  tell(told);
}

Status Node::Impl::go_on() {
  if (!ended) return {};
  if (ended->code != ErrorCode::kStoreFull) return std::unexpected(*ended);
  if (Status room = probe_room(store.get()); !room) {
    fail_store(room.error());
    return room;
  }
  SYNCLINE_ASSIGN(auto machine, Replica::open(identity(), store.get()));
  auto next = std::make_unique<ReplicaDriver>(std::move(machine), store.get(), world());
  {
    std::lock_guard lock(keeper_mutex);
    ++machines;
    sync_up_to = 0;
    sync_due.reset();
    room_due.reset();
  }
  driver = std::move(next);
  subscribed.reset();
  set_ended(std::nullopt);
  SYNCLINE_TRY(step(replica_input::Opened{random_bytes()}));
  SYNCLINE_TRY(declare_own_indexes());
  if (connected) SYNCLINE_TRY(step(replica_input::Connected{}));
  return {};
}

}  // namespace syncline
