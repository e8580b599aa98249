#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>

#include "train/checkpoint.hpp"

namespace noyau::test {

/// Last and best checkpoints of two runs: weights and averages, bit for bit.
inline void expect_same_weights(const std::string& run_a, const std::string& run_b) {
  for (const char* file : {"/weights/last.noyau", "/weights/best.noyau"}) {
    const training::Checkpoint a = training::load_checkpoint(run_a + file);
    const training::Checkpoint b = training::load_checkpoint(run_b + file);
    for (const auto& [left, right] : {std::pair(a.weights, b.weights), {a.buffers, b.buffers}}) {
      ASSERT_EQ(left.size(), right.size());
      for (std::size_t i = 0; i < left.size(); ++i) {
        EXPECT_EQ(left[i].first, right[i].first);
        ASSERT_EQ(left[i].second.bytes(), right[i].second.bytes());
        EXPECT_EQ(std::memcmp(left[i].second.raw(), right[i].second.raw(), left[i].second.bytes()),
                  0)
            << file << " " << left[i].first;
      }
    }
  }
}

}  // namespace noyau::test
