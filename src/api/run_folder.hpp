#pragma once

#include <string>
#include <vector>

#include "api/files.hpp"
#include "noyau/report.hpp"
#include "noyau/train.hpp"

namespace noyau::api {

/// A run's folder: names of its files, and the lock that one process holds on it.
class RunFolder {
 public:
  /// Makes `out`, or runs/trainN with the next free number and the link runs/latest. Throws
  /// Error(invalid_argument) where `out` exists with anything in it, Error(io).
  static RunFolder create(const std::string& out);
  /// Locks an existing run. Throws Error(io) when it is no run folder or is in use.
  static RunFolder open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string last_weights() const { return file("weights/last.noyau"); }
  std::string best_weights() const { return file("weights/best.noyau"); }

 private:
  std::string path_;
  FolderLock lock_;
};

/// args.toml: the data folder and every setting, one a line.
std::string args_text(const TrainOptions& options);

/// env.json: build, processor, threads, the command and the data's fingerprint.
std::string env_text(const TrainOptions& options, const Dataset& data, int threads);

/// data.json: classes, counts, the three lists and the skipped files with their reasons.
std::string data_text(const Dataset& data);

/// The fingerprint that env.json holds. Throws Error(corrupt_file).
std::string read_fingerprint(const std::string& env_path);

/// results.csv with a header line; cells that were not measured are empty.
std::string results_text(const std::vector<EpochRow>& rows);

}  // namespace noyau::api
