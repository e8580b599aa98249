#include <fmt/format.h>

#include <algorithm>
#include <noyau/error.hpp>
#include <noyau/shell_word.hpp>
#include <noyau/split.hpp>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "reading_progress.hpp"

namespace noyau::cli {
namespace {

constexpr std::size_t kMostClasses = 30;  // that fit a screen
constexpr double kLargeGroup = 0.3;       // share of the pictures that a group rarely should have

struct SplitFlags {
  SplitOptions options;
  std::string data, out = "split.json", stratify = "true";
  std::int64_t near = SplitOptions{}.near, threads = 0, seed = 0;
  bool json = false, quiet = false;
};

bool parse(SplitFlags& flags, const Arguments& arguments) {
  Parser parser("split", "Deal pictures out to training, validation and test, as lists in a file.",
                "  noyau split photos --val .15 --test .15\n"
                "  noyau split photos --group '^(patient[0-9]+)'   a patient stays on one side\n"
                "  noyau split photos --group exif-time            so do photos of one moment\n"
                "  noyau train photos --split split.json           uses it\n"
                "Duplicates always stay on one side. Nothing is copied.\n");
  parser.positional("DATA", &flags.data, "folder of the pictures")
      .number("--val", &flags.options.val, 0, 0.9, "share for validation [0.15]")
      .number("--test", &flags.options.test, 0, 0.9, "share for the test [0.15]")
      .on_off("stratify", &flags.stratify, "every class in proportion [true]")
      .text("--group", &flags.options.group,
            "pictures to keep together: a regular expression whose first group names them, or "
            "exif-time[=MINUTES]",
            "REGEX")
      .integer("--seed", &flags.seed, 0, INT64_MAX, "another seed, other parts [0]")
      .integer("--near", &flags.near, 0, 15,
               fmt::format("bits of 64 that near duplicates may differ in [{}]", flags.near))
      .text("--out", &flags.out, "file to write; split.json by default", "PATH")
      .integer("--threads", &flags.threads, 0, 256, "threads that read; 0 = all processors")
      .output_flags(&flags.json, &flags.quiet);
  if (!parser.parse(arguments)) return false;
  flags.options.stratify = flags.stratify == "true";
  flags.options.near = int(flags.near);
  flags.options.threads = int(flags.threads);
  flags.options.seed = std::uint64_t(flags.seed);
  return true;
}

std::array<std::int64_t, 3> sizes_of(const SplitPlan& plan) {
  return {std::ssize(plan.names[0]), std::ssize(plan.names[1]), std::ssize(plan.names[2])};
}

void print_row(const std::string& name, const std::array<std::int64_t, 3>& parts) {
  out(fmt::format("{:<24} {:>9} {:>9} {:>9} {:>9}\n", name, grouped(parts[0]), grouped(parts[1]),
                  grouped(parts[2]), grouped(parts[0] + parts[1] + parts[2])));
}

std::string groups_text(const SplitPlan& plan) {
  if (plan.groups == 0) return "no pictures have to stay together\n";
  return fmt::format("{} of pictures {} together, {} of them duplicates; the largest has {}\n",
                     plan.groups == 1 ? "1 group" : grouped(plan.groups) + " groups",
                     plan.groups == 1 ? "stays" : "stay", grouped(plan.duplicates),
                     grouped(plan.largest));
}

void print(const SplitPlan& plan, const std::string& path) {
  out(fmt::format("{:<24} {:>9} {:>9} {:>9} {:>9}\n", "", "train", "val", "test", "all"));
  const std::size_t shown = std::min(plan.classes.size(), kMostClasses);
  for (std::size_t c = 0; c < shown; ++c) print_row(escaped(plan.classes[c]), plan.counts[c]);
  if (shown < plan.classes.size())
    out(fmt::format("  and {} more classes\n", plan.classes.size() - shown));
  print_row("all", sizes_of(plan));
  out(groups_text(plan));
  out(fmt::format("wrote {}; use it: noyau train {} --split {}\n", escaped(path),
                  escaped(shell_word(plan.data)), escaped(shell_word(path))));
}

void warn_of_groups(const SplitPlan& plan) {
  const auto [train, val, test] = sizes_of(plan);
  const std::int64_t all = train + val + test;
  if (plan.ungrouped > 0)
    warn(fmt::format("--group says nothing about {} of {} pictures, each of which goes its own way",
                     grouped(plan.ungrouped), grouped(all)));
  if (double(plan.largest) > kLargeGroup * double(all))
    warn(fmt::format("one group has {} of {} pictures: the shares cannot be kept",
                     grouped(plan.largest), grouped(all)));
}

Json json_of(const SplitPlan& plan, const std::string& path) {
  const auto [train, val, test] = sizes_of(plan);
  Json classes = Json::array();
  for (std::size_t c = 0; c < plan.classes.size(); ++c)
    classes.push_back({{"class", plan.classes[c]},
                       {"train", plan.counts[c][0]},
                       {"val", plan.counts[c][1]},
                       {"test", plan.counts[c][2]}});
  return {{"file", path},
          {"train", train},
          {"val", val},
          {"test", test},
          {"classes", classes},
          {"groups", plan.groups},
          {"duplicates", plan.duplicates},
          {"largest", plan.largest},
          {"ungrouped", plan.ungrouped}};
}

}  // namespace

int run_split(const Arguments& arguments) {
  SplitFlags flags;
  if (!parse(flags, arguments)) return kDone;
  expect_outside_data(flags.out, flags.data);
  set_phase(Phase::data);
  const Dataset data = Dataset::open(flags.data);
  ReadingProgress progress(!flags.json && !flags.quiet);
  const SplitPlan plan = make_split(data, flags.options, progress.callback());
  progress.clear();
  set_phase(Phase::writing);
  write_split(flags.out, plan);
  warn_of_groups(plan);
  if (flags.json)
    out_json(json_of(plan, flags.out));
  else if (!flags.quiet)
    print(plan, flags.out);
  return kDone;
}

}  // namespace noyau::cli
