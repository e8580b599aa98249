#include "train/checkpoint_format.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>
#include <set>
#include <tuple>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

class Writer {
 public:
  template <class T>
  void number(T value) {
    const auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void text(const std::string& value) {
    number(std::uint32_t(value.size()));
    for (const char c : value) bytes_.push_back(std::byte(c));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  Reader(const std::vector<std::byte>& bytes, const std::string& path)
      : bytes_(bytes), path_(path) {}

  template <class T>
  void number(T& value) {
    need(sizeof(T), "a number");
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
  }
  void text(std::string& value) {
    const std::uint32_t length = count(1);
    value.assign(reinterpret_cast<const char*>(bytes_.data() + offset_), length);
    offset_ += length;
  }
  /// A count of items that take at least `item_bytes` each: more than fit is a lie.
  std::uint32_t count(std::size_t item_bytes) {
    std::uint32_t n = 0;
    number(n);
    need(std::uint64_t(n) * item_bytes, "a list");
    return n;
  }
  bool at_end() const { return offset_ == bytes_.size(); }
  [[noreturn]] void fail(const std::string& got, const std::string& expected) const {
    fail_corrupt(path_, "header", kPrefixBytes + offset_, got, expected);
  }

 private:
  void need(std::uint64_t length, const char* what) const {
    const std::uint64_t left = bytes_.size() - offset_;
    if (length > left)
      fail(fmt::format("{} of {} bytes", what, length), fmt::format("{} left", left));
  }

  const std::vector<std::byte>& bytes_;
  const std::string& path_;
  std::size_t offset_ = 0;
};

// One list of the fixed fields, walked by writer and reader.
template <class Archive, class C>
void scalars(Archive&& field, C& c) {
  field(c.position.epoch), field(c.position.step), field(c.position.global_step);
  field(c.position.totals.loss), field(c.position.totals.top1), field(c.position.totals.top5);
  field(c.position.totals.samples);
  field(c.seed), field(c.best_score), field(c.best_epoch);
}
template <class Archive, class P>
void plateau_fields(Archive&& field, P& p) {
  field(p.best), field(p.bad_epochs), field(p.cooldown), field(p.scale);
}
template <class Archive, class R>
void row_fields(Archive&& field, R& r) {
  field(r.epoch), field(r.time_s), field(r.lr), field(r.train_loss), field(r.val_loss);
  field(r.top1), field(r.top5), field(r.img_s), field(r.data_wait_s);
}
constexpr std::size_t kRowBytes = 9 * 8;

std::uint64_t checked_bytes(Reader& in, const TensorEntry& entry) {
  std::uint64_t bytes = size_of(entry.dtype);
  for (const std::int64_t extent : entry.shape.extents()) {
    const auto n = std::uint64_t(extent);
    if (n != 0 && bytes > std::numeric_limits<std::int64_t>::max() / n) {
      in.fail(fmt::format("a shape of {} for '{}'", to_string(entry.shape), entry.name),
              "a size that fits 63 bits");
    }
    bytes *= n;
  }
  return bytes;
}

TensorEntry read_entry(Reader& in) {
  TensorEntry entry;
  std::uint8_t role = 0, dtype = 0, rank = 0;
  in.number(role);
  in.text(entry.name);
  in.number(dtype);
  in.number(rank);
  if (role > 1) in.fail(fmt::format("role {} of '{}'", role, entry.name), "0 or 1");
  if (dtype > 3) in.fail(fmt::format("type {} of '{}'", dtype, entry.name), "0 to 3");
  if (rank > Shape::kMaxRank) {
    in.fail(fmt::format("{} extents of '{}'", rank, entry.name), "at most 6");
  }
  entry.role = TensorEntry::Role(role);
  entry.dtype = DType(dtype);
  std::vector<std::int64_t> extents(rank);
  for (std::int64_t& extent : extents) {
    in.number(extent);
    if (extent < 0) in.fail(fmt::format("extent {} of '{}'", extent, entry.name), "0 or more");
  }
  entry.shape = Shape(std::span<const std::int64_t>(extents));
  in.number(entry.crc);
  entry.bytes = checked_bytes(in, entry);
  return entry;
}

void read_tensors(Reader& in, std::vector<TensorEntry>& tensors) {
  std::set<std::pair<TensorEntry::Role, std::string>> seen;
  for (std::uint32_t n = in.count(11); n > 0; --n) {
    TensorEntry entry = read_entry(in);
    if (!seen.emplace(entry.role, entry.name).second) {
      in.fail(fmt::format("tensor '{}' twice", entry.name), "each name once");
    }
    tensors.push_back(std::move(entry));
  }
}

// SGD's momentum was all that version 1 held of an optimiser.
void name_momentum(std::vector<TensorEntry>& tensors) {
  for (TensorEntry& entry : tensors) {
    if (entry.role == TensorEntry::Role::buffer) entry.name = "momentum/" + entry.name;
  }
}

}  // namespace

void fail_corrupt(const std::string& path, const std::string& section, std::uint64_t offset,
                  const std::string& got, const std::string& expected) {
  throw Error(ErrorCode::corrupt_file, fmt::format("{}:{}@{}", path, section, offset), got,
              expected, "the file is damaged; use another checkpoint");
}

std::vector<std::byte> encode_header(const Checkpoint& checkpoint,
                                     const std::vector<TensorEntry>& tensors) {
  Writer out;
  const auto field = [&out](auto& value) { out.number(value); };
  scalars(field, checkpoint);
  plateau_fields(field, checkpoint.plateau);
  out.number(std::uint32_t(checkpoint.history.size()));
  for (const HistoryRow& row : checkpoint.history) row_fields(field, row);
  out.number(std::uint32_t(checkpoint.notes.size()));
  for (const auto& [key, value] : checkpoint.notes) out.text(key), out.text(value);
  out.number(std::uint32_t(tensors.size()));
  for (const TensorEntry& entry : tensors) {
    out.number(std::uint8_t(entry.role));
    out.text(entry.name);
    out.number(std::uint8_t(entry.dtype));
    out.number(std::uint8_t(entry.shape.rank()));
    for (const std::int64_t extent : entry.shape.extents()) out.number(extent);
    out.number(entry.crc);
  }
  return out.take();
}

Header decode_header(const std::vector<std::byte>& bytes, std::uint32_t version,
                     const std::string& path) {
  Header header;
  Checkpoint& c = header.checkpoint;
  Reader in(bytes, path);
  const auto field = [&in](auto& value) { in.number(value); };
  scalars(field, c);
  if (version > 1) plateau_fields(field, c.plateau);
  if (c.position.epoch < 0 || c.position.step < 0 || c.position.global_step < 0) {
    in.fail("a negative epoch or step", "0 or more");
  }
  c.history.resize(in.count(kRowBytes));
  for (HistoryRow& row : c.history) row_fields(field, row);
  for (std::uint32_t n = in.count(8); n > 0; --n) {
    std::string key;
    in.text(key);
    in.text(c.notes[key]);
  }
  read_tensors(in, header.tensors);
  if (version == 1) name_momentum(header.tensors);
  if (!in.at_end()) in.fail("bytes after the last tensor entry", "the end of the header");
  return header;
}

}  // namespace noyau::training
