#include "exit_codes.hpp"

namespace noyau::cli {
namespace {

Phase current_phase = Phase::usage;
std::string data_path;

bool is_about_data(const Error& error) {
  return !data_path.empty() && error.where().starts_with(data_path);
}

/// For errors about what was read or written.
int code_of_phase(const Error& error) {
  if (is_about_data(error)) return kData;
  switch (current_phase) {
    case Phase::usage:
      return error.code() == ErrorCode::io || error.code() == ErrorCode::corrupt_file ? kData
                                                                                      : kUsage;
    case Phase::data:
      return kData;
    case Phase::model:
      return kModel;
    case Phase::writing:
      return error.code() == ErrorCode::io ? kResources : kModel;
  }
  return kInternal;
}

}  // namespace

void set_phase(Phase phase) { current_phase = phase; }
void set_data_path(const std::string& path) { data_path = path; }

int exit_code(const Error& error) {
  switch (error.code()) {
    case ErrorCode::invalid_argument:
      // A folder with one class is an argument of the library, but the user's data.
      if (is_about_data(error)) return kData;
      return current_phase == Phase::data && !error.where().starts_with("--") ? kData : kUsage;
    case ErrorCode::shape_mismatch:
    case ErrorCode::unsupported:
    case ErrorCode::io:
    case ErrorCode::corrupt_file:
      return code_of_phase(error);
    case ErrorCode::out_of_memory:
      return kResources;
    case ErrorCode::numeric:
      return kNumeric;
    case ErrorCode::distributed:
      return kDistributed;
    case ErrorCode::internal:
      return kInternal;
  }
  return kInternal;
}

}  // namespace noyau::cli
