#include <map>

#include "data/content.hpp"
#include "data/file.hpp"
#include "data/hash.hpp"
#include "data/inspection.hpp"
#include "data/label_list.hpp"
#include "data/listing.hpp"
#include "data/split.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr const char* kName = "/labels.csv";

/// The files below the folder by their path.
std::map<std::string, FoundFile> files_below(const std::string& path) {
  std::map<std::string, FoundFile> files;
  for (FoundFile& file : list_files(path, "").files) {
    const std::string name = file.path;
    files.emplace(name, std::move(file));
  }
  return files;
}

void add_samples(Content& content, const LabelList& list, Inspection& inspection, Hash& hash) {
  const std::map<std::string, FoundFile> files = files_below(content.path);
  std::int64_t index = 0;
  for (const LabelList::Row& row : list.rows) {
    const std::int64_t place = index++;
    const auto file = files.find(row.file);
    if (file == files.end()) {
      content.skipped.push_back({row.file, "does not exist"});
      continue;
    }
    hash.add(file->second.size);
    hash.add(std::uint64_t(file->second.modified_ns));
    if (auto reason = inspection.refuse(row.file))
      content.skipped.push_back({row.file, std::move(*reason)});
    else
      content.part(row.split).push_back({row.file, row.label, place, 0, row.targets});
  }
}

}  // namespace

bool holds_label_list(const std::string& path) { return kind_of(path + kName) == PathKind::file; }

Content open_label_list(const std::string& path, const DataOptions& options) {
  const std::vector<std::uint8_t> bytes = read_file(path + kName);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  LabelList list = parse_label_list(text, path + kName);
  Content content;
  content.path = path;
  content.task = list.task;
  Hash hash;
  hash.add(bytes);
  Inspection inspection(content.path, options.channels);
  add_samples(content, list, inspection, hash);
  content.classes = std::move(list.names);
  take_over(inspection, content);
  content.fingerprint = hash.text();
  if (content.part(Split::train).empty())
    throw Error(
        ErrorCode::io, path + kName, "no training picture that can be read",
        "paths below the folder",
        content.skipped.empty() ? "" : content.skipped[0].path + ": " + content.skipped[0].reason);
  const bool has_val = !content.part(Split::val).empty();
  split_content(content, options, has_val, list.has_split && !content.part(Split::test).empty());
  if (content.task == Task::classes) check_classes(content);
  return content;
}

}  // namespace noyau::data
