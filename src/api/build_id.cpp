#include "api/build_id.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <span>

#include "noyau/run.hpp"

namespace noyau::api {
namespace {

// The build id among the notes of one segment; empty without one.
std::string find_id(std::span<const char> notes) {
  const auto padded = [](std::size_t size) { return (size + 3) / 4 * 4; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    const std::size_t name = sizeof note, id = name + padded(note.n_namesz);
    const std::size_t end = id + padded(note.n_descsz);
    if (end > notes.size()) return {};
    if (note.n_type == NT_GNU_BUILD_ID && std::memcmp(notes.data() + name, "GNU", 4) == 0) {
      std::string text;
      for (const char c : notes.subspan(id, note.n_descsz))
        text += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return text;
    }
    notes = notes.subspan(end);
  }
  return {};
}

bool holds(const dl_phdr_info& object, std::uintptr_t address) {
  for (const ElfW(Phdr) & segment : std::span(object.dlpi_phdr, object.dlpi_phnum)) {
    const std::uintptr_t begin = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= begin && address < begin + segment.p_memsz)
      return true;
  }
  return false;
}

int visit(dl_phdr_info* object, std::size_t, void* found) {
  if (!holds(*object, reinterpret_cast<std::uintptr_t>(&build_id))) return 0;
  for (const ElfW(Phdr) & segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    if (segment.p_type != PT_NOTE) continue;
    const char* notes = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    std::string id = find_id({notes, segment.p_memsz});
    if (!id.empty()) *static_cast<std::string*>(found) = std::move(id);
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  ::dl_iterate_phdr(visit, &id);
  if (!id.empty()) return id;
  const BuildInfo info = build_info();
  return info.version + " " + info.compiler;
}

}  // namespace noyau::api
