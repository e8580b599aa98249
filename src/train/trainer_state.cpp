#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "noyau/error.hpp"
#include "train/trainer.hpp"

namespace noyau::training {
namespace {

const Tensor& tensor_of(const NamedTensors& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &NamedTensors::value_type::first);
  if (found != tensors.end()) return found->second;
  throw Error(ErrorCode::shape_mismatch, fmt::format("checkpoint {}", name), "no such tensor",
              "a checkpoint of the same network");
}

/// Checks that every name of `wanted` is there with its shape, and nothing else.
template <class TensorOf>
void expect_same(const NamedTensors& tensors, const std::vector<std::string>& wanted,
                 const TensorOf& own) {
  for (const std::string& name : wanted) {
    const Tensor& given = tensor_of(tensors, name);
    const Tensor& mine = own(name);
    if (given.shape() == mine.shape() && given.dtype() == mine.dtype()) continue;
    throw Error(ErrorCode::shape_mismatch, fmt::format("checkpoint {}", name),
                to_string(given.shape()), to_string(mine.shape()));
  }
  for (const auto& [name, tensor] : tensors) {
    if (std::ranges::find(wanted, name) != wanted.end()) continue;
    throw Error(ErrorCode::shape_mismatch, fmt::format("checkpoint {}", name),
                "a tensor that the network does not have");
  }
}

void copy_into(Tensor& to, const Tensor& from) { std::memcpy(to.raw(), from.raw(), from.bytes()); }

}  // namespace

std::map<std::string, Tensor*> Trainer::buffers() {
  std::map<std::string, Tensor*> all;
  for (auto& [name, buffer] : optimizer_.buffers()) all.emplace(name, &buffer);
  if (ema_)
    for (auto& [name, average] : ema_->averages()) all.emplace("ema/" + name, &average);
  return all;
}

Checkpoint Trainer::checkpoint() {
  Checkpoint c;
  for (const std::string& name : weights_.names()) c.weights.emplace_back(name, weights_.at(name));
  for (const auto& [name, buffer] : buffers()) c.buffers.emplace_back(name, *buffer);
  c.position = position_;
  c.plateau = plateau_;
  c.seed = options_.seed;
  return c;
}

void Trainer::restore_weights(const Checkpoint& c) {
  expect_same(c.weights, weights_.names(),
              [this](const std::string& name) -> const Tensor& { return weights_.at(name); });
  // In place: the sessions hold the addresses.
  for (const auto& [name, tensor] : c.weights) copy_into(weights_.at(name), tensor);
}

void Trainer::restore(const Checkpoint& c) {
  if (c.seed != options_.seed) {
    throw Error(ErrorCode::invalid_argument, "checkpoint seed", fmt::format("{}", c.seed),
                fmt::format("{}", options_.seed));
  }
  const std::map<std::string, Tensor*> mine = buffers();
  std::vector<std::string> names;
  for (const auto& [name, buffer] : mine) names.push_back(name);
  expect_same(c.buffers, names,
              [&](const std::string& name) -> const Tensor& { return *mine.at(name); });
  restore_weights(c);
  for (const auto& [name, tensor] : c.buffers) copy_into(*mine.at(name), tensor);
  position_ = c.position;
  pace_ = {.at = double(c.position.global_step)};
  plateau_ = c.plateau;
}

}  // namespace noyau::training
