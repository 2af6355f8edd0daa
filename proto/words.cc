#include "syncline/words.h"

namespace syncline {

std::string_view name_of(ReceiptState state) {
  switch (state) {
    case ReceiptState::queued:
      return "queued";
    case ReceiptState::durable:
      return "durable";
    case ReceiptState::committed:
      return "committed";
    case ReceiptState::superseded:
      return "superseded";
    case ReceiptState::refused:
      return "refused";
  }
  return "unknown";
}

std::string_view name_of(SyncState state) {
  switch (state) {
    case SyncState::offline:
      return "offline";
    case SyncState::connecting:
      return "connecting";
    case SyncState::catching_up:
      return "catching_up";
    case SyncState::live:
      return "live";
    case SyncState::paused:
      return "paused";
    case SyncState::stopped:
      return "stopped";
  }
  return "unknown";
}

std::string_view name_of(SubscriptionState state) {
  switch (state) {
    case SubscriptionState::pending:
      return "pending";
    case SubscriptionState::bootstrapping:
      return "bootstrapping";
    case SubscriptionState::complete:
      return "complete";
    case SubscriptionState::error:
      return "error";
    case SubscriptionState::superseded:
      return "superseded";
  }
  return "unknown";
}

}  // namespace syncline
