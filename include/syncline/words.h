// The small words that the API and the machines share. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace syncline {

// When a write returns.
enum class Durability : uint8_t {
  commit,   // once it survives a power loss
  group,    // at once; it survives one within a stated time, synced together with others
  relaxed,  // at once; synced when it suits
};

// Where a write stands. The promise starts at durable. An authority that is restored from a backup
// takes back what it decided since: such a write is durable again, until it is decided anew.
enum class ReceiptState : uint8_t { queued, durable, committed, superseded, refused };
std::string_view name_of(ReceiptState state);

enum class SyncState : uint8_t { offline, connecting, catching_up, live, paused, stopped };
std::string_view name_of(SyncState state);

// Where a set of subscriptions stands; "at least" goes by this order.
enum class SubscriptionState : uint8_t {
  pending,        // written here, not decided yet
  bootstrapping,  // the authority has it, and what it covers is on its way
  complete,       // in force: what it covered when the authority decided on it is here
  error,          // refused; the set before it stays in force
  superseded,     // a later one was decided
};
std::string_view name_of(SubscriptionState state);

// A field name or dictionary key, or a list index as the writer sees it.
using PathStep = std::variant<std::string, uint64_t>;
using UserPath = std::vector<PathStep>;

// What to make at a path.
enum class NewScope : uint8_t { list, dictionary, embedded };

}  // namespace syncline
