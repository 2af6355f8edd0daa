// How large a scenario may be: bounds on what a file can ask for, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace syncline::sim::script {

inline constexpr size_t kFileBytesMax = 64u << 20;  // a translated history of 100,000 operations
inline constexpr size_t kTypesMax = 1'000;          // far more than any app in the wild has
inline constexpr size_t kPropertiesMax = 1'000;
inline constexpr size_t kUsersMax = 100'000;  // one for each node of the largest fleet, and some
inline constexpr size_t kNodesMax = 10'000;   // takes some 30 GiB with the memory store
inline constexpr size_t kSubscriptionsMax = 1'000;
inline constexpr size_t kStepsMax = 100'000;
inline constexpr size_t kOperationsMax = 20'000;   // limits::kOperationsPerChangesetMax
inline constexpr size_t kExpectedMax = 1'000'000;  // objects, ids or outcomes in an expectation
inline constexpr size_t kNamesMax = 10'000;        // in one list
inline constexpr size_t kNameBytesMax = 200;       // of nodes, users, commits
inline constexpr int64_t kDurationMsMax = int64_t{3650} * 24 * 3600 * 1000;  // ten years
inline constexpr size_t kJudgedNodesMax = 32;  // more, and the oracles cost as much as the run
inline constexpr size_t kFailuresTold = 50;    // of one run; the rest is counted

}  // namespace syncline::sim::script
