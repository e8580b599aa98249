#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "data/content.hpp"
#include "data/file.hpp"
#include "data/format.hpp"
#include "data/hash.hpp"
#include "data/inspection.hpp"
#include "data/listing.hpp"
#include "data/split.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr std::string_view kLayout =
    "one folder per class with JPEG, PNG, WebP or NPY pictures, below train/ and val/ or not, or "
    "IDX "
    "files";

struct Scan {
  Content& content;
  Inspection inspection;
  Hash hash;
  std::int64_t files = 0;
};

// Adds the pictures below `folder` with this label; returns how many.
std::size_t add_folder(Scan& scan, const std::string& folder, std::int32_t label,
                       std::vector<Sample>& samples) {
  Listing listing = list_files(scan.content.path, folder);
  const std::size_t before = samples.size();
  for (Skipped& skipped : listing.skipped) scan.content.skipped.push_back(std::move(skipped));
  for (FoundFile& file : listing.files) {
    scan.hash.add(file.path);
    scan.hash.add(file.size);
    scan.hash.add(std::uint64_t(file.modified_ns));
    const std::int64_t index = scan.files++;
    if (auto reason = scan.inspection.refuse(file.path))
      scan.content.skipped.push_back({std::move(file.path), std::move(*reason)});
    else
      samples.push_back({std::move(file.path), label, index, 0});
  }
  return samples.size() - before;
}

// "12 unsupported format GIF, 1 empty file": the reasons of what was left out below `folder`.
std::string reasons(const Content& content, const std::string& folder) {
  std::map<std::string, int> counts;
  for (const Skipped& skipped : content.skipped)
    if (folder.empty() || skipped.path.starts_with(folder + "/")) ++counts[skipped.reason];
  std::string text;
  for (const auto& [reason, count] : counts)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " x " + reason;
  return text.empty() ? "" : "left out: " + text;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

// The folders of the parts; empty unless one of them is for training.
std::map<Split, std::string> split_folders(const std::string& path,
                                           const std::vector<std::string>& folders) {
  std::map<Split, std::string> found;
  for (const std::string& folder : folders) {
    const auto split = split_name(folder);
    if (!split) continue;
    const auto [at, is_new] = found.emplace(*split, folder);
    if (!is_new) {
      throw Error(ErrorCode::unsupported, path,
                  "both '" + at->second + "' and '" + folder + "' look like the " +
                      std::string(to_string(*split)) + " part",
                  "one folder for each part");
    }
  }
  if (!found.contains(Split::train)) found.clear();
  return found;
}

void check_same_classes(const std::string& path, const std::string& train,
                        const std::vector<std::string>& classes, const std::string& other,
                        const std::vector<std::string>& others) {
  if (classes == others) return;
  std::vector<std::string> missing, extra;
  std::set_difference(classes.begin(), classes.end(), others.begin(), others.end(),
                      std::back_inserter(missing));
  std::set_difference(others.begin(), others.end(), classes.begin(), classes.end(),
                      std::back_inserter(extra));
  std::string got = "the classes of '" + train + "' and '" + other + "' differ:";
  if (!missing.empty()) got += " only in '" + train + "': " + quoted(missing);
  if (!missing.empty() && !extra.empty()) got += ";";
  if (!extra.empty()) got += " only in '" + other + "': " + quoted(extra);
  throw Error(ErrorCode::corrupt_file, path, got, "the same class folders in each part");
}

void check_class_folders(const std::string& path, const std::vector<std::string>& classes) {
  if (classes.empty()) {
    const bool loose = !child_files(path).empty();
    throw Error(ErrorCode::io, path,
                loose ? "files but no class folders in it" : "no images: the folder is empty",
                std::string(kLayout));
  }
  if (classes.size() > 1) return;
  const std::string inner = path + "/" + classes[0];
  const bool wrapper = child_folders(inner).size() > 1 || holds_idx(inner);
  throw Error(ErrorCode::unsupported, path, "one class only: '" + classes[0] + "'",
              "at least two class folders", wrapper ? "did you mean " + inner + "?" : "");
}

void add_part(Scan& scan, const std::string& folder, Split split) {
  std::vector<Sample>& samples = scan.content.part(split);
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::vector<std::string> empty;
  for (std::size_t i = 0; i < scan.content.classes.size(); ++i) {
    const std::string below = prefix + scan.content.classes[i];
    if (add_folder(scan, below, std::int32_t(i), samples) == 0)
      empty.push_back(scan.content.classes[i]);
  }
  const std::string where = scan.content.path + (folder.empty() ? "" : "/" + folder);
  if (samples.empty()) {
    throw Error(ErrorCode::io, where, "no images",
                "JPEG, PNG, WebP or NPY pictures in its class folders",
                reasons(scan.content, folder));
  }
  if (split != Split::train || empty.empty()) return;
  throw Error(ErrorCode::corrupt_file, where, "no images in class " + quoted(empty),
              "at least one JPEG, PNG, WebP or NPY in each class folder",
              reasons(scan.content, prefix + empty[0]));
}

void finish(Scan& scan) {
  take_over(scan.inspection, scan.content);
  scan.content.fingerprint = scan.hash.text();
}

}  // namespace

std::optional<Split> split_name(const std::string& folder) {
  const std::string name = lower(folder);
  if (name == "train" || name == "training") return Split::train;
  if (name == "val" || name == "valid" || name == "validation") return Split::val;
  if (name == "test" || name == "testing") return Split::test;
  return std::nullopt;
}

Content open_class_folders(const std::string& path, const DataOptions& options) {
  Content content;
  content.path = path;
  Scan scan{content, Inspection(content.path, options.channels), {}, 0};
  const std::vector<std::string> folders = child_folders(path);
  auto parts = split_folders(path, folders);
  if (parts.empty()) parts.emplace(Split::train, "");
  const std::string train = parts.at(Split::train);
  const std::string train_path = train.empty() ? path : path + "/" + train;
  content.classes = child_folders(train_path);
  check_class_folders(train_path, content.classes);
  for (const auto& [split, folder] : parts) {
    if (split != Split::train)
      check_same_classes(path, train, content.classes, folder, child_folders(path + "/" + folder));
  }
  for (const auto& [split, folder] : parts) add_part(scan, folder, split);
  split_content(content, options, parts.contains(Split::val), parts.contains(Split::test));
  finish(scan);
  check_classes(content);
  return content;
}

Content open_pictures(const std::string& path, int channels) {
  Content content;
  content.path = path;
  Scan scan{content, Inspection(content.path, channels), {}, 0};
  add_folder(scan, "", -1, content.part(Split::test));
  if (content.part(Split::test).empty()) {
    if (holds_shards(path)) return open_unlabelled_shards(path, channels);
    throw Error(ErrorCode::io, path, "no images", std::string(kSupportedFormats) + " pictures",
                reasons(content, ""));
  }
  finish(scan);
  return content;
}

Content open_picture(const std::string& path, int channels) {
  Content content;
  const auto [folder, file] = place_of(path);
  content.path = folder;
  Inspection inspection(content.path, channels);
  if (const auto reason = inspection.refuse(file)) {
    throw Error(ErrorCode::unsupported, path, *reason,
                std::string(kSupportedFormats) + ", or an IDX images file");
  }
  content.part(Split::test).push_back({file, -1, 0, 0});
  take_over(inspection, content);
  Hash hash;
  hash.add(read_file(path));
  content.fingerprint = hash.text();
  return content;
}

}  // namespace noyau::data
