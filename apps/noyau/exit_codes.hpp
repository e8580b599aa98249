#pragma once

#include <noyau/error.hpp>
#include <string>

namespace noyau::cli {

inline constexpr int kDone = 0;
inline constexpr int kInternal = 1;
inline constexpr int kUsage = 2;
inline constexpr int kData = 3;
inline constexpr int kModel = 4;
inline constexpr int kResources = 5;
inline constexpr int kNumeric = 6;
inline constexpr int kDistributed = 7;

/// What the program is busy with: it says whether an unreadable file is data, a model, or a disk.
enum class Phase { usage, data, model, writing };
void set_phase(Phase phase);
/// Errors about this path or what lies below are about data, whatever the phase.
void set_data_path(const std::string& path);

/// The exit code of an error, by its code and the phase in which it came up.
int exit_code(const Error& error);

}  // namespace noyau::cli
