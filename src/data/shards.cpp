#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "data/content.hpp"
#include "data/format.hpp"
#include "data/hash.hpp"
#include "data/inspection.hpp"
#include "data/listing.hpp"
#include "data/tar.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

struct Shard {
  std::string file;  // below the folder; empty: the archive is the dataset
  std::optional<Split> part;
  TarIndex index = {};
};

// A picture of a shard and the text of its label.
struct Found {
  Sample sample;
  Split part = Split::train;
  std::string label;
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

// Compressed ones too, to be refused by name.
bool is_shard(const std::string& file) {
  const std::string name = lower(file);
  for (const char* end : {".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"})
    if (name.ends_with(end)) return true;
  return false;
}

// One of the words of "imagenet-train-000012.tar".
std::optional<Split> part_in(const std::string& name) {
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find_first_of("-_.", at), name.size());
    if (const auto part = split_name(name.substr(at, end - at))) return part;
    at = end + 1;
  }
  return std::nullopt;
}

std::vector<Shard> find_shards(const std::string& path) {
  std::vector<Shard> shards;
  for (const std::string& file : child_files(path))
    if (is_shard(file)) shards.push_back({file, part_in(file)});
  for (const std::string& folder : child_folders(path)) {
    const auto part = split_name(folder);
    if (!part) continue;
    for (const std::string& file : child_files(path + "/" + folder))
      if (is_shard(file)) shards.push_back({folder + "/" + file, part});
  }
  return shards;
}

// All are for training where no name speaks of a part.
void check_parts(const std::string& path, std::vector<Shard>& shards) {
  const auto named = [](const Shard& shard) { return shard.part.has_value(); };
  if (std::ranges::none_of(shards, named))
    for (Shard& shard : shards) shard.part = Split::train;
  for (const Shard& shard : shards)
    if (!shard.part)
      throw Error(ErrorCode::unsupported, path + "/" + shard.file,
                  "a shard of no part, beside others whose names tell theirs",
                  "train, val or test in the name of each or of none");
  if (std::ranges::none_of(shards, [](const Shard& s) { return s.part == Split::train; }))
    throw Error(ErrorCode::io, path, "no training shards", "train-*.tar, or shards below train/");
}

// Of an archive that is the dataset as in a folder of the same files.
std::string name_of(const Shard& shard, const std::string& member) {
  return shard.file.empty() ? member : shard.file + ":" + member;
}

std::string file_name(const std::string& member) { return member.substr(member.rfind('/') + 1); }

// "a/b.seg.png" is of the sample "a/b" and of the kind "seg.png".
std::size_t key_length(const std::string& member) {
  const std::size_t name = member.rfind('/') + 1;  // 0 where there is none
  return std::min(member.find('.', name), member.size());
}

std::string kind_of_member(const std::string& member) {
  const std::size_t dot = key_length(member);
  return dot == member.size() ? "" : lower(member.substr(dot + 1));
}

bool is_text(const std::string& kind) { return kind == "cls" || kind == "json" || kind == "txt"; }

class Scan {
 public:
  Scan(Content& content, int channels, bool labelled)
      : content_(content), inspection_(content.path, channels), labelled_(labelled) {}

  void open(Shard& shard) {
    const std::string path = content_.shard_path(shard.file);
    const InputFile file(path);
    hash_.add(shard.file);
    hash_.add(std::uint64_t(file.size()));
    hash_.add(std::uint64_t(file.modified_ns()));
    shard.index = index_tar(file, path);
    for (const Skipped& skipped : shard.index.skipped) skip(shard, skipped.path, skipped.reason);
    const auto is_label = [](const TarMember& m) { return kind_of_member(m.name) == "cls"; };
    if (labelled_ && std::ranges::any_of(shard.index.files, is_label)) has_cls_ = true;
  }

  void add_pictures(const Shard& shard) {
    const InputFile file(content_.shard_path(shard.file));
    const std::int32_t source = std::int32_t(content_.shards.size());
    content_.shards.push_back(shard.file);
    const auto labels = has_cls_ ? read_labels(file, shard) : std::map<std::string, std::string>{};
    for (const TarMember& member : shard.index.files) {
      const std::int64_t place = std::int64_t(content_.members.size());
      content_.members.push_back({source, member.offset, member.size});
      if (is_junk(file_name(member.name)) || is_text(kind_of_member(member.name))) continue;
      const auto label = label_of(member, labels);
      if (!label)
        skip(shard, member.name,
             has_cls_ ? "no .cls beside it" : "no folder and no .cls beside it");
      else if (auto reason = refuse(file, member))
        skip(shard, member.name, std::move(*reason));
      else
        add({name_of(shard, member.name), -1, place, source}, *shard.part, *label);
    }
  }

  void finish() {
    if (labelled_) name_classes();
    for (Found& found : found_) {
      if (labelled_) found.sample.label = std::int32_t(ids_.at(found.label));
      content_.part(found.part).push_back(std::move(found.sample));
    }
    take_over(inspection_, content_);
    content_.fingerprint = hash_.text();
  }

 private:
  void add(Sample sample, Split part, const std::string& label) {
    found_.push_back({std::move(sample), part, label});
  }

  void skip(const Shard& shard, const std::string& member, std::string reason) {
    content_.skipped.push_back({name_of(shard, member), std::move(reason)});
  }

  std::optional<std::string> refuse(const InputFile& file, const TarMember& member) {
    if (member.size > kMaxFileBytes) return std::to_string(member.size) + " bytes: too large";
    return inspection_.refuse(member.name, [&](std::size_t limit) {
      return file.read(member.offset, std::min(limit, std::size_t(member.size)));
    });
  }

  // By the key of the sample.
  std::map<std::string, std::string> read_labels(const InputFile& file, const Shard& shard) {
    constexpr std::size_t kLongest = 4096;
    std::map<std::string, std::string> labels;
    for (const TarMember& member : shard.index.files) {
      if (kind_of_member(member.name) != "cls") continue;
      const auto bytes = file.read(member.offset, std::min(kLongest, std::size_t(member.size)));
      std::string text(bytes.begin(), bytes.end());
      text.erase(std::min(text.find_last_not_of(" \t\r\n") + 1, text.size()));
      text.erase(0, text.find_first_not_of(" \t\r\n"));
      if (text.empty())
        skip(shard, member.name, "an empty label");
      else
        labels.emplace(member.name.substr(0, key_length(member.name)), std::move(text));
    }
    return labels;
  }

  // Empty where labels are not looked at.
  std::optional<std::string> label_of(const TarMember& member,
                                      const std::map<std::string, std::string>& labels) const {
    if (!labelled_) return "";
    if (!has_cls_) return folder_of(member);
    const auto at = labels.find(member.name.substr(0, key_length(member.name)));
    return at == labels.end() ? std::nullopt : std::optional(at->second);
  }

  static std::optional<std::string> folder_of(const TarMember& member) {
    const std::size_t slash = member.name.find('/');
    return slash == std::string::npos ? std::nullopt : std::optional(member.name.substr(0, slash));
  }

  // Class numbers in their order, names by bytes.
  void name_classes() {
    std::vector<std::pair<std::int64_t, std::string>> names;
    bool numbers = true;
    for (const Found& found : found_) ids_.emplace(found.label, 0);
    for (const auto& [name, id] : ids_) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
      numbers = numbers && error == std::errc() && end == name.data() + name.size();
      names.emplace_back(value, name);
    }
    if (numbers) std::ranges::sort(names);
    for (const auto& [value, name] : names) {
      ids_[name] = content_.classes.size();
      content_.classes.push_back(name);
    }
  }

  Content& content_;
  Inspection inspection_;
  Hash hash_;
  bool labelled_, has_cls_ = false;
  std::vector<Found> found_;
  std::map<std::string, std::size_t> ids_;
};

// The shards of a folder, or one that is named itself.
std::vector<Shard> shards_at(const std::string& path) {
  if (!is_shard_file(path)) return find_shards(path);
  return {{"", part_in(place_of(path).name)}};
}

void read(std::vector<Shard>& shards, Content& content, int channels, bool labelled) {
  Scan scan(content, channels, labelled);
  for (Shard& shard : shards) scan.open(shard);
  for (const Shard& shard : shards) scan.add_pictures(shard);
  scan.finish();
}

[[noreturn]] void refuse_empty(const Content& content, const std::string& path, const char* got,
                               const std::string& expected) {
  throw Error(
      ErrorCode::io, path, got, expected,
      content.skipped.empty() ? "" : content.skipped[0].path + ": " + content.skipped[0].reason);
}

}  // namespace

bool is_shard_file(const std::string& path) {
  return is_shard(path) && kind_of(path) == PathKind::file;
}

bool holds_shards(const std::string& path) {
  const auto is_class = [](const std::string& folder) { return !split_name(folder); };
  return std::ranges::none_of(child_folders(path), is_class) && !find_shards(path).empty();
}

Content open_shards(const std::string& path, const DataOptions& options) {
  Content content;
  content.path = path;
  std::vector<Shard> shards = shards_at(path);
  check_parts(path, shards);
  read(shards, content, options.channels, true);
  if (content.part(Split::train).empty())
    refuse_empty(content, path, "no training pictures in its shards",
                 "KEY.jpg and KEY.cls, or CLASS/NAME.jpg");
  const bool has_val = !content.part(Split::val).empty();
  split_content(content, options, has_val, !content.part(Split::test).empty());
  check_classes(content);
  return content;
}

Content open_unlabelled_shards(const std::string& path, int channels) {
  Content content;
  content.path = path;
  std::vector<Shard> shards = shards_at(path);
  for (Shard& shard : shards) shard.part = Split::test;
  read(shards, content, channels, false);
  if (content.part(Split::test).empty())
    refuse_empty(content, path, "no pictures in its shards",
                 std::string(kSupportedFormats) + " pictures");
  return content;
}

}  // namespace noyau::data
