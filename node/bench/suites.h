// The suites, one file each. Private to this folder.
#pragma once

#include "node/bench/bench.h"

namespace syncline::bench {

Status local_write(const Emit& emit, const Tell& tell);
Status ingest(const Emit& emit, const Tell& tell);
Status ingest_asymmetric(const Emit& emit, const Tell& tell);
Status fan_out(const Emit& emit, const Tell& tell);
Status fan_out_applied(const Emit& emit, const Tell& tell);
Status latency(const Emit& emit, const Tell& tell);
Status bootstrap(const Emit& emit, const Tell& tell);
Status catch_up(const Emit& emit, const Tell& tell);
Status rules(const Emit& emit, const Tell& tell);
Status routing(const Emit& emit, const Tell& tell);
Status query(const Emit& emit, const Tell& tell);
Status memory(const Emit& emit, const Tell& tell);

}  // namespace syncline::bench
