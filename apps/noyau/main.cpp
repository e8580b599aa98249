#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <noyau/error.hpp>
#include <noyau/run.hpp>

#include "command.hpp"
#include "exit_codes.hpp"
#include "output.hpp"

namespace noyau::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> list{
#define COMMAND(name, summary) {#name, summary, &run_##name},
#include "commands.def"
#undef COMMAND
  };
  return list;
}

namespace {

void print_help() {
  out("noyau trains, explains and serves convolutional networks on CPUs.\n\n"
      "usage: noyau VERB [arguments] [--flags]\n\n");
  for (const Command& command : commands())
    out(fmt::format("  {:<9} {}\n", command.name, command.summary));
  out("\nexamples:\n"
      "  noyau train photos                 one folder per class; makes runs/train1\n"
      "  noyau predict runs/latest cat.jpg  what a trained network sees in a picture\n"
      "  noyau VERB --help                  flags and examples of a verb\n");
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (name == command.name) return command;
    names.push_back(command.name);
  }
  const std::string near = nearest_name(name, names);
  throw Error(ErrorCode::invalid_argument, name,
              name.starts_with("-") ? "unknown flag" : "unknown verb", "",
              near.empty() ? "noyau --help lists the verbs" : "did you mean " + near + "?");
}

int run(const Arguments& arguments) {
  if (arguments.empty()) {
    print_help();
    return kUsage;
  }
  const std::string& first = arguments[0];
  if (first == "--help" || first == "-h" || first == "help") {
    if (first == "help" && arguments.size() > 1) return find_command(arguments[1]).run({"--help"});
    print_help();
    return kDone;
  }
  if (first == "--version") return run_version({});
  return find_command(first).run({arguments.begin() + 1, arguments.end()});
}

int report(const std::string& text, int code) {
  clear_live_line();
  err(fmt::format("noyau: error: {}\n", text));
  return code;
}

/// The only place where errors become text and exit codes.
int guarded_run(const Arguments& arguments) {
  try {
    const int code = run(arguments);
    flush_output();
    return code;
  } catch (const Error& error) {
    return report(error.what(), exit_code(error));
  } catch (const std::bad_alloc&) {
    return report("not enough memory; a smaller --batch or --image-size needs less", kResources);
  } catch (const std::exception& error) {
    return report(fmt::format("fault in noyau: {}", escaped(error.what())), kInternal);
  }
}

}  // namespace
}  // namespace noyau::cli

int main(int count, char** values) {
  // `noyau zoo | head` ends quietly, with the code that a shell reports for a broken pipe.
  std::signal(SIGPIPE, [](int) { std::_Exit(141); });
  return noyau::cli::guarded_run({values + std::min(count, 1), values + count});
}
