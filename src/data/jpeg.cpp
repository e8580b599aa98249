#include "data/jpeg.hpp"

#include <algorithm>
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
  Rectangle part;                 // of the picture as stored, shrunk
  bool whole = true;              // the part is all of it
  bool to_the_end = true;         // also where the part ends before
  std::vector<std::uint8_t> row;  // when it is not
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

void read_whole(Decoding& d) {
  const std::size_t stride = std::size_t(d.image.width) * std::size_t(d.components);
  while (d.info.output_scanline < d.info.output_height) {
    JSAMPROW row = d.image.pixels.data() + std::size_t(d.info.output_scanline) * stride;
    jpeg_read_scanlines(&d.info, &row, 1);
  }
}

// Of other samplings libjpeg's own way to leave columns out is little used.
bool has_common_sampling(const jpeg_decompress_struct& info) {
  const auto is = [&](int component, int most) {
    const jpeg_component_info& c = info.comp_info[component];
    return c.h_samp_factor <= most && c.v_samp_factor <= most;
  };
  if (info.num_components == 1) return is(0, 1);
  return info.num_components == 3 && is(0, 2) && is(1, 1) && is(2, 1);
}

// Some columns more on both sides, as colours of a column come from its neighbours too. Returns
// the first column that will be read.
std::int64_t narrow(Decoding& d) {
  if (!has_common_sampling(d.info)) return 0;
  constexpr std::int64_t kMargin = 16;
  const std::int64_t left = std::max<std::int64_t>(0, d.part.left - kMargin);
  const std::int64_t end =
      std::min<std::int64_t>(d.info.output_width, d.part.left + d.part.width + kMargin);
  JDIMENSION first = JDIMENSION(left), columns = JDIMENSION(end - left);
  if (columns == d.info.output_width) return 0;
  jpeg_crop_scanline(&d.info, &first, &columns);  // moves `first` left to a block
  return first;
}

void skip_rows(Decoding& d, std::int64_t rows) {
  if (rows > 0) jpeg_skip_scanlines(&d.info, JDIMENSION(rows));
}

void read_part(Decoding& d) {
  const std::int64_t before = d.part.left - narrow(d), rows = d.info.output_height;
  const std::size_t stride = std::size_t(d.part.width * d.components);
  JSAMPROW row = d.row.data();
  skip_rows(d, d.part.top);
  for (std::int64_t y = 0; y < d.part.height; ++y) {
    jpeg_read_scanlines(&d.info, &row, 1);
    std::memcpy(d.image.pixels.data() + std::size_t(y) * stride, row + before * d.components,
                stride);
  }
  const std::int64_t after = rows - d.part.top - d.part.height;
  if (!d.to_the_end || after == 0) return;
  skip_rows(d, after - 1);  // skipping the last row too would skip its bytes unread
  jpeg_read_scanlines(&d.info, &row, 1);
}

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
  d.whole ? read_whole(d) : read_part(d);
  if (d.info.output_scanline == d.info.output_height) jpeg_finish_decompress(&d.info);
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

// Shrinks, chooses the part, and takes the memory for it.
void prepare(Decoding& d, const DecodeChoice& choice) {
  const Size stored{d.info.image_height, d.info.image_width};
  const Size whole = turned(stored, d.orientation);
  const int shrink = choice.resized_to ? shrink_for(whole, choice.resized_to(whole)) : 1;
  d.info.scale_num = 1;
  d.info.scale_denom = unsigned(shrink);
  const Size size = shrunk(stored, shrink);
  d.part = {0, 0, size.height, size.width};
  if (choice.part)
    d.part = stored_part(choice.part(turned(size, d.orientation)), d.orientation, size);
  d.whole = Size{d.part.height, d.part.width} == size;
  d.to_the_end = choice.to_the_end;
  d.image = {d.part.height, d.part.width, d.components, {}};
  d.image.pixels.resize(std::size_t(d.image.height * d.image.width * d.components));
  if (!d.whole) d.row.resize(std::size_t(size.width * d.components));
}

// Limits come before memory.
Outcome decode(Decoding& d, std::span<const std::uint8_t> bytes, const std::string& where,
               const DecodeChoice& choice) {
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
  d.orientation = orientation_of(d.info);  // libjpeg drops its markers when it finishes
  prepare(d, choice);
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

Image decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& where,
                  const DecodeChoice& choice) {
  Decoding d;
  struct Destroy {
    jpeg_decompress_struct* info;
    ~Destroy() { jpeg_destroy_decompress(info); }
  } destroy{&d.info};
  switch (decode(d, bytes, where, choice)) {
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
