// A full disk without privileges: preloaded into the program, it makes writes below FULL_DISK_DIR
// find no space for as long as the file FULL_DISK_WHILE is there. With FULL_DISK_UNSEEN set, asking
// for the free space does not tell, so that writes run into it.
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>

namespace {

bool disk_is_full() {
  const char* mark = getenv("FULL_DISK_WHILE");
  const int before = errno;
  const bool full = mark != nullptr && access(mark, F_OK) == 0;
  errno = before;
  return full;
}

bool is_below(int descriptor) {
  const char* directory = getenv("FULL_DISK_DIR");
  if (directory == nullptr) return false;
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = 0;
  return strncmp(path, directory, strlen(directory)) == 0;
}

bool refuses(int descriptor) {
  if (!disk_is_full() || !is_below(descriptor)) return false;
  errno = ENOSPC;
  return true;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* real = next<ssize_t(int, const void*, size_t)>("write");
  return refuses(descriptor) ? -1 : real(descriptor, bytes, count);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t at) {
  static auto* real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return refuses(descriptor) ? -1 : real(descriptor, bytes, count, at);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
  static auto* real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return refuses(descriptor) ? -1 : real(descriptor, bytes, count, at);
}

int statvfs64(const char* path, struct statvfs64* out) {
  static auto* real = next<int(const char*, struct statvfs64*)>("statvfs64");
  const int answer = real(path, out);
  if (answer == 0 && getenv("FULL_DISK_UNSEEN") == nullptr && disk_is_full())
    out->f_bavail = out->f_bfree = 0;
  return answer;
}

int statvfs(const char* path, struct statvfs* out) {
  static auto* real = next<int(const char*, struct statvfs*)>("statvfs");
  const int answer = real(path, out);
  if (answer == 0 && getenv("FULL_DISK_UNSEEN") == nullptr && disk_is_full())
    out->f_bavail = out->f_bfree = 0;
  return answer;
}

}  // extern "C"
