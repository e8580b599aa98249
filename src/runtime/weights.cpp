#include "runtime/weights.hpp"

#include <cmath>
#include <cstring>
#include <utility>

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

double draw(const Init& init, const Shape& shape, Random& random) {
  switch (init.kind) {
    case Init::Kind::constant:
      return init.scale;
    case Init::Kind::normal:
      return init.scale * random.normal();
    case Init::Kind::uniform:
      return random.uniform(-init.scale, init.scale);
    case Init::Kind::kaiming_normal:
      return init.scale * std::sqrt(2.0 / double(fan_out(shape))) * random.normal();
    case Init::Kind::kaiming_uniform: {
      const auto fan = double(init.fan_in > 0 ? init.fan_in : fan_in(shape));
      const double bound = init.scale * std::sqrt(1.0 / fan);
      return random.uniform(-bound, bound);
    }
    case Init::Kind::kaiming_normal_fan_in:
      return init.scale * std::sqrt(2.0 / double(fan_in(shape))) * random.normal();
    case Init::Kind::xavier_uniform: {
      const double bound = init.scale * std::sqrt(6.0 / double(fan_in(shape) + fan_out(shape)));
      return random.uniform(-bound, bound);
    }
  }
  return 0;
}

Tensor initial(const Value& value, std::uint64_t seed) {
  Tensor tensor(value.type.shape, value.type.dtype);
  Random random(seed, hash(value.name));
  // Drawn in float, so that f64 checks start from the very numbers that f32 training starts from.
  for (std::int64_t i = 0; i < tensor.elements(); ++i) {
    const auto number = float(draw(value.init, value.type.shape, random));
    if (value.type.dtype == DType::f64)
      tensor.as<double>()[std::size_t(i)] = number;
    else
      tensor.as<float>()[std::size_t(i)] = number;
  }
  return tensor;
}

}  // namespace

Weights::Weights(const Graph& graph, std::uint64_t seed) {
  for (const Value& value : graph.values())
    if (value.kind == ValueKind::parameter || value.kind == ValueKind::state)
      set(value.name, initial(value, seed));
}

bool Weights::contains(std::string_view name) const { return tensors_.contains(name); }

const Tensor& Weights::at(std::string_view name) const {
  const auto found = tensors_.find(name);
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
