// What can be read of an app's files, whatever is wrong with them: for checks that go on after the
// first fault. Called by `syncline app check`. Pure; any thread.
#pragma once

#include <memory>

#include "node/model/app.h"

namespace syncline {

// Never null. With errors in the report it serves for further checks only: faulty parts are
// missing, or stand as far as they could be read.
std::shared_ptr<const App> load_app_in_part(const AppFiles& files, AppReport* report);

}  // namespace syncline
