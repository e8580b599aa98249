#include "noyau/check.hpp"

#include <algorithm>
#include <filesystem>
#include <new>

#include "base/stopwatch.hpp"
#include "base/thread_pool.hpp"
#include "data/check/duplicates.hpp"
#include "data/check/examine.hpp"
#include "data/check/issues.hpp"
#include "data/check/near_pairs.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kBlock = 64;  // pictures between two tells of progress
constexpr int kMostThreads = 256;

struct Place {
  const Sample* sample;
  Split part;
};

std::vector<Place> places_of(const Dataset& data) {
  std::vector<Place> places;
  for (const Split part : {Split::train, Split::val, Split::test})
    for (const Sample& sample : data.samples(part)) places.push_back({&sample, part});
  return places;
}

std::vector<data::Examined> examine_all(const Dataset& data, int threads,
                                        const CheckProgress& progress) {
  const std::vector<Place> places = places_of(data);
  const std::int64_t count = std::ssize(places);
  std::vector<data::Examined> out(places.size());
  std::atomic<bool> failed = false;
  ThreadPool pool(threads);
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    pool.run(std::min(kBlock, count - begin), [&](std::int64_t i, int) {
      const std::size_t at = std::size_t(begin + i);
      try {
        out[at] = data::examine(data, *places[at].sample, places[at].part);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
    });
    if (failed) throw Error(ErrorCode::out_of_memory, data.path(), "no memory to decode a picture");
    if (progress) progress(std::min(begin + kBlock, count), count);
  }
  return out;
}

void require(bool good, const char* option, std::int64_t got, const std::string& expected) {
  if (!good) throw Error(ErrorCode::invalid_argument, option, std::to_string(got), expected);
}

}  // namespace

DataCheck check_data(const Dataset& data, const CheckOptions& options,
                     const CheckProgress& progress) {
  require(options.near >= 0 && options.near <= data::kMostNear, "near", options.near, "0 to 15");
  require(options.threads >= 0 && options.threads <= kMostThreads, "threads", options.threads,
          "0 to 256");
  const Stopwatch watch;
  DataCheck check;
  check.path = data.path();
  check.fingerprint = data.fingerprint();
  check.task = data.task();
  check.classes = data.classes();
  check.near = options.near;
  const int threads = options.threads > 0 ? options.threads : available_processors();
  std::vector<data::Examined> examined =
      examine_all(data, std::min(threads, kMostThreads), progress);
  check.issues = data::find_issues(examined, data.skipped());
  check.duplicates = data::find_duplicates(examined, options.near);
  for (data::Examined& picture : examined) check.pictures.push_back(std::move(picture.facts));
  check.seconds = watch.seconds();
  return check;
}

void expect_outside_data(const std::string& path, const std::string& data) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(fs::absolute(data), error);
  const fs::path target = fs::weakly_canonical(fs::absolute(path), error);
  const auto [end, at] = std::mismatch(folder.begin(), folder.end(), target.begin(), target.end());
  if (error || end != folder.end()) return;
  throw Error(ErrorCode::invalid_argument, path, "lies in the folder of the data",
              "a place outside of it: nothing is ever written there", "--out PATH");
}

}  // namespace noyau
