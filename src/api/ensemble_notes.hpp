#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/network.hpp"
#include "train/combine.hpp"

namespace noyau::api {

using Notes = std::map<std::string, std::string>;

/// What the notes of an ensemble's file say: how many networks it holds, how their answers are
/// combined, and the card of each. The tensors of member i are named "i/NAME".
void write_ensemble(const std::vector<ModelCard>& cards, training::Combination rule, Notes& notes);

/// 1 for files that hold a single network. Throws Error(corrupt_file) naming `path`.
std::int64_t ensemble_members(const Notes& notes, const std::string& path);
/// `average` where the file says nothing.
training::Combination ensemble_rule(const Notes& notes, const std::string& path);
/// The notes as if the file held that member alone.
Notes member_notes(const Notes& notes, std::int64_t index);
/// "3/", of the tensors of member 3.
std::string member_prefix(std::int64_t index);

}  // namespace noyau::api
