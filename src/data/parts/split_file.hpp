#pragma once

#include <string>

#include "data/content.hpp"

namespace noyau::data {

/// Puts the samples, whatever part they are in, where the lists of a split file say; each part in
/// the order of the data. The fingerprint then tells another split as well. Throws Error(io)
/// without the file, and Error(corrupt_file) naming it: for what is no split, for names that the
/// data does not have, pictures that it does not name or names twice, and classes without training
/// pictures.
void apply_split(Content& content, const std::string& path);

}  // namespace noyau::data
