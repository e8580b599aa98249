#include "api/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "api/numbers.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/shell_word.hpp"

namespace noyau {

namespace fs = std::filesystem;

bool is_run(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path + "/args.toml", ignored) &&
         fs::is_directory(path + "/weights", ignored);
}

namespace api {
namespace {

constexpr const char* kRuns = "runs";

void check_free(const std::string& out) {
  std::error_code error;
  const fs::file_status status = fs::status(out, error);
  if (status.type() == fs::file_type::not_found) return;
  if (status.type() != fs::file_type::directory)
    throw Error(ErrorCode::invalid_argument, out, "exists and is not a folder", "a new folder");
  if (is_run(out))
    throw Error(ErrorCode::invalid_argument, out, "holds a run already", "a new folder",
                "go on with it by: noyau resume " + shell_word(out));
  if (!fs::is_empty(out, error) || error)
    throw Error(ErrorCode::invalid_argument, out, "is not empty", "a new or an empty folder");
}

/// Making the folder is what claims the number: two runs that start together get two numbers.
std::string claim_next() {
  make_folder(kRuns);
  std::int64_t highest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kRuns, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("train")) continue;
    highest = std::max(highest, parse_integer(name.substr(5)).value_or(0));
  }
  for (std::int64_t number = highest + 1;; ++number) {
    const std::string path = fmt::format("{}/train{}", kRuns, number);
    if (fs::create_directory(path, error)) return path;
    if (error) throw Error(ErrorCode::io, path, "cannot be created: " + error.message());
  }
}

/// A convenience where links exist; a run does not depend on it.
void link_latest(const std::string& path) {
  std::error_code ignored;
  const fs::path link = fs::path(kRuns) / "latest";
  const fs::path beside = fs::path(kRuns) / (".latest." + fs::path(path).filename().string());
  fs::create_symlink(fs::path(path).filename(), beside, ignored);
  fs::rename(beside, link, ignored);
  fs::remove(beside, ignored);
}

}  // namespace

RunFolder RunFolder::create(const std::string& out) {
  RunFolder run;
  if (out.empty()) {
    run.path_ = claim_next();
  } else {
    check_free(out);
    make_folder(out);
    run.path_ = out;
  }
  run.lock_ = FolderLock(run.path_);
  make_folder(run.file("weights"));
  make_folder(run.file("plots"));
  if (out.empty()) link_latest(run.path_);
  return run;
}

RunFolder RunFolder::open(const std::string& path) {
  if (!is_run(path))
    throw Error(ErrorCode::io, path, "not a run folder", "a folder with args.toml and weights/",
                "runs are below runs/, the newest is runs/latest");
  RunFolder run;
  run.path_ = path;
  run.lock_ = FolderLock(path);
  return run;
}

}  // namespace api
}  // namespace noyau
