#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "data/idx.hpp"
#include "data/inspection.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// Where a picture lies in a shard.
struct ShardMember {
  std::int32_t shard = 0;
  std::int64_t offset = 0, size = 0;
};

/// What opening a dataset finds; the body of `Dataset`.
struct Content {
  std::string path;
  Task task = Task::classes;
  std::vector<std::string> classes;
  int channels = 0;
  std::int64_t depth = 1, height = 0, width = 0;
  std::array<std::vector<Sample>, 3> samples;  ///< by Split
  std::vector<IdxArray> sources;               ///< IDX images in memory; empty for folders
  std::vector<std::string> shards;             ///< archives below the folder; "" = `path` itself
  std::vector<ShardMember> members;            ///< by Sample::index; none without shards
  std::string fingerprint;
  std::vector<Skipped> skipped;

  std::vector<Sample>& part(Split split) { return samples[std::size_t(split)]; }
  std::string shard_path(const std::string& shard) const {
    return shard.empty() ? path : path + "/" + shard;
  }
  /// Its path, or FILE#NUMBER where one file holds many.
  std::string name_of(const Sample& sample) const {
    return sources.empty() ? sample.path : sample.path + "#" + std::to_string(sample.index);
  }
};

/// True when the folder directly holds an images file by MNIST's naming.
bool holds_idx(const std::string& path);
Content open_idx_set(const std::string& path, const DataOptions& options);
Content open_idx_images(const std::string& path, int channels);

/// What the first bytes of all pictures told.
void take_over(const Inspection& inspection, Content& content);

/// True when the folder directly holds a labels.csv.
bool holds_label_list(const std::string& path);
Content open_label_list(const std::string& path, const DataOptions& options);

/// True when the folder holds tar archives, or its folders of parts do, and no class folders.
bool holds_shards(const std::string& path);
/// A tar archive itself, by its name.
bool is_shard_file(const std::string& path);
/// Of such a folder, or of one archive.
Content open_shards(const std::string& path, const DataOptions& options);
/// The same without looking at labels: all pictures are in `Split::test` with label -1.
Content open_unlabelled_shards(const std::string& path, int channels);

/// The part that a folder of this name holds.
std::optional<Split> split_name(const std::string& folder);

Content open_class_folders(const std::string& path, const DataOptions& options);
/// The pictures below a folder; those of its shards where there are no others.
Content open_pictures(const std::string& path, int channels);
Content open_picture(const std::string& path, int channels);

/// Takes the validation and test parts that are not there yet out of the training part.
void split_content(Content& content, const DataOptions& options, bool has_val, bool has_test);

/// A folder of one of these three kinds.
Content open_labelled(const std::string& path, const DataOptions& options);

/// At least two classes, each with a training sample. Throws Error(corrupt_file) or
/// Error(unsupported) naming the classes at fault.
void check_classes(const Content& content);

}  // namespace noyau::data
