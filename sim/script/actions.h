// What the steps of a script do to the fleet.
#pragma once

#include "sim/script/stage.h"

namespace syncline::sim {

// Does the operations to the draft. `ordinals`, unless null: what each of them became, from, to.
Status perform_all(const std::vector<UserOperation>& operations, Draft* draft,
                   std::vector<std::pair<uint32_t, uint32_t>>* ordinals);

// How long a trim step takes: two looks of the authority's retention.
inline constexpr int64_t kTrimMs = 130'000;

// An error: the step could not be done, and why. kTimedOut of a Settle: the fleet is not quiet.
Status act(Stage* stage, const step::Commit& commit);
Status act(Stage* stage, const step::Upload& upload);
Status act(Stage* stage, const step::Deliver& deliver);
Status act(Stage* stage, const step::Nodes& nodes);
Status act(Stage* stage, const step::BackUp& back_up);
Status act(Stage* stage, const step::Restore& restore);
Status act(Stage* stage, const step::SetUser& set);
Status act(Stage* stage, const step::Deploy& deploy);
Status act(Stage* stage, const step::Subscribe& subscribe);
Status act(Stage* stage, const step::Unsubscribe& unsubscribe);
Status act(Stage* stage, const step::Trim& trim);
Status act(Stage* stage, const step::Disk& disk);
Status act(Stage* stage, const step::Run& run);
Status act(Stage* stage, const step::Settle& settle);
Status act(Stage* stage, const step::CountTraffic& count);

}  // namespace syncline::sim
