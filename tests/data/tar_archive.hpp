#pragma once

#include <cstdio>
#include <string>

#include "data/pictures.hpp"

namespace noyau::test {

/// Puts the right checksum into a header of 512 bytes.
inline void seal(Bytes& block) {
  std::fill(block.begin() + 148, block.begin() + 156, std::uint8_t(' '));
  unsigned sum = 0;
  for (const std::uint8_t byte : block) sum += byte;
  std::snprintf(reinterpret_cast<char*>(block.data()) + 148, 8, "%06o", sum);
}

inline Bytes tar_header(const std::string& name, std::size_t size, char type = '0') {
  Bytes block(512);
  std::copy_n(name.begin(), std::min<std::size_t>(name.size(), 100), block.begin());
  std::snprintf(reinterpret_cast<char*>(block.data()) + 124, 12, "%011zo", size);
  block[156] = std::uint8_t(type);
  const std::string magic("ustar\00000", 8);
  std::copy(magic.begin(), magic.end(), block.begin() + 257);
  seal(block);
  return block;
}

/// A header and what follows it, filled up to whole blocks.
inline Bytes tar_member(const std::string& name, const Bytes& data, char type = '0') {
  Bytes out = tar_header(name, data.size(), type);
  out.insert(out.end(), data.begin(), data.end());
  out.resize((out.size() + 511) / 512 * 512);
  return out;
}

inline Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// The members and two blocks of zeros.
inline Bytes tar_archive(const std::vector<Bytes>& members) {
  Bytes out;
  for (const Bytes& member : members) out.insert(out.end(), member.begin(), member.end());
  out.resize(out.size() + 1024);
  return out;
}

}  // namespace noyau::test
