#include "io/pytorch/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "io/pytorch/pickle.hpp"
#include "io/zip/zip.hpp"
#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using Kind = PickleValue::Kind;
using namespace std::string_view_literals;

constexpr std::uint64_t kMostPickle = 64 << 20;
// The pickle of the number that streams begin with.
constexpr std::string_view kStreamMagic =
    "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv;
constexpr std::array kStateDicts = {"state_dict"sv, "model_state_dict"sv, "model"sv};

/// Where the bytes of each storage lie.
struct Span {
  std::uint64_t begin = 0, size = 0;
};
using Storages = std::map<std::string, Span>;

bool holds_tensors(const PickleValue& value) {
  return value.kind == Kind::dict && std::ranges::any_of(value.entries, [](const auto& e) {
           return e.second->kind == Kind::tensor;
         });
}

const PickleValue& state_dict(const PickleValue& root, const std::string& path) {
  if (holds_tensors(root)) return root;
  if (root.kind == Kind::dict)
    for (const std::string_view name : kStateDicts)
      for (const auto& [key, value] : root.entries)
        if (key->kind == Kind::text && key->text == name && holds_tensors(*value)) return *value;
  throw Error(ErrorCode::unsupported, path, "no dict of tensors",
              "a state dict, or one under \"state_dict\", \"model_state_dict\" or \"model\"",
              "save it alone: torch.save(model.state_dict(), FILE)");
}

/// Row-major, where axes of one element may have any stride.
bool is_contiguous(const PickleValue& tensor) {
  std::int64_t wanted = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] == 0) return true;
    if (tensor.shape[i] != 1 && tensor.stride[i] != wanted) return false;
    if (tensor.shape[i] > INT64_MAX / wanted) return false;
    wanted *= tensor.shape[i];
  }
  return true;
}

/// Empty where the tensor is row-major; axes of one element have 0.
std::vector<std::int64_t> stride_of(const PickleValue& tensor) {
  if (is_contiguous(tensor)) return {};
  std::vector<std::int64_t> stride = tensor.stride;
  for (std::size_t i = 0; i < stride.size(); ++i)
    if (tensor.shape[i] == 1) stride[i] = 0;
  return stride;
}

/// From the first element to behind the last; nothing where these are more than `most`, or where
/// elements share a place so that there are more of them than `most`.
std::optional<std::uint64_t> reach_of(const PickleValue& tensor, std::uint64_t most) {
  std::uint64_t count = 1, reach = 1;
  for (const std::int64_t extent : tensor.shape)
    if (extent == 0) return 0;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    const auto extent = std::uint64_t(tensor.shape[i]), steps = extent - 1;
    if (extent > most / count) return std::nullopt;
    count *= extent;
    if (steps == 0) continue;
    if (tensor.stride[i] < 0 || std::uint64_t(tensor.stride[i]) > most / steps) return std::nullopt;
    reach += steps * std::uint64_t(tensor.stride[i]);
    if (reach > most) return std::nullopt;
  }
  return reach;
}

StoredTensor stored(const std::string& name, const PickleValue& tensor, const Storages& storages,
                    const std::string& path) {
  const std::string where = fmt::format("{}:{}", path, name.substr(0, 200));
  const auto storage = storages.find(tensor.text);
  if (storage == storages.end())
    throw Error(ErrorCode::corrupt_file, where, "no storage " + tensor.text.substr(0, 100),
                "one for each tensor");
  const std::uint64_t size = size_of(tensor.type);
  if (storage->second.size / size != std::uint64_t(tensor.storage_elements) ||
      storage->second.size % size != 0)
    throw Error(ErrorCode::corrupt_file, where,
                fmt::format("a storage of {} bytes", storage->second.size),
                fmt::format("{} elements of {} bytes", tensor.storage_elements, size));
  const auto elements = std::uint64_t(tensor.storage_elements),
             first = std::uint64_t(tensor.integer);
  const std::optional<std::uint64_t> reach = reach_of(tensor, elements);
  if (tensor.integer < 0 || first > elements || !reach || *reach > elements - first)
    throw Error(ErrorCode::corrupt_file, where, "a tensor that reaches beyond its storage",
                fmt::format("at most {} elements", elements));
  const std::uint64_t begin = storage->second.begin + first * size;
  return {name, tensor.type, tensor.shape, begin, begin + *reach * size, stride_of(tensor)};
}

void strip_module(std::vector<StoredTensor>& tensors) {
  constexpr std::string_view kPrefix = "module.";
  if (!std::ranges::all_of(tensors, [](const auto& t) { return t.name.starts_with(kPrefix); }))
    return;
  for (StoredTensor& tensor : tensors) tensor.name.erase(0, kPrefix.size());
}

std::vector<StoredTensor> list_tensors(const PickleValue& root, const Storages& storages,
                                       const std::string& path) {
  std::vector<StoredTensor> tensors;
  std::map<std::string, int> names;
  for (const auto& [key, value] : state_dict(root, path).entries) {
    if (value->kind != Kind::tensor || key->kind != Kind::text) continue;
    if (names[key->text]++ > 0)
      throw Error(ErrorCode::corrupt_file, path,
                  "two tensors of the name " + key->text.substr(0, 200), "each name once");
    tensors.push_back(stored(key->text, *value, storages, path));
  }
  strip_module(tensors);
  return tensors;
}

/// ARCHIVE/data.pkl and ARCHIVE/data/KEY.
std::vector<StoredTensor> read_archive(const InputFile& file) {
  const std::vector<ZipMember> members = read_zip(file);
  const auto pickle = std::ranges::find_if(
      members, [](const ZipMember& m) { return ("/" + m.name).ends_with("/data.pkl"); });
  if (pickle == members.end())
    throw Error(ErrorCode::unsupported, file.path(), "an archive without data.pkl",
                "a file of torch.save");
  const std::string folder = pickle->name.substr(0, pickle->name.size() - 8);
  Storages storages;
  for (const ZipMember& member : members) {
    if (member.name == folder + "byteorder" && read_member(file, member, 64) != "little")
      throw Error(ErrorCode::unsupported, file.path(), "big-endian numbers", "little-endian ones");
    if (!member.name.starts_with(folder + "data/")) continue;
    if (member.deflated)
      throw Error(ErrorCode::unsupported, file.path() + ":" + member.name, "a compressed member",
                  "members as torch.save stores them");
    storages[member.name.substr(folder.size() + 5)] = {member.offset, member.size};
  }
  const std::string bytes = read_member(file, *pickle, kMostPickle);
  const Pickle read(bytes, file.path() + ":" + pickle->name);
  return list_tensors(read.root(), storages, file.path());
}

/// The number, the version, the machine, the values, the keys; then each storage behind its length.
std::vector<StoredTensor> read_stream(const InputFile& file) {
  std::string bytes(std::size_t(std::min(file.size(), kMostPickle)), '\0');
  file.read(0, std::as_writable_bytes(std::span(bytes)));
  std::size_t at = kStreamMagic.size();
  const auto next = [&] {
    Pickle pickle(std::string_view(bytes).substr(at), fmt::format("{}+{}", file.path(), at));
    at += pickle.length();
    return pickle;
  };
  next();  // the version of the format
  const Pickle machine = next();
  for (const auto& [key, value] : machine.root().entries)
    if (key->text == "little_endian" && value->integer == 0)
      throw Error(ErrorCode::unsupported, file.path(), "big-endian numbers", "little-endian ones");
  const Pickle values = next();
  const Pickle keys = next();
  std::map<std::string, std::size_t> sizes;
  for (const PickleValue& value : values.values())
    if (value.kind == Kind::storage) sizes[value.text] = size_of(value.type);
  Storages storages;
  std::uint64_t offset = at;
  for (const PickleValue* key : keys.root().items) {
    std::uint64_t elements = 0;
    file.read(offset, std::as_writable_bytes(std::span(&elements, 1)));
    offset += sizeof elements;
    const auto size = sizes.find(key->text);
    if (size == sizes.end())
      throw Error(ErrorCode::corrupt_file, fmt::format("{}@{}", file.path(), offset),
                  "a storage that nothing refers to", "the storages of the tensors");
    if (elements > (file.size() - offset) / size->second)
      throw Error(ErrorCode::corrupt_file, fmt::format("{}@{}", file.path(), offset),
                  fmt::format("{} elements", elements), "a whole file",
                  "was the file cut off on its way?");
    storages[key->text] = {offset, elements * size->second};
    offset += elements * size->second;
  }
  return list_tensors(values.root(), storages, file.path());
}

}  // namespace

PytorchReader::PytorchReader(const std::string& path) : file_(path) {
  std::array<char, kStreamMagic.size()> start{};
  const std::size_t known = std::size_t(std::min<std::uint64_t>(start.size(), file_.size()));
  file_.read(0, std::as_writable_bytes(std::span(start).first(known)));
  const std::string_view head(start.data(), known);
  if (head == kStreamMagic) {
    tensors_ = read_stream(file_);
  } else if (head.starts_with("PK")) {
    tensors_ = read_archive(file_);
  } else {
    throw Error(ErrorCode::unsupported, path, "not a file of torch.save",
                "a ZIP archive, or PyTorch's stream of pickles");
  }
}

Tensor PytorchReader::read(const StoredTensor& tensor, NotFinite policy) const {
  return read_stored(file_, 0, tensor, policy);
}

}  // namespace noyau::io
