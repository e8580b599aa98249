#include "data/jpeg.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstring>
// jpeglib.h needs stdio and size_t before it.
#include <jerror.h>
#include <jpeglib.h>

#include "data/exif.hpp"
#include "data/limits.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr long kMaxDecoderMemory = 2l << 30;
// Each scan of a progressive file visits the whole picture: many of them are an attack on time.
constexpr int kMaxScans = 500;
constexpr unsigned kExifMarker = JPEG_APP0 + 1;

struct ErrorState {
  jpeg_error_mgr manager;  // first member: libjpeg knows only this part
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

void stop(j_common_ptr info) {
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  state->manager.format_message(info, state->message);
  std::longjmp(state->jump, 1);
}

// Level -1 is "damaged data, going on with grey": a picture to leave out, not to invent.
void on_message(j_common_ptr info, int level) {
  if (level < 0) stop(info);
}

void count_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  std::snprintf(state->message, sizeof state->message, "more than %d scans", kMaxScans);
  std::longjmp(state->jump, 1);
}

// At least one bit for each 8 x 8 block of the luma: 512; and some room.
constexpr std::uint64_t kMaxPixelsPerByte = 2048;

enum class Outcome : std::uint8_t { done, damaged, too_large };

// Everything that a longjmp may leave half done lives outside the functions that call libjpeg, so
// that no destructor is jumped over.
struct Decoding {
  jpeg_decompress_struct info{};
  ErrorState error{};
  jpeg_progress_mgr progress{};
  Image image;
  int components = 0;
  int orientation = 1;
};

int orientation_of(const jpeg_decompress_struct& info) {
  static constexpr char kPrefix[] = "Exif\0";  // with the literal's own NUL: 6 bytes
  for (auto* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != kExifMarker || marker->data_length < sizeof kPrefix) continue;
    if (std::memcmp(marker->data, kPrefix, sizeof kPrefix) != 0) continue;
    return exif_orientation({marker->data + sizeof kPrefix, marker->data_length - sizeof kPrefix});
  }
  return 1;
}

void read_rows(Decoding& d) {
  const std::size_t stride = std::size_t(d.image.width) * std::size_t(d.components);
  while (d.info.output_scanline < d.info.output_height) {
    JSAMPROW row = d.image.pixels.data() + std::size_t(d.info.output_scanline) * stride;
    jpeg_read_scanlines(&d.info, &row, 1);
  }
  jpeg_finish_decompress(&d.info);
}

// Header, limits, buffer. The buffer is allocated here, outside any function that a jump leaves.
bool read_header(Decoding& d, std::span<const std::uint8_t> bytes) {
  if (setjmp(d.error.jump) != 0) return false;
  jpeg_create_decompress(&d.info);
  d.info.progress = &d.progress;
  d.info.mem->max_memory_to_use = kMaxDecoderMemory;
  jpeg_mem_src(&d.info, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&d.info, kExifMarker, 0xFFFF);
  jpeg_read_header(&d.info, TRUE);
  return true;
}

bool read_pixels(Decoding& d) {
  if (setjmp(d.error.jump) != 0) return false;
  jpeg_start_decompress(&d.info);
  read_rows(d);
  return true;
}

J_COLOR_SPACE output_space(J_COLOR_SPACE stored) {
  switch (stored) {
    case JCS_GRAYSCALE:
      return JCS_GRAYSCALE;
    case JCS_CMYK:
    case JCS_YCCK:
      return JCS_CMYK;
    default:
      return JCS_RGB;
  }
}

Outcome decode(Decoding& d, std::span<const std::uint8_t> bytes, const std::string& where) {
  d.info.err = jpeg_std_error(&d.error.manager);
  d.error.manager.error_exit = stop;
  d.error.manager.emit_message = on_message;
  d.progress.progress_monitor = count_scans;
  if (!read_header(d, bytes)) return Outcome::damaged;
  if (exceeds_pixel_limit(d.info.image_width, d.info.image_height)) return Outcome::too_large;
  check_plausible(where, d.info.image_width, d.info.image_height, bytes.size(), kMaxPixelsPerByte);
  d.info.out_color_space = output_space(d.info.jpeg_color_space);
  d.components = d.info.out_color_space == JCS_GRAYSCALE ? 1
                 : d.info.out_color_space == JCS_CMYK    ? 4
                                                         : 3;
  d.image.height = d.info.image_height;
  d.image.width = d.info.image_width;
  d.image.channels = d.components;
  d.image.pixels.resize(std::size_t(d.image.height * d.image.width * d.components));
  d.orientation = orientation_of(d.info);  // libjpeg drops its markers when it finishes
  return read_pixels(d) ? Outcome::done : Outcome::damaged;
}

// Adobe writes CMYK inverted (255 = no ink) and says so by its marker.
void cmyk_to_rgb(Image& image, bool inverted) {
  const std::size_t pixels = std::size_t(image.height * image.width);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* src = image.pixels.data() + 4 * i;
    const int flip = inverted ? 0 : 255;
    const int black = src[3] ^ flip;
    std::uint8_t rgb[3];
    for (int c = 0; c < 3; ++c) rgb[c] = std::uint8_t(((src[c] ^ flip) * black + 127) / 255);
    std::memcpy(image.pixels.data() + 3 * i, rgb, 3);
  }
  image.channels = 3;
  image.pixels.resize(pixels * 3);
}

}  // namespace

Image decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& where) {
  Decoding d;
  struct Destroy {
    jpeg_decompress_struct* info;
    ~Destroy() { jpeg_destroy_decompress(info); }
  } destroy{&d.info};
  switch (decode(d, bytes, where)) {
    case Outcome::damaged:
      throw Error(ErrorCode::corrupt_file, where, std::string("damaged JPEG: ") + d.error.message,
                  "a complete JPEG");
    case Outcome::too_large:
      throw_too_large(where, d.info.image_width, d.info.image_height);
    case Outcome::done:
      break;
  }
  if (d.components == 4) cmyk_to_rgb(d.image, d.info.saw_Adobe_marker != 0);
  return upright(std::move(d.image), d.orientation);
}

}  // namespace noyau::data
