#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>

#include "data/content.hpp"
#include "data/hash.hpp"
#include "data/listing.hpp"
#include "data/split.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr std::string_view kNaming =
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
    "t10k-labels-idx1-ubyte, each .gz or not";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool is_named(const std::string& file, std::string_view what, std::string_view kind) {
  const std::string name = lower(file);
  return contains(name, what) && contains(name, kind);
}

Split part_of(const std::string& file) {
  const std::string name = lower(file);
  if (contains(name, "train")) return Split::train;
  if (contains(name, "t10k") || contains(name, "test")) return Split::test;
  return contains(name, "val") ? Split::val : Split::train;
}

// One file per part. Sorted names put "x" before "x.gz": an unpacked file wins over its archive.
std::map<Split, std::string> files_by_part(const std::string& path, std::string_view what,
                                           std::string_view kind) {
  std::map<Split, std::string> files;
  for (const std::string& name : child_files(path)) {
    if (!is_named(name, what, kind)) continue;
    const auto [at, is_new] = files.emplace(part_of(name), name);
    if (is_new || name == at->second + ".gz") continue;
    throw Error(ErrorCode::unsupported, path,
                "both " + at->second + " and " + name + " look like " +
                    std::string(to_string(at->first)) + " " + std::string(what),
                std::string(kNaming));
  }
  return files;
}

void add_images(Content& content, const std::string& file) {
  IdxArray images = read_idx(content.path + "/" + file, 3);
  const std::int64_t height = images.extents[1], width = images.extents[2];
  if (!content.sources.empty() && (height != content.height || width != content.width)) {
    throw Error(ErrorCode::corrupt_file, content.path + "/" + file,
                std::to_string(height) + " x " + std::to_string(width) + " pixels",
                std::to_string(content.height) + " x " + std::to_string(content.width) +
                    " as in the other images file");
  }
  content.height = height;
  content.width = width;
  content.sources.push_back(std::move(images));
}

std::vector<std::uint8_t> read_labels(const Content& content, const std::string& file,
                                      const std::string& images_file) {
  const std::string path = content.path + "/" + file;
  IdxArray labels = read_idx(path, 1);
  const std::int64_t images = content.sources.back().extents[0];
  if (labels.extents[0] != images) {
    throw Error(ErrorCode::corrupt_file, path, std::to_string(labels.extents[0]) + " labels",
                std::to_string(images) + ", one for each image of " + images_file);
  }
  return std::move(labels.bytes);
}

std::vector<std::string> read_class_names(const std::string& path) {
  std::vector<std::string> names;
  std::ifstream file(path + "/classes.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

void name_classes(Content& content) {
  content.classes = read_class_names(content.path);
  if (!content.classes.empty()) return;
  std::int32_t highest = 0;
  for (const Sample& sample : content.part(Split::train)) highest = std::max(highest, sample.label);
  for (std::int32_t i = 0; i <= highest; ++i) content.classes.push_back(std::to_string(i));
}

void check_labels(const Content& content) {
  for (const auto& samples : content.samples) {
    for (const Sample& sample : samples) {
      if (std::size_t(sample.label) < content.classes.size()) continue;
      throw Error(
          ErrorCode::corrupt_file, content.path + "/" + sample.path,
          "label " + std::to_string(sample.label) + " of image " + std::to_string(sample.index),
          "0 to " + std::to_string(content.classes.size() - 1));
    }
  }
}

std::vector<Sample> samples_of(const std::string& file, const std::vector<std::uint8_t>& labels,
                               std::int32_t source) {
  std::vector<Sample> samples;
  samples.reserve(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    samples.push_back({file, labels[i], std::int64_t(i), source});
  return samples;
}

void split_train(Content& content, const DataOptions& options) {
  const bool has_val = !content.part(Split::val).empty();
  const bool has_test = !content.part(Split::test).empty();
  Parts parts = split_as_asked(content.part(Split::train), options, has_val, has_test);
  content.part(Split::train) = std::move(parts.train);
  if (!has_val) content.part(Split::val) = std::move(parts.val);
  if (!has_test || options.folds > 0) content.part(Split::test) = std::move(parts.test);
}

int channels_or(int wanted, int found) { return wanted != 0 ? wanted : found; }

}  // namespace

bool holds_idx(const std::string& path) {
  const std::vector<std::string> files = child_files(path);
  return std::any_of(files.begin(), files.end(), [](const std::string& name) {
    return is_named(name, "images", "idx3") || is_named(name, "labels", "idx1");
  });
}

Content open_idx_set(const std::string& path, const DataOptions& options) {
  Content content;
  content.path = path;
  const auto images = files_by_part(path, "images", "idx3");
  const auto labels = files_by_part(path, "labels", "idx1");
  if (!images.contains(Split::train))
    throw Error(ErrorCode::io, path, "no file of training images", std::string(kNaming));
  Hash hash;
  for (const auto& [part, file] : images) {
    if (!labels.contains(part)) {
      throw Error(ErrorCode::io, path + "/" + file, "no labels file beside it",
                  std::string(kNaming));
    }
    add_images(content, file);
    const auto classes = read_labels(content, labels.at(part), file);
    content.part(part) = samples_of(file, classes, std::int32_t(content.sources.size() - 1));
    hash.add(content.sources.back().bytes);
    hash.add(classes);
  }
  name_classes(content);
  check_labels(content);
  for (const std::string& name : content.classes) hash.add(name);
  content.fingerprint = hash.text();
  content.channels = channels_or(options.channels, 1);
  split_train(content, options);
  check_classes(content);
  return content;
}

Content open_idx_images(const std::string& path, int channels) {
  Content content;
  const auto [folder, file] = place_of(path);
  content.path = folder;
  add_images(content, file);
  for (std::int64_t i = 0; i < content.sources[0].extents[0]; ++i)
    content.part(Split::test).push_back({file, -1, i, 0});
  Hash hash;
  hash.add(content.sources[0].bytes);
  content.fingerprint = hash.text();
  content.channels = channels_or(channels, 1);
  return content;
}

}  // namespace noyau::data
