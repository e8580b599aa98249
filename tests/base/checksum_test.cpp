#include "base/checksum.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace noyau {
namespace {

TEST(Checksum, Crc32cMatchesThePublishedVector) {
  const std::string digits = "123456789";
  EXPECT_EQ(crc32c(std::as_bytes(std::span(digits))), 0xE3069283u);
  const auto bytes = std::as_bytes(std::span(digits));
  EXPECT_EQ(crc32c(bytes.subspan(4), crc32c(bytes.first(4))), 0xE3069283u);
}

TEST(Checksum, StreamDoesNotDependOnHowItIsCut) {
  const std::string text = "a text that is not a multiple of eight";
  const auto bytes = std::as_bytes(std::span(text));
  StreamChecksum whole;
  whole.add(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    StreamChecksum parts;
    parts.add(bytes.first(cut));
    parts.add(bytes.subspan(cut));
    EXPECT_EQ(parts.value(), whole.value());
  }
  StreamChecksum longer = whole;
  longer.add(std::array{std::byte(0)});
  EXPECT_NE(longer.value(), whole.value());
}

}  // namespace
}  // namespace noyau
