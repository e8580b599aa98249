#pragma once

#include <string>

namespace noyau {

/// `text` as one word of a shell, quoted where it has to be.
std::string shell_word(const std::string& text);

}  // namespace noyau
