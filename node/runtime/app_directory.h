// An app's files on disk: where development mode writes what it makes of the app, for people and
// their version control.
//
// Blocking file I/O; any thread.
#pragma once

#include <string>

#include "node/model/app.h"

namespace syncline {

// Each file whose text differs is replaced whole; others, and what else is in the directory, are
// left alone. kIo: naming the file.
Status write_app_files(const std::string& directory, const AppFiles& files);

}  // namespace syncline
