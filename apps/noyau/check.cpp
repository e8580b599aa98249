#include <fmt/format.h>

#include <noyau/check_report.hpp>
#include <noyau/error.hpp>
#include <optional>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "reading_progress.hpp"

namespace noyau::cli {
namespace {

struct CheckFlags {
  std::string data, split, out = "check";
  std::int64_t near = CheckOptions{}.near, threads = 0, seed = 0;
  bool json = false, quiet = false;
};

/// Labelled pictures, or any: a folder that cannot be trained on is checked as well, and `reason`
/// says why it cannot.
Dataset open_pictures(const CheckFlags& flags, std::string& reason) {
  try {
    return Dataset::open(flags.data, {.seed = std::uint64_t(flags.seed), .split = flags.split});
  } catch (const Error& error) {
    if (!flags.split.empty()) throw;
    reason = error.what();
  }
  std::optional<Dataset> data;
  try {
    data = Dataset::open_unlabelled(flags.data);
  } catch (const Error&) {
  }
  return data ? *data : Dataset::open(flags.data);  // whose error says more
}

std::string line(std::int64_t count, const std::string& name, const std::string& detail) {
  return fmt::format("  {:>8}  {}{}\n", grouped(count), name,
                     detail.empty() || count == 0 ? "" : ": " + detail);
}

/// "4 blank, 8 extension".
std::string kinds_text(const CheckCounts& counts) {
  std::string text;
  for (const auto& [kind, number] : counts.issues) {
    if (kind == "unreadable") continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(number), kind);
  }
  return text;
}

std::string class_text(const DataCheck& check, const CheckCounts& counts) {
  if (counts.classes.empty()) return {};
  const auto total = [](const auto& parts) { return parts[0] + parts[1] + parts[2]; };
  const auto [least, most] = std::ranges::minmax_element(counts.classes, {}, total);
  const auto name = [&](auto at) {
    return escaped(check.classes[std::size_t(at - counts.classes.begin())]);
  };
  return fmt::format("{} ({}) to {} ({}) pictures each", grouped(total(*least)), name(least),
                     grouped(total(*most)), name(most));
}

std::string parts_text(const CheckCounts& counts) {
  return fmt::format(" (train {}, val {}, test {})", grouped(counts.parts[0]),
                     grouped(counts.parts[1]), grouped(counts.parts[2]));
}

void print(const DataCheck& check, const std::string& folder, bool labelled) {
  CheckCounts counts = count(check);
  out(fmt::format("{}: {} pictures{} in {:.1f} s\n", escaped(check.path),
                  grouped(std::ssize(check.pictures)), labelled ? parts_text(counts) : "",
                  check.seconds));
  const std::int64_t unreadable = counts.issues["unreadable"];
  out(line(unreadable, unreadable == 1 ? "unreadable file" : "unreadable files",
           unreadable == 0
               ? ""
               : escaped(fmt::format("{}: {}", check.issues[0].name, check.issues[0].detail))));
  out(line(counts.odd, counts.odd == 1 ? "odd picture" : "odd pictures", kinds_text(counts)));
  out(line(std::ssize(check.duplicates), "groups of duplicates",
           fmt::format("{} equal files, {} nearly the same, {} mirrored or turned; {} pictures",
                       grouped(counts.exact), grouped(counts.near), grouped(counts.mirrored),
                       grouped(counts.duplicates))));
  const std::pair<std::int64_t, const char*> others[] = {
      {counts.leaks, "of them in more than one part"},
      {counts.labels_differ, "of them with different labels"},
      {counts.turned, "pictures turned upright by EXIF"},
      {counts.issues["colour"] > 0 ? 0 : std::min(counts.grey, counts.colour),
       counts.grey < counts.colour ? "grey among colour pictures" : "colour among grey pictures"}};
  for (const auto& [number, name] : others)
    if (number > 0) out(line(number, name, ""));
  if (!counts.classes.empty())
    out(line(std::ssize(counts.classes), "classes", class_text(check, counts)));
  for (const std::string& sentence : advice(check)) out(escaped("- " + sentence) + "\n");
  out(fmt::format("report: {}/report.html\n", escaped(folder)));
}

Json json_of(const DataCheck& check, const std::string& folder) {
  const CheckCounts counts = count(check);
  return {
      {"data", check.path},
      {"fingerprint", check.fingerprint},
      {"pictures", check.pictures.size()},
      {"parts", {{"train", counts.parts[0]}, {"val", counts.parts[1]}, {"test", counts.parts[2]}}},
      {"issues", counts.issues},
      {"odd", counts.odd},
      {"formats", counts.formats},
      {"exact_groups", counts.exact},
      {"near_groups", counts.near},
      {"mirrored_groups", counts.mirrored},
      {"duplicates", counts.duplicates},
      {"leaks", counts.leaks},
      {"labels_differ", counts.labels_differ},
      {"colour", counts.colour},
      {"grey", counts.grey},
      {"turned", counts.turned},
      {"advice", advice(check)},
      {"seconds", check.seconds},
      {"folder", folder}};
}

}  // namespace

int run_check(const Arguments& arguments) {
  CheckFlags flags;
  Parser parser("check", "Look at pictures before training: damage, duplicates, leaks, classes.",
                "  noyau check photos\n"
                "  noyau check photos --out photos-check\n"
                "  noyau check photos --split split.json    leaks between the parts of that file\n"
                "  noyau check photos --near 4 --json       near duplicates, more strictly\n"
                "Nothing in the folder of the pictures is changed.\n");
  parser.positional("DATA", &flags.data, "folder of the pictures")
      .text("--out", &flags.out, "folder for report.html and CSV files; check by default", "PATH")
      .integer("--near", &flags.near, 0, 15,
               fmt::format("bits of 64 that near duplicates may differ in [{}]", flags.near))
      .text("--split", &flags.split, "file of the parts that noyau split wrote", "PATH")
      .integer("--seed", &flags.seed, 0, INT64_MAX,
               "seed of the parts, where the data has none, as in train [0]")
      .integer("--threads", &flags.threads, 0, 256, "threads that read; 0 = all processors")
      .output_flags(&flags.json, &flags.quiet);
  if (!parser.parse(arguments)) return kDone;
  expect_outside_data(flags.out, flags.data);
  set_phase(Phase::data);
  std::string reason;
  const Dataset data = open_pictures(flags, reason);
  if (!reason.empty()) warn("cannot be trained on as it is: " + reason);
  ReadingProgress progress(!flags.json && !flags.quiet);
  const DataCheck check = check_data(data, {.threads = int(flags.threads), .near = int(flags.near)},
                                     progress.callback());
  progress.clear();
  set_phase(Phase::writing);
  write_check(flags.out, check, data);
  if (flags.json)
    out_json(json_of(check, flags.out));
  else if (!flags.quiet)
    print(check, flags.out, reason.empty());
  return kDone;
}

}  // namespace noyau::cli
