#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "api/member.hpp"
#include "base/thread_pool.hpp"
#include "runtime/inference.hpp"

namespace noyau::api {

/// Asks a member about pictures. The network is built at the first question and kept for the next
/// ones: an application asks again and again.
class Predictor {
 public:
  /// Both are borrowed.
  Predictor(Member& member, ThreadPool& pool) : member_(&member), pool_(&pool) {}

  /// Writes picture number `i` as the network takes it. Called by several threads.
  using Fill = std::function<void(std::size_t i, std::span<float> x)>;
  /// The answers to `pictures` pictures, [pictures, classes], values not yet scaled back. Throws
  /// the first error of a fill.
  std::vector<float> answers(std::size_t pictures, const Fill& fill);

 private:
  runtime::Session& session(std::size_t batch);

  Member* member_;
  ThreadPool* pool_;
  std::unique_ptr<runtime::Inference> inference_;
  std::size_t batch_ = 0;  ///< that it was built for, with the numerics
  Numerics numerics_ = Numerics::fast;
};

}  // namespace noyau::api
