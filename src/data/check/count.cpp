#include <algorithm>
#include <set>

#include "noyau/check.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kFewPictures = 10;  // of a class
constexpr std::int64_t kImbalance = 10;    // largest to smallest class

void count_classes(const PictureFacts& picture, Task task, CheckCounts& counts) {
  const std::size_t part = std::size_t(picture.part);
  if (task == Task::classes && picture.sample.label >= 0)
    ++counts.classes[std::size_t(picture.sample.label)][part];
  for (std::size_t k = 0; task == Task::labels && k < picture.sample.targets.size(); ++k)
    counts.classes[k][part] += picture.sample.targets[k] > 0;
}

std::string number_of(std::int64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::int64_t total(const std::array<std::int64_t, 3>& parts) {
  return parts[0] + parts[1] + parts[2];
}

void advise_on_duplicates(const DataCheck& check, const CheckCounts& counts,
                          std::vector<std::string>& out) {
  if (counts.leaks > 0)
    out.push_back(number_of(counts.leaks, "group", "groups") +
                  " of duplicates in more than one of train, val and test: scores will look better "
                  "than they are; `noyau split " +
                  check.path + "` keeps duplicates on one side");
  if (counts.labels_differ > 0)
    out.push_back(
        number_of(counts.labels_differ, "group", "groups") +
        " of duplicates with different labels: look at them in the report, one label may be "
        "wrong");
}

void advise_on_odd_pictures(const CheckCounts& counts, std::vector<std::string>& out) {
  if (counts.odd > 0)
    out.push_back(number_of(counts.odd, "odd picture", "odd pictures") +
                  ": the report shows them, issues.csv names them; see whether they belong there");
}

void advise_on_classes(const DataCheck& check, const CheckCounts& counts,
                       std::vector<std::string>& out) {
  if (counts.classes.empty() || check.task == Task::values) return;
  const auto [least, most] = std::ranges::minmax_element(counts.classes, {}, total);
  const std::string& name = check.classes[std::size_t(least - counts.classes.begin())];
  if (total(*least) < kFewPictures)
    out.push_back("only " + number_of(total(*least), "picture", "pictures") + " of " + name +
                  ": more of it would help most");
  else if (total(*most) >= kImbalance * total(*least))
    out.push_back("the largest class has " + std::to_string(total(*most) / total(*least)) +
                  " times the pictures of the smallest (" + name +
                  "): see --class-weights and --sampling of noyau train");
}

}  // namespace

CheckCounts count(const DataCheck& check) {
  CheckCounts counts;
  if (check.task != Task::values) counts.classes.resize(check.classes.size());
  for (const PictureFacts& picture : check.pictures) {
    ++counts.parts[std::size_t(picture.part)];
    count_classes(picture, check.task, counts);
    if (!picture.readable) continue;
    ++counts.formats[picture.format];
    ++(picture.colour ? counts.colour : counts.grey);
    counts.turned += picture.orientation != 1;
  }
  std::set<std::string> odd;
  for (const Issue& issue : check.issues) {
    ++counts.issues[issue.kind];
    if (issue.kind != "unreadable") odd.insert(issue.name);
  }
  counts.odd = std::ssize(odd);
  for (const DuplicateGroup& group : check.duplicates) {
    switch (group.likeness) {
      case Likeness::exact:
        ++counts.exact;
        break;
      case Likeness::near:
        ++counts.near;
        break;
      case Likeness::mirrored:
        ++counts.mirrored;
        break;
    }
    counts.duplicates += std::ssize(group.pictures);
    counts.leaks += group.leak;
    counts.labels_differ += group.labels_differ;
  }
  return counts;
}

std::vector<std::string> advice(const DataCheck& check) {
  CheckCounts counts = count(check);
  std::vector<std::string> out;
  advise_on_duplicates(check, counts, out);
  if (const std::int64_t bad = counts.issues["unreadable"]; bad > 0)
    out.push_back(number_of(bad, "file", "files") +
                  " that cannot be read: training skips them; issues.csv says why");
  advise_on_odd_pictures(counts, out);
  advise_on_classes(check, counts, out);
  if (out.empty()) out.push_back("nothing stands out");
  return out;
}

}  // namespace noyau
