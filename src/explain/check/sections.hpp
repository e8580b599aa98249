#pragma once

#include <string>

#include "noyau/check.hpp"

namespace noyau::explain {

// Parts of the page of a check, each as HTML; empty when there is nothing to show. Pictures are
// read again from `data` and embedded small.
std::string check_headline(const DataCheck& check);
std::string check_advice(const DataCheck& check);
std::string leak_gallery(const DataCheck& check, const Dataset& data);
std::string label_gallery(const DataCheck& check, const Dataset& data);
std::string duplicate_gallery(const DataCheck& check, const Dataset& data);
std::string odd_gallery(const DataCheck& check, const Dataset& data);
std::string unreadable_table(const DataCheck& check);
std::string class_counts(const DataCheck& check);
std::string sizes_and_kinds(const DataCheck& check);

}  // namespace noyau::explain
