#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace noyau::api {

/// Of the 1,000 classes of ILSVRC 2012, in the order of published weights.
const std::vector<std::string>& imagenet_classes();

/// The lines of a text file, as many as `count`. Throws Error(io), Error(invalid_argument) for
/// another number of lines, an empty or a repeated one.
std::vector<std::string> read_class_names(const std::string& path, std::int64_t count);

}  // namespace noyau::api
