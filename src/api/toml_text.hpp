#pragma once

// The package builds toml++ into a library of its own; header-only keeps noyau to one archive.
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#undef TOML_SHARED_LIB
#include <toml++/toml.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/train.hpp"

namespace noyau::api {

/// "FILE:LINE:COLUMN".
std::string place(const std::string& path, const toml::source_position& at);

/// Throws Error(invalid_argument) with line and column.
toml::table parse_toml(const std::string& text, const std::string& where);

/// Settings of a table, over `options`; a recipe comes first, wherever its line is. The keys
/// `without` are passed over. Throws as `read_options`.
void read_options_table(TrainOptions& options, const toml::table& table, const std::string& where,
                        std::initializer_list<std::string_view> without = {});

/// Throws Error(invalid_argument) for a key that is none of `names`, with the nearest of them.
[[noreturn]] void refuse_key(const std::string& where, const std::string& key,
                             const std::vector<std::string>& names);

}  // namespace noyau::api
