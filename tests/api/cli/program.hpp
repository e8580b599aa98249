#pragma once

#include <string>
#include <vector>

namespace noyau::test {

/// How the built command ended: `code` is its exit code, or -signal.
struct Outcome {
  int code = 0;
  std::string out, err;
};

/// The command under test: it lies beside this test program.
std::string program_path();

/// Starts the command in folder `cwd` (empty: here); its output goes to files.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments, const std::string& cwd = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const;
  Outcome wait();

 private:
  std::string folder_;
  int pid_ = -1;
};

Outcome run(const std::vector<std::string>& arguments, const std::string& cwd = {});

/// A folder that is removed with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

/// An IDX set of 28x28 pictures in three classes that a small network learns at once: the place of
/// a bright square. `train` and `test` pictures.
void write_squares(const std::string& folder, int train, int test);

}  // namespace noyau::test
