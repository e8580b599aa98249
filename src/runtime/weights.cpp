#include "runtime/weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "base/normal.hpp"
#include "base/random.hpp"
#include "noyau/error.hpp"

namespace noyau::runtime {
namespace {

std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xCBF29CE484222325ull;  // FNV-1a
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return h;
}

// Of weights [out, in / groups, kernel...].
std::int64_t receptive(const Shape& shape) {
  std::int64_t n = 1;
  for (int i = 2; i < shape.rank(); ++i) n *= shape[i];
  return n;
}
std::int64_t fan_in(const Shape& shape) {
  return shape.rank() < 2 ? shape.elements() : shape[1] * receptive(shape);
}
std::int64_t fan_out(const Shape& shape) {
  return shape.rank() < 2 ? shape.elements() : shape[0] * receptive(shape);
}

// Numbers are normal or uniform in [-1, 1), times `scale`; or all `scale`.
struct Distribution {
  enum class Kind : std::uint8_t { constant, normal, uniform } kind;
  double scale;
};

Distribution distribution(const Init& init, const Shape& shape) {
  using Kind = Distribution::Kind;
  const auto in = double(fan_in(shape)), out = double(fan_out(shape));
  switch (init.kind) {
    case Init::Kind::constant:
      break;
    case Init::Kind::normal:
      return {Kind::normal, init.scale};
    case Init::Kind::uniform:
      return {Kind::uniform, init.scale};
    case Init::Kind::kaiming_normal:
      return {Kind::normal, init.scale * std::sqrt(2.0 / out)};
    case Init::Kind::kaiming_uniform:
      return {Kind::uniform,
              init.scale * std::sqrt(1.0 / (init.fan_in > 0 ? double(init.fan_in) : in))};
    case Init::Kind::kaiming_normal_fan_in:
      return {Kind::normal, init.scale * std::sqrt(2.0 / in)};
    case Init::Kind::xavier_uniform:
      return {Kind::uniform, init.scale * std::sqrt(6.0 / (in + out))};
  }
  return {Kind::constant, init.scale};
}

// Drawn in float, so that f64 checks start from the very numbers that f32 training starts from.
template <class T>
void draw(const Distribution& from, Random random, std::span<T> to) {
  switch (from.kind) {
    case Distribution::Kind::constant:
      std::ranges::fill(to, T(float(from.scale)));
      break;
    case Distribution::Kind::normal:
      fill_normal(random, from.scale, to);
      break;
    case Distribution::Kind::uniform:
      for (T& value : to) value = T(float(from.scale * random.uniform(-1, 1)));
      break;
  }
}

// Each chunk has a stream of its own, so that chunks can be drawn in any order.
constexpr std::int64_t kChunk = 65536;

template <class T>
void draw_all(const Value& value, std::uint64_t seed, std::span<T> to, ThreadPool& pool) {
  const Distribution from = distribution(value.init, value.type.shape);
  const std::uint64_t name = hash(value.name);
  const auto size = std::int64_t(to.size());
  pool.run((size + kChunk - 1) / kChunk, [&](std::int64_t i, int) {
    const auto first = std::size_t(i * kChunk);
    draw(from, Random(seed, name, std::uint64_t(i)),
         to.subspan(first, std::min(std::size_t(kChunk), to.size() - first)));
  });
}

Tensor initial(const Value& value, std::uint64_t seed, ThreadPool& pool) {
  Tensor tensor(value.type.shape, value.type.dtype);
  if (value.type.dtype == DType::f64)
    draw_all(value, seed, tensor.as<double>(), pool);
  else
    draw_all(value, seed, tensor.as<float>(), pool);
  return tensor;
}

}  // namespace

Weights::Weights(const Graph& graph, std::uint64_t seed, ThreadPool& pool) {
  for (const Value& value : graph.values())
    if (value.kind == ValueKind::parameter || value.kind == ValueKind::state)
      set(value.name, initial(value, seed, pool));
}

Weights::Weights(const Graph& graph, std::uint64_t seed) {
  ThreadPool one(1);
  *this = Weights(graph, seed, one);
}

Weights Weights::over(Weights& base) {
  Weights weights;
  weights.base_ = &base;
  return weights;
}

bool Weights::contains(std::string_view name) const {
  return tensors_.contains(name) || (base_ != nullptr && base_->contains(name));
}

const Tensor& Weights::at(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end() && base_ != nullptr) return std::as_const(*base_).at(name);
  if (found == tensors_.end())
    throw Error(ErrorCode::invalid_argument, std::string(name), "no such weight");
  return found->second;
}

Tensor& Weights::at(std::string_view name) {
  return const_cast<Tensor&>(std::as_const(*this).at(name));
}

void Weights::set(const std::string& name, Tensor tensor) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    names_.push_back(name);
    tensors_.emplace(name, std::move(tensor));
  } else if (found->second.shape() == tensor.shape() && found->second.dtype() == tensor.dtype()) {
    // Sessions hold the address of this storage.
    std::memcpy(found->second.raw(), tensor.raw(), tensor.bytes());
  } else {
    found->second = std::move(tensor);
  }
}

}  // namespace noyau::runtime
