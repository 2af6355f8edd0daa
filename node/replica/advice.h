// What the authority would say to a draft, as far as a node can know it.
#pragma once

#include "node/access/rights.h"
#include "node/replica/transaction.h"

namespace syncline {

// No, if any of its objects would be refused in part; yes, if none would be. kUsage: it does
// nothing.
Result<Advisor::Advice> advise(Draft draft, const Advisor& advisor);

}  // namespace syncline
