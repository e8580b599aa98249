#include "api/ensemble_notes.hpp"

#include <fmt/format.h>

#include "api/numbers.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr const char* kMembers = "ensemble_members";
constexpr const char* kRule = "ensemble_rule";
constexpr std::int64_t kMostMembers = 1000;

std::string member_note(std::int64_t index, const std::string& name) {
  return member_prefix(index) + name;
}

}  // namespace

std::string member_prefix(std::int64_t index) { return fmt::format("{}/", index); }

void write_ensemble(const std::vector<ModelCard>& cards, training::Combination rule, Notes& notes) {
  notes[kMembers] = std::to_string(cards.size());
  notes[kRule] = to_string(rule);
  for (std::size_t i = 0; i < cards.size(); ++i) {
    Notes own;
    write_card(cards[i], own);
    for (const auto& [name, text] : own) notes[member_note(std::int64_t(i), name)] = text;
  }
}

std::int64_t ensemble_members(const Notes& notes, const std::string& path) {
  const auto note = notes.find(kMembers);
  if (note == notes.end()) return 1;
  const auto count = parse_integer(note->second);
  if (count && *count >= 1 && *count <= kMostMembers) return *count;
  throw Error(ErrorCode::corrupt_file, path, fmt::format("{} members", note->second),
              fmt::format("1 to {}", kMostMembers));
}

training::Combination ensemble_rule(const Notes& notes, const std::string& path) {
  const auto note = notes.find(kRule);
  if (note == notes.end()) return training::Combination::average;
  try {
    return training::parse_combination(note->second);
  } catch (const Error& error) {
    throw Error(ErrorCode::corrupt_file, path, fmt::format("{} {}", kRule, error.got()),
                error.expected());
  }
}

Notes member_notes(const Notes& notes, std::int64_t index) {
  Notes own;
  const std::string prefix = member_prefix(index);
  for (const auto& [name, text] : notes)
    if (name.starts_with(prefix)) own[name.substr(prefix.size())] = text;
  return own;
}

}  // namespace noyau::api
