#include <fmt/format.h>

#include "explain/assets.hpp"
#include "explain/check/csv.hpp"
#include "explain/check/sections.hpp"
#include "explain/text.hpp"
#include "explain/write_file.hpp"
#include "noyau/check_report.hpp"

namespace noyau {
namespace explain {
namespace {

// Forbids every request, whatever ends up in the page.
constexpr const char* kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

constexpr const char* kStyle =
    ".part0{background:var(--blue)}.part1{background:var(--green)}.part2{background:var(--orange)}"
    ".stack{display:flex;width:280px;height:10px;background:var(--grid);border-radius:4px;"
    "overflow:hidden}.stack i{display:block;height:100%}"
    ".group{margin-bottom:20px}.mistakes img,.blank{width:104px;height:104px}"
    ".curve-box svg{max-width:100%;height:auto}";

std::string page(const DataCheck& check, const Dataset& data) {
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>Check of {}</title>\n<style>\n{}{}</style>\n</head>\n",
             kPolicy, markup_escaped(check.path), kReportCss, kStyle) +
         "<body>\n<header>\n" + check_headline(check) + "</header>\n<main>\n" +
         check_advice(check) + leak_gallery(check, data) + label_gallery(check, data) +
         class_counts(check) + sizes_and_kinds(check) + unreadable_table(check) +
         odd_gallery(check, data) + duplicate_gallery(check, data) +
         fmt::format(
             "</main>\n<footer>\n<p>Written by noyau. This page needs no network.</p>\n"
             "</footer>\n<script>\n{}</script>\n</body>\n</html>\n",
             kReportJs);
}

}  // namespace
}  // namespace explain

void write_check(const std::string& folder, const DataCheck& check, const Dataset& data) {
  using namespace explain;
  expect_outside_data(folder, check.path);
  make_folder(folder);
  write_file(folder + "/pictures.csv", pictures_csv(check));
  write_file(folder + "/issues.csv", issues_csv(check));
  write_file(folder + "/duplicates.csv", duplicates_csv(check, false));
  write_file(folder + "/leaks.csv", duplicates_csv(check, true));
  write_file(folder + "/classes.csv", classes_csv(check));
  write_file(folder + "/report.html", page(check, data));
}

}  // namespace noyau
