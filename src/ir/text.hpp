#pragma once

#include <array>
#include <string_view>

#include "noyau/graph.hpp"

/// Words that printing and parsing a graph share.
namespace noyau::ir {

inline constexpr std::string_view kHeader = "noyau graph 1";
inline constexpr std::string_view kAbsent = "_";

/// In the order of ValueKind.
inline constexpr std::array<std::string_view, 4> kValueKinds = {"input", "parameter", "state",
                                                                "result"};
/// In the order of Init::Kind.
inline constexpr std::array<std::string_view, 7> kInitKinds = {
    "constant",       "normal",          "uniform",
    "kaiming_normal", "kaiming_uniform", "kaiming_normal_fan_in",
    "xavier_uniform"};

/// Whether the character may stand in a name without quotes.
constexpr bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.:~/+-@").find(c) != std::string_view::npos;
}

}  // namespace noyau::ir
