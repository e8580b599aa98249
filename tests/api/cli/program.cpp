#include "api/cli/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/random.hpp"

namespace noyau::test {
namespace fs = std::filesystem;

std::string program_path() {
  return (fs::read_symlink("/proc/self/exe").parent_path() / "noyau").string();
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "noyau-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& cwd,
                         const std::string& folder) {
  if (!cwd.empty() && ::chdir(cwd.c_str()) != 0) ::_exit(126);
  const auto redirect = [&](const char* name, int to) {
    const int fd = ::open((folder + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(fd, to);
  };
  redirect("out", STDOUT_FILENO);
  redirect("err", STDERR_FILENO);
  std::vector<char*> argv;
  std::string program = program_path();
  argv.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::string& cwd) {
  std::string pattern = (fs::temp_directory_path() / "noyau-output-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = pattern;
  pid_ = ::fork();
  if (pid_ == 0) become(arguments, cwd, folder_);
}

Program::~Program() {
  if (pid_ > 0) {
    send(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Program::send(int signal) const { ::kill(pid_, signal); }

Outcome Program::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  outcome.out = read_text(folder_ + "/out");
  outcome.err = read_text(folder_ + "/err");
  return outcome;
}

Outcome run(const std::vector<std::string>& arguments, const std::string& cwd) {
  return Program(arguments, cwd).wait();
}

namespace {

constexpr int kSize = 28, kClasses = 3;

std::string big_endian(std::uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}

void write_part(const std::string& prefix, int count, std::uint64_t seed) {
  std::string images =
      big_endian(0x803) + big_endian(std::uint32_t(count)) + big_endian(kSize) + big_endian(kSize);
  std::string labels = big_endian(0x801) + big_endian(std::uint32_t(count));
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const int label = i % kClasses;
    labels += char(label);
    std::array<unsigned char, kSize * kSize> pixels{};
    for (auto& pixel : pixels) pixel = static_cast<unsigned char>(random.below(60));
    for (int y = 10; y < 18; ++y)
      for (int x = 0; x < 8; ++x) pixels[std::size_t(y * kSize + x + label * 10)] = 250;
    images.append(reinterpret_cast<const char*>(pixels.data()), pixels.size());
  }
  write_text(prefix + "-images-idx3-ubyte", images);
  write_text(prefix + "-labels-idx1-ubyte", labels);
}

}  // namespace

void write_squares(const std::string& folder, int train, int test) {
  fs::create_directories(folder);
  write_part(folder + "/train", train, 1);
  write_part(folder + "/t10k", test, 2);
}

}  // namespace noyau::test
