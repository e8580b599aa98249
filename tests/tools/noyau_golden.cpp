// noyau-golden FILE.json...: compares networks and layers with the numbers of another framework.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "golden/layer_check.hpp"
#include "golden/zoo_check.hpp"
#include "kernels/kernel.hpp"

namespace {

constexpr const char* kUsage =
    "usage: noyau-golden [--double] [--fast] [--target=NAME] FILE.json...\n"
    "Compares with the numbers of another framework. A file of golden/zoo: builds the model that "
    "it\n"
    "names, fills it by the rule of the files, runs it, and prints the worst relative error of\n"
    "evaluation logits, layer outputs, loss, training logits, gradients and running statistics. A "
    "file\n"
    "of golden/layers: runs every case forward and backward in single and in double precision.\n"
    "  --double       networks in double precision, on the reference kernels (minutes for each)\n"
    "  --fast         networks with numerics fast\n"
    "  --target=NAME  kernels for this instruction set: AVX3, AVX2, SCALAR\n"
    "Exit code 0 when all is within the limits, 1 when not, 2 when a file cannot be read or "
    "used.\n";

// Prints the table's header ahead of the first row of each kind.
class Printer {
 public:
  void print(const std::string& header, const std::string& row) {
    if (header != header_) std::fputs((header_.empty() ? header : "\n" + header).c_str(), stdout);
    header_ = header;
    std::fputs(row.c_str(), stdout);
    std::fflush(stdout);
  }

 private:
  std::string header_;
};

int check(const std::string& path, const noyau::golden::ZooCheck& how, Printer& printer) {
  using namespace noyau::golden;
  std::ifstream in(path);
  if (!in) {
    std::fprintf(stderr, "noyau-golden: %s: cannot be read\n", path.c_str());
    return 2;
  }
  try {
    const auto golden = nlohmann::json::parse(in);
    if (golden.contains("op")) {
      const LayerReport report = check_layers(golden);
      printer.print(layer_header(), row(report));
      return report.good() ? 0 : 1;
    }
    const ZooReport report = check_zoo(golden, how);
    printer.print(zoo_header(), row(report));
    return report.good() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "noyau-golden: %s: %s\n", path.c_str(), error.what());
    return 2;
  }
}

int usage(std::FILE* to, int code) {
  std::fputs(kUsage, to);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  noyau::golden::ZooCheck how;
  how.threads = noyau::available_processors();
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help") return usage(stdout, 0);
    if (argument == "--double")
      how.double_precision = true;
    else if (argument == "--fast")
      how.numerics = noyau::Numerics::fast;
    else if (argument.starts_with("--target="))
      noyau::kernels::use_target(argument.substr(9));
    else if (argument.starts_with("-"))
      return usage(stderr, 2);
    else
      files.push_back(argument);
  }
  if (files.empty()) return usage(stderr, 2);
  Printer printer;
  int worst = 0;
  for (const std::string& file : files) worst = std::max(worst, check(file, how, printer));
  return worst;
}
