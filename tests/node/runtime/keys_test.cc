// Key files: what is written comes back, and nothing that others could read or change is taken.
#include "node/runtime/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace syncline {
namespace {

namespace fs = std::filesystem;

class Keys : public ::testing::Test {
 protected:
  Keys() {
    std::string pattern = (fs::temp_directory_path() / "syncline-keys-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ / "keys";
  }
  ~Keys() override { fs::remove_all(directory_); }

  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const {
    std::ofstream(path_, std::ios::trunc) << text;
    ::chmod(path_.c_str(), 0600);
  }
  // The file with one value replaced.
  void change(const std::string& name, const std::string& value) const {
    std::string all = text();
    const size_t start = all.find(name + " = \"");
    ASSERT_NE(start, std::string::npos);
    const size_t end = all.find('\n', start);
    write(all.replace(start, end - start, name + " = \"" + value + "\""));
  }
  void expect_damaged(const std::string& what) const {
    const Result<NodeKeys> loaded = load_keys(path_);
    ASSERT_FALSE(loaded) << what;
    EXPECT_EQ(loaded.error().code, ErrorCode::kBadData) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find(what), std::string::npos) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find(path_.string()), std::string::npos)
        << loaded.error().message;
  }

  fs::path directory_;
  fs::path path_;
};

TEST_F(Keys, ComeBackAsTheyWereSaved) {
  const NodeKeys keys = NodeKeys::generate();
  ASSERT_TRUE(save_keys(keys, path_));
  const Result<NodeKeys> loaded = load_keys(path_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->id, keys.id);
  EXPECT_EQ(loaded->link.public_key, keys.link.public_key);
  EXPECT_TRUE(loaded->link.secret_key == keys.link.secret_key);
  EXPECT_EQ(loaded->identity_public, keys.identity_public);
  EXPECT_TRUE(loaded->identity_seed == keys.identity_seed);
  EXPECT_TRUE(verify(keys.identity_public, "words", sign(loaded->identity(), "words")));
}

TEST_F(Keys, AreNeverTheSameTwice) {
  const NodeKeys one = NodeKeys::generate(), two = NodeKeys::generate();
  EXPECT_NE(one.id, two.id);
  EXPECT_NE(one.link.public_key, two.link.public_key);
  EXPECT_EQ(one.id, node_id_of(one.identity_public));
}

TEST_F(Keys, AreSavedForTheOwnerOnlyWhateverTheMask) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(save_keys(NodeKeys::generate(), path_));
  ::umask(before);
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1) << "nothing lies beside it";
}

TEST_F(Keys, AreNotOverwritten) {
  const NodeKeys keys = NodeKeys::generate();
  ASSERT_TRUE(save_keys(keys, path_));
  const Status again = save_keys(NodeKeys::generate(), path_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kExists);
  EXPECT_EQ(load_keys(path_)->id, keys.id);
}

TEST_F(Keys, AreSavedDespiteWhatACrashLeft) {
  std::ofstream(path_.string() + ".new") << "half a key fi";
  const NodeKeys keys = NodeKeys::generate();
  ASSERT_TRUE(save_keys(keys, path_));
  EXPECT_EQ(load_keys(path_)->id, keys.id);
}

TEST_F(Keys, InADirectoryThatIsNotThereAreAnIoError) {
  const Status saved = save_keys(NodeKeys::generate(), directory_ / "gone" / "keys");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::kIo);
}

TEST_F(Keys, ThatAreMissingSayHowToMakeThem) {
  const Result<NodeKeys> loaded = load_keys(path_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_NE(loaded.error().message.find("syncline init"), std::string::npos);
}

TEST_F(Keys, ThatOthersMayReadOrChangeAreRefusedWithTheRemedy) {
  ASSERT_TRUE(save_keys(NodeKeys::generate(), path_));
  for (const mode_t mode : {0644, 0640, 0604, 0620, 0602, 0610, 0601, 0666}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    const Result<NodeKeys> loaded = load_keys(path_);
    ASSERT_FALSE(loaded) << std::oct << mode;
    EXPECT_EQ(loaded.error().code, ErrorCode::kUnsafeKeyFile);
    EXPECT_NE(loaded.error().message.find("chmod 600 " + path_.string()), std::string::npos)
        << loaded.error().message;
  }
  for (const mode_t mode : {0600, 0400}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_TRUE(load_keys(path_)) << std::oct << mode;
  }
}

TEST_F(Keys, ThatBelongToAnotherUserAreRefused) {
  ASSERT_TRUE(save_keys(NodeKeys::generate(), path_));
  // Only root can give a file away; another user can see the refusal only of root's own making,
  // which is allowed.
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown(path_.c_str(), 12345, 12345), 0);
  const Result<NodeKeys> loaded = load_keys(path_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsafeKeyFile);
  EXPECT_NE(loaded.error().message.find("chown"), std::string::npos) << loaded.error().message;
}

TEST_F(Keys, InDamagedFilesAreRefusedNamingThePlace) {
  const NodeKeys keys = NodeKeys::generate(), other = NodeKeys::generate();
  ASSERT_TRUE(save_keys(keys, path_));
  const std::string whole = text();
  const auto with = [&](const std::string& name, const std::string& value,
                        const std::string& what) {
    write(whole);
    change(name, value);
    expect_damaged(what);
  };
  with("format", "2", "format");
  with("node_id", to_string(other.id), "node_id does not belong");
  with("link_public", to_string(other.link.public_key), "link_public does not belong");
  with("link_public", "short", "link_public is not Z85");
  with("link_public", std::string(40, '~'), "link_public is not Z85");
  with("identity_public", identity_key_text(other.identity_public),
       "identity_public does not belong");
  with("identity_seed", std::string(64, 'x'), "identity_seed is not a key");
  with("identity_seed", std::string(62, '0'), "identity_seed is not a key");

  write("");
  expect_damaged("is missing");
  write(whole + "extra = \"1\"\n");
  expect_damaged("line 8: a name that no key file has");
  write(whole + "format = \"1\"\n");
  expect_damaged("line 8: format stands twice");
  write(whole + "nonsense\n");
  expect_damaged("line 8: expected name");
  write(std::string(5000, '#'));
  expect_damaged("longer");
  // Cut anywhere, it is never taken for whole.
  for (size_t length = 0; length + 1 < whole.size(); ++length) {
    write(whole.substr(0, length));
    EXPECT_FALSE(load_keys(path_)) << length;
  }
}

TEST_F(Keys, AreNotReadFromADirectoryOrAPipe) {
  EXPECT_EQ(load_keys(directory_).error().code, ErrorCode::kBadData);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(load_keys(path_).error().code, ErrorCode::kBadData);
}

TEST_F(Keys, HaveATextThatReadsBack) {
  const NodeKeys keys = NodeKeys::generate();
  EXPECT_EQ(parse_link_key(to_string(keys.link.public_key)), keys.link.public_key);
  EXPECT_EQ(parse_identity_key(identity_key_text(keys.identity_public)), keys.identity_public);
  for (const std::string bad : {"", "abc", "0123456789012345678901234567890123456789~"}) {
    EXPECT_EQ(parse_link_key(bad).error().code, ErrorCode::kBadData);
    EXPECT_EQ(parse_identity_key(bad).error().code, ErrorCode::kBadData);
  }
  EXPECT_FALSE(parse_link_key(std::string(39, '0') + '\0'));
}

TEST(SecretKey, IsItsOwnWhenCopiedAndMoved) {
  SecretKey one = SecretKey::random();
  SecretKey copy = one;
  EXPECT_TRUE(copy == one);
  copy.bytes()[0] ^= 1;
  EXPECT_FALSE(copy == one);
  const SecretKey kept = one;
  SecretKey moved = std::move(one);
  EXPECT_TRUE(moved == kept);
  copy = std::move(moved);
  EXPECT_TRUE(copy == kept);
}

}  // namespace
}  // namespace syncline
