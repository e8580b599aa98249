#pragma once

#include <string>

#include "noyau/check.hpp"

namespace noyau::explain {

/// The tables of a check as comma-separated values (RFC 4180), each with a header.
std::string pictures_csv(const DataCheck& check);
std::string issues_csv(const DataCheck& check);
std::string duplicates_csv(const DataCheck& check, bool leaks_only);
std::string classes_csv(const DataCheck& check);

/// The class of a picture, its labels separated by ";", or its values; empty where it has none.
std::string label_text(const DataCheck& check, const PictureFacts& picture);

}  // namespace noyau::explain
