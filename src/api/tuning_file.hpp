#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "noyau/model.hpp"
#include "plan/tuning.hpp"

namespace noyau::api {

/// What besides kernel and problem decides how long a variant takes: processor, instruction set,
/// threads and build.
std::string machine_key(int threads);

/// The file for this processor, instruction set and number of threads, in $XDG_CACHE_HOME/noyau or
/// ~/.cache/noyau. Empty when there is neither.
std::string tuning_path(int threads);

std::string tuning_text(const plan::Tuning& table, std::string_view machine);
/// Empty for the table of another machine or build, and for one that has grown too long. Throws
/// Error(corrupt_file) naming `path`.
plan::Tuning parse_tuning(const std::string& text, std::string_view machine,
                          const std::string& path);

/// A tuning table that outlives the process. Whatever is wrong with its file is a warning: the
/// table then starts empty, or is not kept.
class TuningFile {
 public:
  TuningFile(const TuneOptions& options, int threads);

  /// nullptr when there is to be no tuning.
  plan::Tuning* table() { return options_.tune ? &table_ : nullptr; }
  /// Writes what was added.
  void save() const;

 private:
  void warn(std::string_view what) const;

  TuneOptions options_;
  std::string path_, machine_;
  plan::Tuning table_, read_;
};

}  // namespace noyau::api
