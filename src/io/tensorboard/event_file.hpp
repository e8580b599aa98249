#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace noyau::io {

/// Numbers of one moment of a run, by tag: "loss/train".
struct Scalars {
  double wall_time = 0;  ///< seconds since 1970
  std::int64_t step = 0;
  std::vector<std::pair<std::string, float>> values = {};
};

/// Writes scalars as TensorBoard reads them: a file of records (length, its CRC32C, bytes, theirs)
/// that each hold one Event message.
///
/// The file grows by whole records, so that a TensorBoard beside a running training sees them.
class EventFile {
 public:
  /// Makes folder/events.out.tfevents.TIME.noyau.PID, or a later number where it exists;
  /// `wall_time` as in Scalars. Throws Error(io) naming the file.
  EventFile(const std::string& folder, double wall_time);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// Throws Error(io) naming the file; nothing of the record is in the file then.
  void write(const Scalars& scalars);
  const std::string& path() const { return path_; }

 private:
  void append(const std::vector<std::byte>& event);

  std::string path_;
  int descriptor_ = -1;
};

/// The Event message (protocol buffers) of some scalars, and of the head of a file.
std::vector<std::byte> encode_event(const Scalars& scalars);
std::vector<std::byte> encode_version(double wall_time);
/// `event` as one record of the file.
std::vector<std::byte> encode_record(const std::vector<std::byte>& event);

}  // namespace noyau::io
