#include "api/found_duplicates.hpp"

#include <algorithm>
#include <span>

#include "api/report_input.hpp"
#include "noyau/check.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr std::size_t kMostPictures = 20'000, kMostGroups = 12, kMostOfGroup = 6;

std::size_t pictures_of(const Dataset& data) {
  std::size_t count = 0;
  for (const Split split : {Split::train, Split::val, Split::test})
    count += data.samples(split).size();
  return count;
}

std::string place_of(const PictureFacts& facts, const Dataset& data) {
  std::string place(to_string(facts.part));
  if (data.task() == Task::classes && facts.sample.label >= 0)
    place += ", " + data.classes()[std::size_t(facts.sample.label)];
  return place;
}

GroupedPicture shown(const PictureFacts& facts, const Dataset& data) {
  GroupedPicture picture{.source = facts.name, .place = place_of(facts, data)};
  try {
    picture.picture = picture_of(data.load(facts.sample));
  } catch (const Error&) {
    // Its name has to do.
  }
  return picture;
}

std::string note_of(const DuplicateGroup& group) {
  std::string note(description(group.likeness));
  if (group.leak) note += ", in several parts";
  if (group.labels_differ) note += ", under several labels";
  return note;
}

}  // namespace

void add_duplicates(ReportInput& report, const Dataset& data, int threads) {
  if (pictures_of(data) > kMostPictures) return;
  const DataCheck check = check_data(data, {.threads = threads});
  report.duplicates_total = std::ssize(check.duplicates);
  const std::size_t groups = std::min(check.duplicates.size(), kMostGroups);
  for (const DuplicateGroup& group : std::span(check.duplicates).first(groups)) {
    PictureGroup pictures{.note = note_of(group)};
    const std::size_t count = std::min(group.pictures.size(), kMostOfGroup);
    for (const std::int64_t picture : std::span(group.pictures).first(count))
      pictures.pictures.push_back(shown(check.pictures[std::size_t(picture)], data));
    report.duplicates.push_back(std::move(pictures));
  }
}

}  // namespace noyau::api
