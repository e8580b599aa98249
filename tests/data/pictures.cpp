#include "data/pictures.hpp"

#include <spng.h>
#include <unistd.h>
#include <webp/encode.h>
#include <zlib.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
// jpeglib.h needs stdio before it.
#include <jpeglib.h>

namespace noyau::test {
namespace {

J_COLOR_SPACE space_of(std::int64_t channels) {
  if (channels == 1) return JCS_GRAYSCALE;
  return channels == 3 ? JCS_RGB : JCS_CMYK;
}

void write_exif(jpeg_compress_struct& info, const Bytes& exif) {
  if (exif.empty()) return;
  Bytes segment = {'E', 'x', 'i', 'f', 0, 0};
  segment.insert(segment.end(), exif.begin(), exif.end());
  jpeg_write_marker(&info, JPEG_APP0 + 1, segment.data(), unsigned(segment.size()));
}

void set_transparency(spng_ctx* context, const PngOptions& options) {
  if (options.trns.empty()) return;
  spng_trns trns{};
  const auto number = [&](std::size_t i) {
    return std::uint16_t(options.trns[2 * i] << 8 | options.trns[2 * i + 1]);
  };
  if (options.colour_type == 3) {
    trns.n_type3_entries = std::uint32_t(options.trns.size());
    std::copy(options.trns.begin(), options.trns.end(), trns.type3_alpha);
  } else if (options.colour_type == 0) {
    trns.gray = number(0);
  } else {
    trns.red = number(0);
    trns.green = number(1);
    trns.blue = number(2);
  }
  spng_set_trns(context, &trns);
}

}  // namespace

Bytes encode_jpeg(const Image& image, const JpegOptions& options) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &out, &size);
  info.image_height = JDIMENSION(image.height);
  info.image_width = JDIMENSION(image.width);
  info.input_components = int(image.channels);
  info.in_color_space = space_of(image.channels);
  jpeg_set_defaults(&info);
  if (options.ycck) jpeg_set_colorspace(&info, JCS_YCCK);
  if (image.channels == 4) info.write_Adobe_marker = options.adobe_marker ? TRUE : FALSE;
  jpeg_set_quality(&info, options.quality, TRUE);
  if (image.channels == 3) {
    info.comp_info[0].h_samp_factor = options.sample_columns;
    info.comp_info[0].v_samp_factor = options.sample_rows;
  }
  info.restart_in_rows = options.restart_rows;
  if (options.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  write_exif(info, options.exif);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<std::uint8_t*>(image.pixels.data()) +
                std::size_t(info.next_scanline) * std::size_t(image.width * image.channels);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  Bytes bytes(out, out + size);
  std::free(out);
  jpeg_destroy_compress(&info);
  return bytes;
}

Bytes encode_png(std::int64_t height, std::int64_t width, const Bytes& rows,
                 const PngOptions& options) {
  spng_ctx* context = spng_ctx_new(SPNG_CTX_ENCODER);
  spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = std::uint32_t(width);
  header.height = std::uint32_t(height);
  header.bit_depth = std::uint8_t(options.depth);
  header.color_type = std::uint8_t(options.colour_type);
  header.interlace_method = options.interlaced ? 1 : 0;
  spng_set_ihdr(context, &header);
  if (!options.palette.empty()) {
    spng_plte palette{};
    palette.n_entries = std::uint32_t(options.palette.size() / 3);
    for (std::size_t i = 0; i < palette.n_entries; ++i)
      palette.entries[i] = {options.palette[3 * i], options.palette[3 * i + 1],
                            options.palette[3 * i + 2], 255};
    spng_set_plte(context, &palette);
  }
  set_transparency(context, options);
  if (!options.exif.empty()) {
    spng_exif exif{options.exif.size(),
                   const_cast<char*>(reinterpret_cast<const char*>(options.exif.data()))};
    spng_set_exif(context, &exif);
  }
  const int status =
      spng_encode_image(context, rows.data(), rows.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  std::size_t size = 0;
  int error = 0;
  void* out = spng_get_png_buffer(context, &size, &error);
  if (status != 0 || out == nullptr) std::abort();
  Bytes bytes(static_cast<std::uint8_t*>(out), static_cast<std::uint8_t*>(out) + size);
  std::free(out);
  spng_ctx_free(context);
  return bytes;
}

Bytes encode_png(const Image& image) {
  return encode_png(image.height, image.width, image.pixels,
                    {.colour_type = image.channels == 1 ? 0 : 2, .palette = {}});
}

Bytes webp_chunk(const Image& image, bool lossless) {
  std::uint8_t* out = nullptr;
  const int height = int(image.height), width = int(image.width);
  const int row = width * int(image.channels);
  const std::uint8_t* pixels = image.pixels.data();
  std::size_t size = 0;
  if (image.channels == 4) {
    size = lossless ? WebPEncodeLosslessRGBA(pixels, width, height, row, &out)
                    : WebPEncodeRGBA(pixels, width, height, row, 90, &out);
  } else {
    size = lossless ? WebPEncodeLosslessRGB(pixels, width, height, row, &out)
                    : WebPEncodeRGB(pixels, width, height, row, 90, &out);
  }
  if (size < 12) std::abort();
  Bytes bytes(out + 12, out + size);
  WebPFree(out);
  return bytes;
}

Bytes riff_chunk(const std::string& name, const Bytes& data) {
  Bytes chunk(name.begin(), name.end());
  for (int shift = 0; shift < 32; shift += 8) chunk.push_back(std::uint8_t(data.size() >> shift));
  chunk.insert(chunk.end(), data.begin(), data.end());
  if (data.size() % 2 != 0) chunk.push_back(0);
  return chunk;
}

Bytes riff(const Bytes& chunks) {
  Bytes data = {'W', 'E', 'B', 'P'};
  data.insert(data.end(), chunks.begin(), chunks.end());
  return riff_chunk("RIFF", data);
}

Bytes vp8x_chunk(int flags, std::int64_t height, std::int64_t width) {
  Bytes data = {std::uint8_t(flags), 0, 0, 0};
  for (const std::int64_t extent : {width, height})
    for (int shift = 0; shift < 24; shift += 8) data.push_back(std::uint8_t((extent - 1) >> shift));
  return riff_chunk("VP8X", data);
}

Bytes encode_webp(const Image& image, const Bytes& exif) {
  constexpr int kExif = 8, kAlpha = 16;
  Bytes pixels = webp_chunk(image, true);
  if (exif.empty()) return riff(pixels);
  const int alpha = image.channels == 4 ? kAlpha : 0;
  Bytes chunks = vp8x_chunk(kExif | alpha, image.height, image.width);
  for (const Bytes& chunk : {pixels, riff_chunk("EXIF", exif)})
    chunks.insert(chunks.end(), chunk.begin(), chunk.end());
  return riff(chunks);
}

Image smooth(std::int64_t height, std::int64_t width, std::int64_t channels, int seed) {
  Image image{height, width, channels, {}};
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c)
        image.pixels.push_back(std::uint8_t(
            128 + 100 * std::sin(0.15 * double(y) + 0.1 * double(x) * double(c + 1) + seed)));
  return image;
}

Bytes exif_block(int orientation, bool big_endian) {
  const auto value = std::uint8_t(orientation);
  if (big_endian) {
    return {'M',
            'M',
            0,
            42,
            0,
            0,
            0,
            8,
            0,
            1,
            1,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            std::uint8_t(orientation >> 8),
            value,
            0,
            0,
            0,
            0,
            0,
            0};
  }
  return {'I',  'I', 42, 0, 8, 0, 0, 0, 1,     0,
          0x12, 1,   3,  0, 1, 0, 0, 0, value, std::uint8_t(orientation >> 8),
          0,    0,   0,  0, 0, 0};
}

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "noyau_data_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TempFolder::write(const std::string& name, std::span<const std::uint8_t> bytes) const {
  const std::filesystem::path target = path_ + "/" + name;
  std::filesystem::create_directories(target.parent_path());
  std::ofstream(target, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
}

void TempFolder::write(const std::string& name, const std::string& text) const {
  write(name, Bytes(text.begin(), text.end()));
}

Bytes encode_idx(const std::vector<std::uint32_t>& extents, const Bytes& data) {
  Bytes bytes = {0, 0, 8, std::uint8_t(extents.size())};
  for (const std::uint32_t extent : extents)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(std::uint8_t(extent >> shift));
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

Bytes gzipped(const Bytes& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&stream, bytes.size()) + 64);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = unsigned(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = unsigned(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace noyau::test
