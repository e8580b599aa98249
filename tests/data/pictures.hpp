#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau::test {

using Bytes = std::vector<std::uint8_t>;

struct JpegOptions {
  int quality = 95;
  bool progressive = false;
  bool ycck = false;         // of 4 channels
  bool adobe_marker = true;  // of 4 channels
  Bytes exif;                // TIFF structure; empty = none
  int sample_rows = 2;       // of luma to one of chroma
  int sample_columns = 2;
  int restart_rows = 0;  // between restart markers; 0 = none
};

/// 1 (grey), 3 (RGB) or 4 (CMYK) channels.
Bytes encode_jpeg(const Image& image, const JpegOptions& options = {});

struct PngOptions {
  int colour_type = 2;  // 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha
  int depth = 8;
  bool interlaced = false;
  Bytes palette;  // RGB triples
  Bytes trns =
      {};  // of palette entries alpha; of grey and RGB the transparent colour, 16 bits each
  Bytes exif = {};
};

/// `rows` are packed as PNG wants them, without filter bytes.
Bytes encode_png(std::int64_t height, std::int64_t width, const Bytes& rows,
                 const PngOptions& options);
/// Grey or RGB, 8 bit.
Bytes encode_png(const Image& image);

/// The chunk VP8 or VP8L of an RGB or RGBA picture, with its name and size, as in a WebP.
Bytes webp_chunk(const Image& image, bool lossless);
/// A chunk of a WebP.
Bytes riff_chunk(const std::string& name, const Bytes& data);
/// The container around chunks.
Bytes riff(const Bytes& chunks);
/// The chunk that comes first where a WebP holds more than its pixels. Bits of `flags`: 2
/// animation, 8 EXIF, 16 alpha.
Bytes vp8x_chunk(int flags, std::int64_t height, std::int64_t width);
/// A lossless WebP, with that EXIF block unless it is empty.
Bytes encode_webp(const Image& image, const Bytes& exif = {});

/// A smooth picture (JPEG keeps it nearly) that differs with `seed`.
Image smooth(std::int64_t height, std::int64_t width, std::int64_t channels, int seed = 0);

/// A TIFF structure with nothing but the orientation.
Bytes exif_block(int orientation, bool big_endian = true);

/// A folder that goes away with its contents.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Makes folders as needed.
  void write(const std::string& name, std::span<const std::uint8_t> bytes) const;
  void write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

/// An IDX file in memory.
Bytes encode_idx(const std::vector<std::uint32_t>& extents, const Bytes& data);
Bytes gzipped(const Bytes& bytes);

/// The error that `call` throws; fails the test when it throws none.
template <class Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::internal, "test", "no error was thrown");
}

}  // namespace noyau::test
