#include "noyau/memory.hpp"

#include <string>

#include "noyau/error.hpp"

namespace noyau {

std::string_view to_string(Memory memory) { return memory == Memory::normal ? "normal" : "low"; }

Memory parse_memory(std::string_view name) {
  for (const Memory memory : {Memory::normal, Memory::low})
    if (name == to_string(memory)) return memory;
  throw Error(ErrorCode::invalid_argument, "--memory", "\"" + std::string(name) + "\"",
              "normal or low");
}

}  // namespace noyau
