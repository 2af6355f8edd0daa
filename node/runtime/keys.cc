#include "node/runtime/keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "proto/check.h"

namespace syncline {
namespace {

constexpr size_t kZ85Bytes = 40;  // of 32 bytes
constexpr size_t kFileBytesMax = 4096;

std::string system_error() { return std::strerror(errno); }

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// Text that held secrets: zeroed when it goes. Its capacity is taken once, so that no copy stays
// behind.
class SecretText {
 public:
  explicit SecretText(size_t bytes_max) { text_.reserve(bytes_max); }
  ~SecretText() { sodium_memzero(text_.data(), text_.size()); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  void add(std::string_view part) {
    CHECK(text_.size() + part.size() <= text_.capacity());
    text_.append(part);
  }
  // The text's own bytes, `bytes` of them, to be read into; cut() afterwards.
  char* room(size_t bytes) {
    CHECK(bytes <= text_.capacity());
    text_.resize(bytes);
    return text_.data();
  }
  void cut(size_t bytes) { text_.resize(bytes); }
  std::string_view view() const { return text_; }

 private:
  std::string text_;
};

void add_z85(SecretText* text, std::span<const uint8_t, 32> bytes) {
  char buffer[kZ85Bytes + 1];
  zmq_z85_encode(buffer, bytes.data(), bytes.size());
  text->add({buffer, kZ85Bytes});
  sodium_memzero(buffer, sizeof(buffer));
}

void add_hex(SecretText* text, std::span<const uint8_t, 32> bytes) {
  char buffer[65];
  sodium_bin2hex(buffer, sizeof(buffer), bytes.data(), bytes.size());
  text->add({buffer, 64});
  sodium_memzero(buffer, sizeof(buffer));
}

bool read_z85(std::string_view text, std::span<uint8_t, 32> out) {
  if (text.size() != kZ85Bytes) return false;
  char buffer[kZ85Bytes + 1];  // the decoder wants a zero at the end
  std::copy(text.begin(), text.end(), buffer);
  buffer[kZ85Bytes] = 0;
  const bool whole = std::strlen(buffer) == kZ85Bytes;
  const bool good = whole && zmq_z85_decode(out.data(), buffer) != nullptr;
  sodium_memzero(buffer, sizeof(buffer));
  return good;
}

bool read_hex(std::string_view text, std::span<uint8_t, 32> out) {
  size_t length = 0;
  return text.size() == 64 &&
         sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length,
                        nullptr) == 0 &&
         length == out.size();
}

// Ed25519's public key without a copy of the secret outside guarded memory.
PublicKey public_of_seed(const SecretKey& seed) {
  PublicKey key{};
  auto* secret = static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES));
  CHECK(secret != nullptr, "no memory for a secret key");
  crypto_sign_seed_keypair(key.data(), secret, seed.bytes().data());
  sodium_free(secret);
  return key;
}

LinkKey public_of_link(const SecretKey& secret) {
  LinkKey key;
  crypto_scalarmult_base(key.value.data(), secret.bytes().data());
  return key;
}

constexpr std::string_view kNames[] = {"format",      "node_id",         "link_public",
                                       "link_secret", "identity_public", "identity_seed"};

// The values by name, still inside `text`.
Result<std::map<std::string_view, std::string_view>> read_lines(std::string_view text,
                                                                const std::string& path) {
  std::map<std::string_view, std::string_view> values;
  const auto damaged = [&](int line, std::string_view what) {
    return fail(
        ErrorCode::kBadData,
        fmt::format("key file {} line {}: {}; restore the file from its backup", path, line, what));
  };
  int number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const size_t middle = line.find(" = \"");
    if (middle == std::string_view::npos || line.back() != '"' || line.size() < middle + 5) {
      return damaged(number, "expected name = \"value\"");
    }
    const std::string_view name = line.substr(0, middle);
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) {
      return damaged(number, "a name that no key file has");
    }
    if (!values.emplace(name, line.substr(middle + 4, line.size() - middle - 5)).second) {
      return damaged(number, fmt::format("{} stands twice", name));
    }
  }
  for (std::string_view name : kNames) {
    if (!values.contains(name)) return damaged(number, fmt::format("{} is missing", name));
  }
  return values;
}

Status check_safe(const File& file, const std::string& path) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) {
    return fail(ErrorCode::kIo, fmt::format("key file {}: {}", path, system_error()));
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kBadData, fmt::format("key file {}: not a regular file", path));
  }
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return fail(ErrorCode::kUnsafeKeyFile,
                fmt::format("key file {} belongs to user {}, not to user {} that runs this "
                            "program; run: chown {} {}",
                            path, info.st_uid, ::geteuid(), ::geteuid(), path));
  }
  if ((info.st_mode & 077) != 0) {
    return fail(ErrorCode::kUnsafeKeyFile,
                fmt::format("key file {} has mode {:04o}, so others than its owner can read or "
                            "change it; run: chmod 600 "
                            "{}, and renew the keys if others had access",
                            path, static_cast<unsigned>(info.st_mode & 07777), path));
  }
  return {};
}

Status write_all(const File& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(file.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(ErrorCode::kIo, system_error());
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  if (::fsync(file.get()) != 0) return fail(ErrorCode::kIo, system_error());
  return {};
}

Status sync_directory(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const File file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.open() || ::fsync(file.get()) != 0) return fail(ErrorCode::kIo, system_error());
  return {};
}

// Beside the target first, then linked to its name: after a crash there is a whole file or none.
Status write_new_file(std::string_view text, const std::string& path) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());  // left by a crash
  {
    const File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.open()) return fail(ErrorCode::kIo, system_error());
    SYNCLINE_TRY(write_all(file, text));
  }
  const int linked = ::link(beside.c_str(), path.c_str());
  const int error = errno;
  ::unlink(beside.c_str());
  if (linked != 0 && error == EEXIST) {
    return fail(ErrorCode::kExists, "the file is there already; move it away to make new keys");
  }
  if (linked != 0) return fail(ErrorCode::kIo, std::strerror(error));
  return sync_directory(path);
}

}  // namespace

SecretKey::SecretKey() {
  init_crypto();
  bytes_ = static_cast<uint8_t*>(sodium_malloc(kBytes));
  CHECK(bytes_ != nullptr, "no memory for a secret key");
  sodium_memzero(bytes_, kBytes);
}

SecretKey::SecretKey(std::span<const uint8_t, kBytes> bytes) : SecretKey() {
  std::copy(bytes.begin(), bytes.end(), bytes_);
}

SecretKey::SecretKey(const SecretKey& other) : SecretKey(other.bytes()) {}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}

SecretKey& SecretKey::operator=(SecretKey other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

SecretKey::~SecretKey() { sodium_free(bytes_); }  // zeroes; takes null

SecretKey SecretKey::random() {
  SecretKey key;
  randombytes_buf(key.bytes_, kBytes);
  return key;
}

std::span<const uint8_t, SecretKey::kBytes> SecretKey::bytes() const {
  CHECK(bytes_ != nullptr, "a secret key was used after it was moved away");
  return std::span<const uint8_t, kBytes>(bytes_, kBytes);
}

std::span<uint8_t, SecretKey::kBytes> SecretKey::bytes() {
  CHECK(bytes_ != nullptr, "a secret key was used after it was moved away");
  return std::span<uint8_t, kBytes>(bytes_, kBytes);
}

bool SecretKey::operator==(const SecretKey& other) const {
  return sodium_memcmp(bytes().data(), other.bytes().data(), kBytes) == 0;
}

LinkKeys LinkKeys::generate() {
  LinkKeys keys{{}, SecretKey::random()};
  keys.public_key = public_of_link(keys.secret_key);
  return keys;
}

NodeKeys NodeKeys::generate() {
  NodeKeys keys{{}, LinkKeys::generate(), {}, SecretKey::random()};
  keys.identity_public = public_of_seed(keys.identity_seed);
  keys.id = node_id_of(keys.identity_public);
  return keys;
}

KeyPair NodeKeys::identity() const {
  std::array<uint8_t, 32> seed;
  std::ranges::copy(identity_seed.bytes(), seed.begin());
  KeyPair pair = key_pair_from_seed(seed);
  sodium_memzero(seed.data(), seed.size());
  return pair;
}

Status save_keys(const NodeKeys& keys, const std::string& path) {
  SecretText text(kFileBytesMax);
  text.add("# The keys of a Syncline node. Whoever can read this file can speak as this node.\n");
  text.add("format = \"1\"\nnode_id = \"");
  text.add(to_string(keys.id));
  text.add("\"\nlink_public = \"");
  add_z85(&text, keys.link.public_key.value);
  text.add("\"\nlink_secret = \"");
  add_z85(&text, keys.link.secret_key.bytes());
  text.add("\"\nidentity_public = \"");
  add_hex(&text, keys.identity_public);
  text.add("\"\nidentity_seed = \"");
  add_hex(&text, keys.identity_seed.bytes());
  text.add("\"\n");
  if (const Status wrote = write_new_file(text.view(), path); !wrote) {
    return std::unexpected(wrote.error().within("saving the keys to " + path));
  }
  return {};
}

Result<NodeKeys> load_keys(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.open() && errno == ENOENT) {
    return fail(ErrorCode::kNotFound,
                fmt::format("no key file {}; `syncline init` makes one", path));
  }
  if (!file.open())
    return fail(ErrorCode::kIo, fmt::format("key file {}: {}", path, system_error()));
  SYNCLINE_TRY(check_safe(file, path));

  SecretText text(kFileBytesMax + 1);
  const ssize_t length = ::read(file.get(), text.room(kFileBytesMax + 1), kFileBytesMax + 1);
  if (length < 0) return fail(ErrorCode::kIo, fmt::format("key file {}: {}", path, system_error()));
  text.cut(static_cast<size_t>(length));
  const auto damaged = [&](std::string_view what) {
    return fail(ErrorCode::kBadData,
                fmt::format("key file {}: {}; restore the file from its backup", path, what));
  };
  if (text.view().size() > kFileBytesMax) return damaged("longer than a key file can be");

  SYNCLINE_ASSIGN(auto values, read_lines(text.view(), path));
  if (values["format"] != "1") return damaged("its format is not 1, the one known here");
  NodeKeys keys;
  if (!read_z85(values["link_public"], keys.link.public_key.value))
    return damaged("link_public is not Z85");
  if (!read_z85(values["link_secret"], keys.link.secret_key.bytes()))
    return damaged("link_secret is not Z85");
  if (!read_hex(values["identity_public"], keys.identity_public))
    return damaged("identity_public is not a key");
  if (!read_hex(values["identity_seed"], keys.identity_seed.bytes()))
    return damaged("identity_seed is not a key");
  if (public_of_link(keys.link.secret_key) != keys.link.public_key) {
    return damaged("link_public does not belong to link_secret");
  }
  if (public_of_seed(keys.identity_seed) != keys.identity_public) {
    return damaged("identity_public does not belong to identity_seed");
  }
  keys.id = node_id_of(keys.identity_public);
  if (to_string(keys.id) != values["node_id"])
    return damaged("node_id does not belong to identity_public");
  return keys;
}

std::string to_string(const LinkKey& key) {
  char text[kZ85Bytes + 1];
  zmq_z85_encode(text, key.value.data(), key.value.size());
  return {text, kZ85Bytes};
}

Result<LinkKey> parse_link_key(std::string_view text) {
  LinkKey key;
  if (!read_z85(text, key.value)) {
    return fail(ErrorCode::kBadData,
                fmt::format("'{}' is not a link key: expected 40 characters of Z85", text));
  }
  return key;
}

std::string identity_key_text(const PublicKey& key) {
  return to_hex({reinterpret_cast<const char*>(key.data()), key.size()});
}

Result<PublicKey> parse_identity_key(std::string_view text) {
  PublicKey key{};
  if (!read_hex(text, key)) {
    return fail(ErrorCode::kBadData,
                fmt::format("'{}' is not an identity key: expected 64 hexadecimal digits", text));
  }
  return key;
}

}  // namespace syncline
