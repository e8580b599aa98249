#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "noyau/graph.hpp"

namespace noyau::passes {

/// Nodes in an order, some of them removed, that are rewritten by plain assignment. Answers who
/// writes and who reads a value without walking all of them: an index is made at the first
/// question, and each later question first looks at the few slots handed out since.
///
/// A reference to a slot may be written through until `kOpen` other slots have been handed out.
class Slots {
 public:
  static constexpr std::size_t kOpen = 8;

  explicit Slots(const std::vector<Node>& nodes) : nodes_(nodes.begin(), nodes.end()) {}
  explicit Slots(std::vector<std::optional<Node>> nodes) : nodes_(std::move(nodes)) {}

  std::size_t size() const { return nodes_.size(); }
  auto begin() const { return nodes_.begin(); }
  auto end() const { return nodes_.end(); }
  const std::optional<Node>& operator[](std::size_t i) const { return nodes_[i]; }
  std::optional<Node>& operator[](std::size_t i) {
    if (indexed_) open(i);
    return nodes_[i];
  }

  /// Puts each node ahead of the slot beside it. Slots move, so that the index is made anew.
  void insert(std::vector<std::pair<int, Node>> nodes);

  /// As in Edit; `readers` counts inputs of nodes only.
  int producer(ValueId v) const;
  int readers(ValueId v) const;
  int next_reader(ValueId v, int from) const;

  /// Slots and index entries looked at so far: what tests hold against the number of nodes.
  std::int64_t work() const { return work_; }

 private:
  struct Links {
    std::vector<ValueId> inputs, outputs;
  };
  /// For each value the slots that have it, in order, once for each time.
  using Index = std::vector<std::vector<int>>;

  void open(std::size_t i);
  void refresh() const;
  void refresh(std::size_t i) const;
  void replace(Index& index, std::size_t i, std::vector<ValueId>& old,
               const std::vector<ValueId>& now) const;
  const std::vector<int>& of(const Index& index, ValueId v) const;

  std::vector<std::optional<Node>> nodes_;
  std::vector<std::size_t> open_;  ///< the slots handed out last
  mutable bool indexed_ = false;
  mutable std::vector<Links> links_;  ///< of each slot, as the index knows them
  mutable Index written_by_, read_by_;
  mutable std::int64_t work_ = 0;
};

}  // namespace noyau::passes
