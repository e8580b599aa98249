#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/data.hpp"

namespace noyau {

/// What the file of a picture tells, and what its pixels look like.
struct PictureFacts {
  std::string name;  ///< path below the folder; of IDX sets FILE#NUMBER
  Sample sample;     ///< for `Dataset::load`
  Split part = Split::train;
  bool readable = false;   ///< nothing below is known where it is not, but `bytes` may be
  std::string format;      ///< "JPEG"; by the first bytes, not by the name
  std::int64_t bytes = 0;  ///< of the file; of IDX sets of the pixels
  std::int64_t width = 0, height = 0;  ///< pixels, upright
  std::int64_t depth = 1;
  int channels = 0;     ///< 1 or 3, as stored
  bool colour = false;  ///< false: every pixel is grey, however it is stored
  int orientation = 1;  ///< of EXIF, 1 to 8
  /// EXIF DateTimeOriginal, seconds from 1970 by the clock of the camera; 0 = unknown.
  std::int64_t taken = 0;
  double brightness = 0, contrast = 0;  ///< mean and deviation of the luma, 0 to 255
  std::uint64_t hash = 0;               ///< perceptual: pictures that look alike differ in few bits
  std::string content;                  ///< 32 hexadecimal digits over the bytes of the file
};

/// Something about one file that is worth a look.
struct Issue {
  /// unreadable, blank, tiny, elongated, extension, colour.
  std::string kind;
  std::string name;           ///< as in PictureFacts; may be a file that is no picture
  std::int64_t picture = -1;  ///< in `DataCheck::pictures`, -1 = not among them
  std::string detail;         ///< "5 x 3000 pixels"
};

/// What the pictures of a group have in common.
enum class Likeness {
  exact,     ///< the same bytes
  near,      ///< some are re-encoded, resized or retouched
  mirrored,  ///< some are mirrored or turned by 90, 180 or 270 degrees as well
};

std::string_view to_string(Likeness likeness);    ///< "exact", "near", "mirrored"
std::string_view description(Likeness likeness);  ///< "nearly the same"

/// Pictures that are the same, or nearly.
struct DuplicateGroup {
  std::vector<std::int64_t> pictures = {};  ///< at least two of `DataCheck::pictures`, rising
  Likeness likeness = Likeness::exact;
  bool leak = false;  ///< they lie in more than one part
  bool labels_differ = false;
};

/// Everything that is found out about a dataset without a network; plain data.
struct DataCheck {
  std::string path, fingerprint;
  Task task = Task::classes;
  std::vector<std::string> classes;        ///< or labels, or values
  std::vector<PictureFacts> pictures;      ///< train, val, test, each in the dataset's order
  std::vector<Issue> issues;               ///< unreadable first, then by kind and name
  std::vector<DuplicateGroup> duplicates;  ///< leaks first, then by first picture
  int near = 0;                            ///< as in CheckOptions
  double seconds = 0;
};

/// What a check comes to in numbers.
struct CheckCounts {
  std::array<std::int64_t, 3> parts{};               ///< pictures by Split
  std::vector<std::array<std::int64_t, 3>> classes;  ///< by class or label, and Split
  std::map<std::string, std::int64_t> issues;        ///< by kind
  std::int64_t odd = 0;                              ///< pictures with any issue but unreadable
  std::map<std::string, std::int64_t> formats;       ///< of readable pictures
  std::int64_t exact = 0, near = 0, mirrored = 0;    ///< groups of duplicates by Likeness
  std::int64_t duplicates = 0;                       ///< pictures in them
  std::int64_t leaks = 0, labels_differ = 0;         ///< groups among them
  std::int64_t colour = 0, grey = 0;                 ///< readable pictures
  std::int64_t turned = 0;                           ///< whose EXIF orientation is not 1
};
CheckCounts count(const DataCheck& check);

/// What to do about it, most urgent first, a sentence each; one that says so where all is well.
std::vector<std::string> advice(const DataCheck& check);

struct CheckOptions {
  int threads = 0;  ///< 0 = all processors
  /// Most bits of the perceptual hash, 0 to 15, that near duplicates differ in.
  int near = 8;
};

/// Told now and then: pictures looked at, of how many.
using CheckProgress = std::function<void(std::int64_t done, std::int64_t pictures)>;

/// Reads every picture once. Near duplicates are found by a 64-bit hash of the low frequencies
/// (Zauner 2010) and then compared pixel by pixel at 32 x 32, so that plain or similar pictures are
/// not taken for one; so are copies that are mirrored or turned by quarters. The result does not
/// depend on the threads. Pictures that cannot be read are issues, never errors. Throws
/// Error(invalid_argument) for options out of range and Error(out_of_memory).
DataCheck check_data(const Dataset& data, const CheckOptions& options = {},
                     const CheckProgress& progress = {});

/// Throws Error(invalid_argument) when `path` is the folder of the data or lies within it, links
/// followed: nothing is ever written there.
void expect_outside_data(const std::string& path, const std::string& data);

}  // namespace noyau
