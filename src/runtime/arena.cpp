#include "runtime/arena.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "noyau/error.hpp"

namespace noyau::runtime {

Arena::Arena(std::size_t bytes) : bytes_(bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  mapped_ = (bytes + kHugePage - 1) / kHugePage * kHugePage + kHugePage;
  mapping_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping_ == MAP_FAILED)
    throw Error(ErrorCode::out_of_memory, "arena",
                "no room for " + std::to_string(bytes >> 20) + " MiB", {},
                "use a smaller batch or smaller images");
  const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
  data_ = reinterpret_cast<std::byte*>((address + kHugePage - 1) / kHugePage * kHugePage);
#if defined(MADV_HUGEPAGE)
  if (bytes >= kHugePage) madvise(data_, bytes, MADV_HUGEPAGE);  // a hint: ordinary pages also do
#endif
}

Arena::~Arena() { munmap(mapping_, mapped_); }

}  // namespace noyau::runtime
