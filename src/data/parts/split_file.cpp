#include "data/parts/split_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/durable_file.hpp"
#include "data/file.hpp"
#include "data/hash.hpp"
#include "noyau/error.hpp"
#include "noyau/split.hpp"

namespace noyau {
namespace data {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = std::size_t(256) << 20;
constexpr const char* kExpected =
    "an object with the lists \"train\", \"val\" and \"test\" of names, as noyau split writes it";

[[noreturn]] void refuse(const std::string& path, std::string got, std::string expected = kExpected,
                         std::string hint = {}) {
  throw Error(ErrorCode::corrupt_file, path, std::move(got), std::move(expected), std::move(hint));
}

Json parse(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  try {
    return Json::parse(bytes.begin(), bytes.end());
  } catch (const Json::parse_error& error) {
    refuse(path, "not JSON at byte " + std::to_string(error.byte));
  }
}

using Assignment = std::unordered_map<std::string, Split>;

void read_list(const Json& json, Split part, const std::string& path, Assignment& assignment) {
  const std::string key(to_string(part));
  if (!json.contains(key)) return;
  if (!json[key].is_array()) refuse(path, "\"" + key + "\" is no list");
  for (const Json& entry : json[key]) {
    if (!entry.is_string()) refuse(path, "\"" + key + "\" holds something else than names");
    const auto [at, is_new] = assignment.emplace(entry.get<std::string>(), part);
    if (!is_new)
      refuse(
          path,
          "\"" + at->first + "\" twice, in " + std::string(to_string(at->second)) + " and " + key,
          "each picture once");
  }
}

Assignment read_split(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  const Json json = parse(bytes, path);
  if (!json.is_object() || !json.contains("train")) refuse(path, "no list \"train\"");
  Assignment assignment;
  for (const Split part : {Split::train, Split::val, Split::test})
    read_list(json, part, path, assignment);
  return assignment;
}

std::vector<Sample> take_samples(Content& content) {
  std::vector<Sample> all;
  for (auto& part : content.samples) {
    std::ranges::move(part, std::back_inserter(all));
    part.clear();
  }
  std::ranges::sort(all, {},
                    [](const Sample& sample) { return std::pair(sample.source, sample.index); });
  return all;
}

// "4 pictures, such as cat/1.jpg".
std::string some(std::size_t count, const std::string& example) {
  return std::to_string(count) + (count == 1 ? " picture: " : " pictures, such as ") + example;
}

void deal_out(Content& content, Assignment& assignment, const std::string& path) {
  std::size_t missing = 0;
  std::string example;
  for (Sample& sample : take_samples(content)) {
    const auto at = assignment.find(content.name_of(sample));
    if (at == assignment.end()) {
      if (missing++ == 0) example = content.name_of(sample);
      continue;
    }
    content.part(at->second).push_back(std::move(sample));
    assignment.erase(at);
  }
  const std::string hint = "noyau split " + content.path + " makes a new one";
  if (missing > 0)
    refuse(path, "does not name " + some(missing, example), "every picture of " + content.path,
           hint);
  for (const Skipped& file : content.skipped) assignment.erase(file.path);
  if (assignment.empty()) return;
  const auto first = std::ranges::min_element(
      assignment, {}, [](const auto& entry) -> const std::string& { return entry.first; });
  refuse(path,
         "names " + some(assignment.size(), first->first) + " that " +
             (assignment.size() == 1 ? "is" : "are") + " not there",
         "pictures of " + content.path, hint);
}

void check_training(const Content& content, const std::string& path) {
  std::vector<std::int64_t> counts(content.classes.size());
  const auto& training = content.samples[std::size_t(Split::train)];
  if (training.empty()) refuse(path, "no training pictures", "some in \"train\"");
  if (content.task != Task::classes) return;
  for (const Sample& sample : training) ++counts[std::size_t(sample.label)];
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] == 0)
      refuse(path, "no training picture of class \"" + content.classes[i] + "\"", "at least one");
}

}  // namespace

void apply_split(Content& content, const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_prefix(path, kMostBytes + 1);
  if (bytes.size() > kMostBytes) refuse(path, "more than 256 MB", "a file of at most 256 MB");
  Assignment assignment = read_split(bytes, path);
  deal_out(content, assignment, path);
  check_training(content, path);
  Hash hash;
  hash.add(content.fingerprint);
  hash.add(bytes);
  content.fingerprint = hash.text();
}

namespace {

void expect_utf8(const SplitPlan& plan) {
  for (const auto& names : plan.names)
    for (const std::string& name : names) try {
        Json(name).dump();
      } catch (const Json::type_error&) {
        throw Error(ErrorCode::unsupported, plan.data + "/" + name, "a name that is not UTF-8",
                    "names that JSON can hold", "rename it");
      }
}

}  // namespace
}  // namespace data

void write_split(const std::string& path, const SplitPlan& plan) {
  expect_outside_data(path, plan.data);
  data::expect_utf8(plan);
  data::Json json{{"data", plan.data},
                  {"fingerprint", plan.fingerprint},
                  {"options",
                   {{"val", plan.options.val},
                    {"test", plan.options.test},
                    {"stratify", plan.options.stratify},
                    {"group", plan.options.group},
                    {"near", plan.options.near},
                    {"seed", plan.options.seed}}}};
  for (const Split part : {Split::train, Split::val, Split::test})
    json[std::string(to_string(part))] = plan.names[std::size_t(part)];
  const std::string text = json.dump(1, ' ', false, data::Json::error_handler_t::replace) + "\n";
  DurableFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace noyau
