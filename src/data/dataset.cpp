#include <array>
#include <map>
#include <mutex>

#include "data/content.hpp"
#include "data/convert.hpp"
#include "data/file.hpp"
#include "data/format.hpp"
#include "data/listing.hpp"
#include "data/parts/split_file.hpp"
#include "data/split.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {

namespace data {

void check_classes(const Content& content) {
  std::vector<std::int64_t> counts(content.classes.size());
  for (const Sample& sample : content.samples[std::size_t(Split::train)])
    ++counts[std::size_t(sample.label)];
  if (counts.size() < 2) {
    throw Error(ErrorCode::unsupported, content.path,
                "one class only: '" + content.classes[0] + "'", "at least two classes");
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) continue;
    throw Error(ErrorCode::corrupt_file, content.path,
                "no training image of class '" + content.classes[i] + "'", "at least one");
  }
}

void take_over(const Inspection& inspection, Content& content) {
  content.channels = inspection.channels();
  content.depth = inspection.depth();
  content.height = inspection.extents().height;
  content.width = inspection.extents().width;
}

void split_content(Content& content, const DataOptions& options, bool has_val, bool has_test) {
  Parts parts = split_as_asked(content.part(Split::train), options, has_val, has_test);
  content.part(Split::train) = std::move(parts.train);
  if (!has_val) content.part(Split::val) = std::move(parts.val);
  if (!has_test || options.folds > 0) content.part(Split::test) = std::move(parts.test);
}

namespace {

Content open_kind(const std::string& path, const DataOptions& options) {
  if (is_shard_file(path)) return open_shards(path, options);
  if (holds_label_list(path)) return open_label_list(path, options);
  if (holds_shards(path)) return open_shards(path, options);
  if (holds_idx(path)) return open_idx_set(path, options);
  return open_class_folders(path, options);
}

}  // namespace

namespace {

Content open_whole(const std::string& path, const DataOptions& options) {
  if (options.split.empty()) return open_kind(path, options);
  if (options.folds > 0)
    throw Error(ErrorCode::invalid_argument, "--split", "given with --folds",
                "one of both: each fold has another test part");
  Content content = open_kind(path, options);
  apply_split(content, options.split);
  return content;
}

}  // namespace

Content open_labelled(const std::string& path, const DataOptions& options) {
  Content content = open_whole(path, options);
  if (options.per_class == 0) return content;
  if (content.task != Task::classes)
    throw Error(ErrorCode::invalid_argument, "per class",
                "given for " + std::string(to_string(content.task)), "pictures of one class each");
  content.part(Split::train) =
      at_most_per_class(content.part(Split::train), options.per_class, options.seed);
  return content;
}

}  // namespace data

namespace {

void check_channels(int channels) {
  if (channels == 0 || channels == 1 || channels == 3) return;
  throw Error(ErrorCode::invalid_argument, "channels", std::to_string(channels), "0, 1 or 3");
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

[[noreturn]] void refuse_path(const std::string& path, data::PathKind kind,
                              const std::string& expected) {
  switch (kind) {
    case data::PathKind::absent:
      throw Error(ErrorCode::io, path, "does not exist", expected);
    case data::PathKind::file:
      throw Error(ErrorCode::io, path, "a file", expected);
    default:
      throw Error(ErrorCode::io, path, "neither a file nor a folder that can be read", expected);
  }
}

bool is_idx(const std::string& path) {
  const auto bytes = data::read_prefix(path, 4);
  const bool plain = bytes.size() == 4 && bytes[0] == 0 && bytes[1] == 0;
  return plain || data::sniff(bytes) == data::Format::gzip;
}

data::Content open_pictures_at(const std::string& path, data::PathKind kind, int channels) {
  if (kind == data::PathKind::folder) return data::open_pictures(path, channels);
  if (data::is_shard_file(path)) return data::open_unlabelled_shards(path, channels);
  return is_idx(path) ? data::open_idx_images(path, channels) : data::open_picture(path, channels);
}

}  // namespace

std::string_view to_string(Split split) {
  static constexpr std::array<std::string_view, 3> kNames = {"train", "val", "test"};
  return kNames[std::size_t(split)];
}

struct Dataset::Impl {
  data::Content content;
  mutable std::mutex mutex;
  std::map<std::string, std::string> skipped;  // path to reason

  explicit Impl(data::Content found) : content(std::move(found)) {
    for (Skipped& entry : content.skipped)
      skipped.emplace(std::move(entry.path), std::move(entry.reason));
    content.skipped.clear();
  }
};

Dataset::Dataset(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Dataset Dataset::open(const std::string& given, const DataOptions& options) {
  check_channels(options.channels);
  data::check_fractions(options.val_fraction, options.test_fraction);
  const std::string path = without_trailing_slashes(given);
  const data::PathKind kind = data::kind_of(path);
  if (kind != data::PathKind::folder && !data::is_shard_file(path))
    refuse_path(
        path, kind,
        "a folder with one folder per class, with a labels.csv, tar shards or IDX files; or a tar");
  return Dataset(std::make_shared<Impl>(data::open_labelled(path, options)));
}

Dataset Dataset::open_unlabelled(const std::string& given, int channels) {
  check_channels(channels);
  const std::string path = without_trailing_slashes(given);
  const data::PathKind kind = data::kind_of(path);
  if (kind != data::PathKind::folder && kind != data::PathKind::file)
    refuse_path(path, kind, "a picture, a folder or a tar of pictures, or an IDX images file");
  return Dataset(std::make_shared<Impl>(open_pictures_at(path, kind, channels)));
}

const std::string& Dataset::path() const { return impl_->content.path; }
bool Dataset::in_memory() const { return !impl_->content.sources.empty(); }
Task Dataset::task() const { return impl_->content.task; }
const std::vector<std::string>& Dataset::classes() const { return impl_->content.classes; }
int Dataset::channels() const { return impl_->content.channels; }
std::int64_t Dataset::depth() const { return impl_->content.depth; }
std::int64_t Dataset::height() const { return impl_->content.height; }
std::int64_t Dataset::width() const { return impl_->content.width; }
const std::string& Dataset::fingerprint() const { return impl_->content.fingerprint; }

const std::vector<Sample>& Dataset::samples(Split split) const {
  return impl_->content.part(split);
}

Image Dataset::load(const Sample& sample) const {
  const data::Content& content = impl_->content;
  if (!in_memory())
    return decode_image(encoded(sample), content.path + "/" + sample.path, content.channels);
  const std::int64_t size = content.height * content.width;
  const std::uint8_t* pixels =
      content.sources.at(std::size_t(sample.source)).bytes.data() + sample.index * size;
  return data::with_channels({content.height, content.width, 1, {pixels, pixels + size}},
                             content.channels);
}

std::vector<std::uint8_t> Dataset::encoded(const Sample& sample) const {
  const data::Content& content = impl_->content;
  if (content.members.empty()) return data::read_file(path() + "/" + sample.path);
  const data::ShardMember& member = content.members.at(std::size_t(sample.index));
  const data::InputFile shard(content.shard_path(content.shards.at(std::size_t(member.shard))));
  return shard.read(member.offset, std::size_t(member.size));
}

std::string Dataset::name(const Sample& sample) const { return impl_->content.name_of(sample); }

std::vector<Skipped> Dataset::skipped() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<Skipped> out;
  for (const auto& [path, reason] : impl_->skipped) out.push_back({path, reason});
  return out;
}

void Dataset::skip(const std::string& path, const std::string& reason) const {
  const std::scoped_lock lock(impl_->mutex);
  impl_->skipped.emplace(path, reason);
}

}  // namespace noyau
