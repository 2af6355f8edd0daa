// The file LOG in which RocksDB tells what troubles it: warnings and errors, at most two files of
// 256 KiB. Ours instead of RocksDB's own, which (as Debian builds it) ends the process when a line
// cannot be written because the disk is full. Lines that cannot be written are lost. Any thread.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>

namespace syncline {

std::shared_ptr<rocksdb::Logger> make_rocks_log(const std::string& directory);

}  // namespace syncline
