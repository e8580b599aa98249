#pragma once

#include <string>

#include "noyau/check.hpp"

namespace noyau {

/// Writes into `folder` (made when missing): report.html, one file that needs no network, with the
/// pictures that are worth a look; pictures.csv, issues.csv, duplicates.csv, leaks.csv (the
/// duplicates that lie in more than one part) and classes.csv. `data` is what was checked: some of
/// its pictures are read again. Throws Error(io) naming the path, and Error(invalid_argument) for a
/// folder within the data.
void write_check(const std::string& folder, const DataCheck& check, const Dataset& data);

}  // namespace noyau
