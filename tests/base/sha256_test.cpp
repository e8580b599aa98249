#include "base/sha256.hpp"

#include <gtest/gtest.h>

#include "noyau/error.hpp"

namespace noyau {
namespace {

std::string digest(const std::string& text, std::size_t piece = 1000000) {
  Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += piece)
    hash.add(std::as_bytes(std::span(text).subspan(at, std::min(piece, text.size() - at))));
  return hash.digest();
}

// The examples of FIPS 180-4 and of NIST's test vectors.
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheStreamIsCut) {
  for (std::size_t length : {1, 55, 56, 57, 63, 64, 65, 119, 120, 200}) {
    const std::string text(length, 'x');
    for (const std::size_t piece : {1, 7, 64, 65}) EXPECT_EQ(digest(text, piece), digest(text));
  }
}

TEST(Sha256, NamesAFileThatCannotBeRead) {
  try {
    sha256_of_file("/no/such/file");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_EQ(error.where(), "/no/such/file");
  }
}

}  // namespace
}  // namespace noyau
