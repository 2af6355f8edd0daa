#include "node/bench/limits.h"

#include <fmt/format.h>
#include <zmq.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "node/bench/fleet.h"
#include "proto/check.h"
#include "storage/rocks_store.h"

namespace syncline::bench {
namespace {

Bytes key_of(uint64_t n) {
  const ObjectId id = item_id(n);
  return "k" + Bytes(id.bytes.begin(), id.bytes.end());
}

Bytes record_of(uint64_t n, size_t bytes) {
  Bytes record;
  while (record.size() < bytes)
    record += fmt::format("{:016x}", (n + record.size()) * 0x9e3779b97f4a7c15u);
  record.resize(bytes);
  return record;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

struct CurveKeys {
  char public_key[41];
  char secret_key[41];
  CurveKeys() { CHECK(zmq_curve_keypair(public_key, secret_key) == 0); }
};

// Sockets with CURVE as ours have it, without ZAP: what the library costs alone.
class ZmqPair {
 public:
  explicit ZmqPair(int receivers) {
    context_ = zmq_ctx_new();
    router_ = zmq_socket(context_, ZMQ_ROUTER);
    const int on = 1, no_limit = 1000, mandatory = 1;
    zmq_setsockopt(router_, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(router_, ZMQ_CURVE_SECRETKEY, server_.secret_key, 40);
    zmq_setsockopt(router_, ZMQ_SNDHWM, &no_limit, sizeof no_limit);
    zmq_setsockopt(router_, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory);
    CHECK(zmq_bind(router_, "tcp://127.0.0.1:*") == 0);
    char endpoint[128];
    size_t size = sizeof endpoint;
    zmq_getsockopt(router_, ZMQ_LAST_ENDPOINT, endpoint, &size);
    for (int i = 0; i < receivers; ++i) dealers_.push_back(connect(endpoint, i));
  }
  ~ZmqPair() {
    for (void* dealer : dealers_) zmq_close(dealer);
    zmq_close(router_);
    zmq_ctx_destroy(context_);
  }
  void* router() { return router_; }
  void* dealer(int i) { return dealers_[i]; }
  static char name_of(int i) { return static_cast<char>('A' + i); }

 private:
  void* connect(const char* endpoint, int i) {
    void* dealer = zmq_socket(context_, ZMQ_DEALER);
    const int linger = 0;
    const char name = name_of(i);
    zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(dealer, ZMQ_ROUTING_ID, &name, 1);
    zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server_.public_key, 40);
    zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, client_.public_key, 40);
    zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, client_.secret_key, 40);
    CHECK(zmq_connect(dealer, endpoint) == 0);
    // The router knows it once it has spoken.
    zmq_send(dealer, "hello", 5, 0);
    char buffer[16];
    zmq_recv(router_, buffer, sizeof buffer, 0);
    zmq_recv(router_, buffer, sizeof buffer, 0);
    return dealer;
  }
  CurveKeys server_, client_;
  void* context_;
  void* router_;
  std::vector<void*> dealers_;
};

}  // namespace

Result<double> rocksdb_puts(uint64_t records, size_t record_bytes, size_t batch_size, bool sync) {
  TemporaryDirectory directory;
  SYNCLINE_ASSIGN(auto store,
                  RocksStore::open(directory.path() + "/limit", {.create_if_missing = true}));
  std::vector<std::pair<Bytes, Bytes>> all;
  for (uint64_t n = 0; n < records; ++n) all.emplace_back(key_of(n), record_of(n, record_bytes));
  const auto start = Clock::now();
  for (uint64_t n = 0; n < records;) {
    Batch batch;
    for (size_t i = 0; i < batch_size && n < records; ++i, ++n)
      batch.put(std::move(all[n].first), std::move(all[n].second));
    SYNCLINE_TRY(store->write(batch, BatchKind::logged, sync));
  }
  return static_cast<double>(records) / seconds_since(start);
}

Result<double> rocksdb_sync_seconds(int writes) {
  TemporaryDirectory directory;
  SYNCLINE_ASSIGN(auto store,
                  RocksStore::open(directory.path() + "/limit", {.create_if_missing = true}));
  std::vector<double> times;
  for (int i = 0; i < writes; ++i) {
    Batch batch;
    batch.put(key_of(i), record_of(i, 180));
    const auto start = Clock::now();
    SYNCLINE_TRY(store->write(batch, BatchKind::logged, true));
    times.push_back(seconds_since(start));
  }
  return median(std::move(times));
}

Result<double> rocksdb_copy_seconds(uint64_t records, size_t record_bytes) {
  TemporaryDirectory directory;
  SYNCLINE_ASSIGN(auto from,
                  RocksStore::open(directory.path() + "/from", {.create_if_missing = true}));
  SYNCLINE_ASSIGN(auto to, RocksStore::open(directory.path() + "/to", {.create_if_missing = true}));
  for (uint64_t n = 0; n < records;) {
    Batch batch;
    for (int i = 0; i < 1000 && n < records; ++i, ++n)
      batch.put(key_of(n), record_of(n, record_bytes));
    SYNCLINE_TRY(from->write(batch, BatchKind::logged, false));
  }
  const auto start = Clock::now();
  SYNCLINE_ASSIGN(auto ingestion, to->start_ingestion());
  for (auto at = from->scan("k", "l"); at->valid(); at->next())
    SYNCLINE_TRY(ingestion->add(at->key(), at->value()));
  SYNCLINE_TRY(ingestion->commit({}));
  return seconds_since(start);
}

Result<double> zmq_fan_out(int receivers, size_t bytes, uint64_t messages_each) {
  ZmqPair sockets(receivers);
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  for (int i = 0; i < receivers; ++i)
    threads.emplace_back([&, i] {
      Bytes buffer(bytes, 0);
      for (uint64_t n = 0; n < messages_each; ++n)
        zmq_recv(sockets.dealer(i), buffer.data(), buffer.size(), 0);
    });
  const Bytes content = record_of(1, bytes);
  for (uint64_t n = 0; n < messages_each; ++n)
    for (int i = 0; i < receivers; ++i) {
      const char name = ZmqPair::name_of(i);
      zmq_send(sockets.router(), &name, 1, ZMQ_SNDMORE);
      zmq_send(sockets.router(), content.data(), content.size(), 0);
    }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(messages_each) * receivers / seconds_since(start);
}

Result<double> zmq_round_trip_seconds(int trips) {
  ZmqPair sockets(1);
  std::thread echo([&] {
    char name[8], content[256];
    for (int i = 0; i < trips; ++i) {
      const int name_size = zmq_recv(sockets.router(), name, sizeof name, 0);
      const int size = zmq_recv(sockets.router(), content, sizeof content, 0);
      zmq_send(sockets.router(), name, name_size, ZMQ_SNDMORE);
      zmq_send(sockets.router(), content, size, 0);
    }
  });
  std::vector<double> times;
  const Bytes content = record_of(1, 180);
  char buffer[256];
  for (int i = 0; i < trips; ++i) {
    const auto start = Clock::now();
    zmq_send(sockets.dealer(0), content.data(), content.size(), 0);
    zmq_recv(sockets.dealer(0), buffer, sizeof buffer, 0);
    times.push_back(seconds_since(start));
  }
  echo.join();
  return median(std::move(times));
}

}  // namespace syncline::bench
