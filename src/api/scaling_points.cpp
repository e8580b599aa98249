#include "api/scaling_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "api/network.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

ModelOptions network_of(const ScalingPoint& point) {
  ModelOptions network;
  network.name = point.model;
  network.height = network.width = point.size;
  return network;
}

// Networks have a least size that their layers tell when they are built.
bool accepts_size(const ScalingPoint& point) {
  try {
    build_inference(spec_of(network_of(point)), 1);
    return true;
  } catch (const Error&) {
    return false;
  }
}

double gflop(const ScalingPoint& point, bool train) {
  const auto macs = double(count_macs(build_inference(spec_of(network_of(point)), 1)));
  return (train ? 6 : 2) * macs * double(point.batch) / 1e9;
}

std::vector<ScalingPoint> batches(const std::string& model) {
  std::vector<ScalingPoint> points;
  const std::int64_t size = spec_of({.name = model}).input.height;
  for (std::int64_t batch = 1; batch <= 64; batch *= 2)
    points.push_back({"batch", model, double(batch), batch, size});
  return points;
}

std::vector<ScalingPoint> sizes(const std::string& model) {
  std::vector<ScalingPoint> points;
  for (const std::int64_t size : {64, 96, 128, 160, 192, 224, 256, 288, 320})
    points.push_back({"size", model, double(size), 8, size});
  std::erase_if(points, [](const ScalingPoint& point) { return !accepts_size(point); });
  return points;
}

std::vector<ScalingPoint> widths() {
  std::vector<ScalingPoint> points;
  for (const int percent : {25, 50, 75, 100, 125})
    points.push_back(
        {"width", fmt::format("mobilenetv1_{:03}", percent), percent / 100.0, 16, 224});
  return points;
}

std::vector<ScalingPoint> depths() {
  std::vector<ScalingPoint> points;
  for (const int layers : {20, 32, 44, 56, 110})
    points.push_back({"depth", fmt::format("cifar_resnet{}", layers), double(layers), 64, 32});
  return points;
}

double sum_gflop(std::span<const ScalingPoint> points) {
  double sum = 0;
  for (const ScalingPoint& point : points) sum += point.gflop;
  return sum;
}

}  // namespace

std::vector<ScalingPoint> scaling_points(const ScalingOptions& options) {
  std::vector<ScalingPoint> points;
  for (const auto& axis : {batches(options.model), sizes(options.model), widths(), depths()})
    points.insert(points.end(), axis.begin(), axis.end());
  std::erase_if(points, [&](const ScalingPoint& point) {
    return point.axis.find(options.filter) == std::string::npos;
  });
  if (points.empty())
    throw Error(ErrorCode::invalid_argument, "filter", options.filter,
                "a part of batch, size, width or depth");
  for (ScalingPoint& point : points) point.gflop = gflop(point, options.train);
  return points;
}

void relate_last(std::vector<ScalingPoint>& points) {
  ScalingPoint& last = points.back();
  const ScalingPoint& first = *std::ranges::find(points, last.axis, &ScalingPoint::axis);
  const double work = last.gflop / first.gflop;
  last.relative_ms = last.ms / first.ms / work;
  last.relative_memory = last.memory_mb / first.memory_mb / work;
}

double seconds_left(const std::vector<ScalingPoint>& points, std::size_t done, double elapsed) {
  const auto all = std::span(points);
  return elapsed * sum_gflop(all.subspan(done)) / sum_gflop(all.first(done));
}

std::string scaling_csv(const std::vector<ScalingPoint>& points) {
  std::string text =
      "axis,model,value,batch,size,gflop,ms,relative_ms,memory_mb,relative_memory,rss_mb,nodes,"
      "plan_ms,plan_us_per_node\n";
  for (const ScalingPoint& p : points)
    text += fmt::format(
        "{},{},{},{},{},{:.4f},{:.4f},{:.4f},{:.2f},{:.4f},{:.1f},{},{:.3f},{:.3f}\n", p.axis,
        p.model, p.value, p.batch, p.size, p.gflop, p.ms, p.relative_ms, p.memory_mb,
        p.relative_memory, p.rss_mb, p.nodes, p.plan_ms, p.plan_us_per_node);
  return text;
}

}  // namespace noyau::api
