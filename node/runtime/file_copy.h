// Copies of files that are there for good when the call returns. Blocking; any thread.
#pragma once

#include <string>

#include "syncline/result.h"

namespace syncline {

// The file, its directory's entry included. kIo, kStoreFull; kExists if there is one.
Status copy_file_durably(const std::string& from, const std::string& to);
// The regular files of a directory and of those in it. `to` is made.
Status copy_directory_durably(const std::string& from, const std::string& to);
// An empty file, and its end.
Status make_mark(const std::string& path);
Status remove_mark(const std::string& path);

}  // namespace syncline
