#include "explain/check/csv.hpp"

#include <fmt/format.h>

#include <chrono>

#include "noyau/csv.hpp"

namespace noyau::explain {
namespace {

std::string time_text(std::int64_t seconds) {
  if (seconds == 0) return {};
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string place_cells(const DataCheck& check, std::int64_t picture) {
  if (picture < 0) return ",";
  const PictureFacts& facts = check.pictures[std::size_t(picture)];
  return fmt::format("{},{}", to_string(facts.part), csv_cell(label_text(check, facts)));
}

}  // namespace

std::string label_text(const DataCheck& check, const PictureFacts& picture) {
  const Sample& sample = picture.sample;
  if (check.task == Task::classes)
    return sample.label < 0 ? "" : check.classes[std::size_t(sample.label)];
  std::string out;
  for (std::size_t k = 0; k < sample.targets.size(); ++k) {
    if (check.task == Task::labels && sample.targets[k] <= 0) continue;
    if (!out.empty()) out += ';';
    out += check.task == Task::labels ? check.classes[k] : fmt::format("{}", sample.targets[k]);
  }
  return out;
}

std::string pictures_csv(const DataCheck& check) {
  std::string out =
      "file,part,label,readable,format,bytes,width,height,depth,channels,colour,orientation,taken,"
      "brightness,contrast,hash\n";
  for (const PictureFacts& p : check.pictures)
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{:.1f},{:.1f},{:016x}\n",
                       csv_cell(p.name), to_string(p.part), csv_cell(label_text(check, p)),
                       int(p.readable), p.format, p.bytes, p.width, p.height, p.depth, p.channels,
                       int(p.colour), p.orientation, time_text(p.taken), p.brightness, p.contrast,
                       p.hash);
  return out;
}

std::string issues_csv(const DataCheck& check) {
  std::string out = "kind,file,part,label,detail\n";
  for (const Issue& issue : check.issues)
    out += fmt::format("{},{},{},{}\n", issue.kind, csv_cell(issue.name),
                       place_cells(check, issue.picture), csv_cell(issue.detail));
  return out;
}

std::string duplicates_csv(const DataCheck& check, bool leaks_only) {
  std::string out = "group,kind,file,part,label\n";
  std::int64_t number = 0;
  for (const DuplicateGroup& group : check.duplicates) {
    ++number;
    if (leaks_only && !group.leak) continue;
    for (const std::int64_t picture : group.pictures)
      out += fmt::format("{},{},{},{}\n", number, to_string(group.likeness),
                         csv_cell(check.pictures[std::size_t(picture)].name),
                         place_cells(check, picture));
  }
  return out;
}

std::string classes_csv(const DataCheck& check) {
  const CheckCounts counts = count(check);
  std::string out = "class,train,val,test,all\n";
  for (std::size_t c = 0; c < counts.classes.size(); ++c) {
    const auto& [train, val, test] = counts.classes[c];
    out += fmt::format("{},{},{},{},{}\n", csv_cell(check.classes[c]), train, val, test,
                       train + val + test);
  }
  return out;
}

}  // namespace noyau::explain
