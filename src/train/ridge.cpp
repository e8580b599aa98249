#include "train/ridge.hpp"

#include <fmt/format.h>

// Sums must not depend on the number of threads.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "noyau/error.hpp"
#include "train/class_weights.hpp"
#include "train/ridge_rows.hpp"
#include "train/ridge_scores.hpp"

namespace noyau::training {
namespace {

using Eigen::Index;
using Features = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr Index kBlock = 256;              // rows or columns that are held in double at a time
constexpr std::int64_t kWidest = 4'000;    // of the Gram matrix
constexpr double kLeastDeviation = 1e-6;   // relative to the mean; below it is rounding
constexpr double kLeastShareLeft = 1e-12;  // of 1 - h

/// What is fitted: one row per sample that the fit takes.
struct Problem {
  std::vector<std::size_t> rows;  // positions among the samples
  Features a;                     // standardised features times the root of the weight
  Matrix targets;                 // one-hot minus their mean, times the root of the weight
  std::vector<float> class_weight;
  Vector weight;           // of each row
  double total = 0;        // of the weights
  Vector mean, deviation;  // of each feature
  Vector share;            // of each class in the weights: the mean target
};

/// The Gram matrix as Q T Q^T with a tridiagonal T, for which a system (T + p) x = y costs little,
/// whatever p: a third of the time of an eigendecomposition.
struct Rotated {
  bool dual = false;  // the matrix is A A^T, which is smaller than A^T A
  Matrix q;           // [m, m]
  Vector diagonal, below;
  Features z;  // [rows, m], A Q; dual: Q
  Matrix t;    // [m, classes], Q^T A^T R for targets R; dual: Q^T R
};

/// L D L^T = T + penalty, and (T + penalty)^-1 t.
struct Solved {
  double penalty;
  Vector below, pivots;
  Matrix t;
};

[[noreturn]] void refuse(ErrorCode code, const char* where, std::string got, std::string expected) {
  throw Error(code, fmt::format("ridge head, {}", where), std::move(got), std::move(expected));
}

void check(std::span<const float> features, std::span<const std::int32_t> labels,
           std::int64_t classes, const RidgeOptions& options) {
  if (labels.size() < 2)
    refuse(ErrorCode::invalid_argument, "labels", fmt::format("{} samples", labels.size()),
           "two or more");
  if (features.empty() || features.size() % labels.size() != 0)
    refuse(ErrorCode::shape_mismatch, "features", fmt::format("{} numbers", features.size()),
           fmt::format("a row for each of {} samples", labels.size()));
  for (const std::int32_t label : labels)
    if (label < 0 || label >= classes)
      refuse(ErrorCode::invalid_argument, "labels", fmt::format("{}", label),
             fmt::format("0 to {}", classes - 1));
  for (const double penalty : options.penalties)
    if (!(penalty > 0) || !std::isfinite(penalty))
      refuse(ErrorCode::invalid_argument, "penalties", fmt::format("{}", penalty), "above 0");
  if (options.most_rows < 2)
    refuse(ErrorCode::invalid_argument, "most_rows", fmt::format("{}", options.most_rows),
           "two or more");
  const auto bad = std::ranges::find_if_not(features, [](float x) { return std::isfinite(x); });
  const std::size_t at = std::size_t(bad - features.begin()),
                    width = features.size() / labels.size();
  if (bad != features.end())
    refuse(ErrorCode::numeric, "features",
           fmt::format("{} in sample {}, feature {}", *bad, at / width, at % width),
           "finite numbers");
}

/// The weight of a sample of each class.
std::vector<float> class_weights(std::span<const std::int32_t> labels,
                                 const std::vector<std::size_t>& rows, std::int64_t classes,
                                 bool balanced) {
  std::vector<std::int64_t> counts(std::size_t(classes), 0);
  for (const std::size_t row : rows) ++counts[std::size_t(labels[row])];
  return balanced ? balanced_class_weights(counts) : std::vector<float>(counts.size(), 1.0f);
}

/// Weighted mean and deviation of each column; deviation 0 where it is only rounding.
void measure_columns(Problem& problem) {
  const double total = problem.total;
  const Index width = problem.a.cols();
  Vector sum = Vector::Zero(width), squares = Vector::Zero(width);
  for (Index i = 0; i < problem.a.rows(); ++i)
    sum += problem.weight[i] * problem.a.row(i).transpose().cast<double>();
  problem.mean = sum / total;
  for (Index i = 0; i < problem.a.rows(); ++i)
    squares += problem.weight[i] *
               (problem.a.row(i).transpose().cast<double>() - problem.mean).cwiseAbs2();
  problem.deviation = (squares / total).cwiseSqrt();
  for (Index k = 0; k < width; ++k)
    if (problem.deviation[k] <= kLeastDeviation * std::abs(problem.mean[k]))
      problem.deviation[k] = 0;
}

/// Standardised features; those that do not vary become 0.
Vector standardised(const Problem& problem, const Eigen::Ref<const Eigen::RowVectorXf>& row) {
  return (problem.deviation.array() > 0)
      .select((row.transpose().cast<double>() - problem.mean).array() / problem.deviation.array(),
              0.0)
      .matrix();
}

Problem make_problem(const Eigen::Map<const Features>& features,
                     std::span<const std::int32_t> labels, std::int64_t classes,
                     const RidgeOptions& options) {
  Problem problem;
  const std::int64_t most =
      features.cols() > kWidest ? std::min(options.most_rows, kWidest) : options.most_rows;
  problem.rows = even_rows(labels, classes, most);
  problem.class_weight = class_weights(labels, problem.rows, classes, options.balanced);
  const Index rows = std::ssize(problem.rows);
  problem.weight.resize(rows);
  problem.a.resize(rows, features.cols());
  for (Index i = 0; i < rows; ++i) {
    const std::size_t row = problem.rows[std::size_t(i)];
    problem.weight[i] = double(problem.class_weight[std::size_t(labels[row])]);
    problem.a.row(i) = features.row(Index(row));
  }
  problem.total = problem.weight.sum();
  measure_columns(problem);
  problem.share = Vector::Zero(classes);
  problem.targets = Matrix::Zero(rows, classes);
  for (Index i = 0; i < rows; ++i) {
    const std::int32_t label = labels[problem.rows[std::size_t(i)]];
    problem.share[label] += problem.weight[i] / problem.total;
    problem.targets(i, label) = 1;
  }
  for (Index i = 0; i < rows; ++i) {
    const double root = std::sqrt(problem.weight[i]);
    problem.a.row(i) = (root * standardised(problem, problem.a.row(i))).transpose().cast<float>();
    problem.targets.row(i) = root * (problem.targets.row(i) - problem.share.transpose());
  }
  return problem;
}

/// The lower half of A^T A, or of A A^T where that is smaller.
Matrix gram(const Features& a, bool dual) {
  const Index size = dual ? a.rows() : a.cols(), length = dual ? a.cols() : a.rows();
  Matrix sum = Matrix::Zero(size, size);
  for (Index at = 0; at < length; at += kBlock) {
    const Index count = std::min(kBlock, length - at);
    const Matrix block = dual ? Matrix(a.middleCols(at, count).cast<double>())
                              : Matrix(a.middleRows(at, count).transpose().cast<double>());
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block);
  }
  return sum;
}

/// A^T R: [features, classes].
Matrix times_targets(const Features& a, const Matrix& targets) {
  Matrix sum = Matrix::Zero(a.cols(), targets.cols());
  for (Index at = 0; at < a.rows(); at += kBlock) {
    const Index count = std::min(kBlock, a.rows() - at);
    sum.noalias() +=
        a.middleRows(at, count).cast<double>().transpose() * targets.middleRows(at, count);
  }
  return sum;
}

Rotated rotate(const Problem& problem) {
  Rotated out;
  out.dual = problem.a.rows() < problem.a.cols();
  const Eigen::Tridiagonalization<Matrix> reduced(gram(problem.a, out.dual));
  out.q = reduced.matrixQ();
  out.diagonal = reduced.diagonal();
  out.below = reduced.subDiagonal();
  const Features q = out.q.cast<float>();
  if (out.dual) {
    out.z = q;
    out.t = out.q.transpose() * problem.targets;
  } else {
    out.z = problem.a * q;
    out.t = out.q.transpose() * times_targets(problem.a, problem.targets);
  }
  return out;
}

Solved solve(const Rotated& rotated, double penalty) {
  const Index size = rotated.diagonal.size();
  Solved out{penalty, Vector(size), rotated.diagonal.array() + penalty, rotated.t};
  for (Index i = 0; i + 1 < size; ++i) {
    out.below[i] = rotated.below[i] / out.pivots[i];
    out.pivots[i + 1] -= out.below[i] * rotated.below[i];
    out.t.row(i + 1) -= out.below[i] * out.t.row(i);
  }
  out.t.row(size - 1) /= out.pivots[size - 1];
  for (Index i = size - 1; i-- > 0;)
    out.t.row(i) = out.t.row(i) / out.pivots[i] - out.below[i] * out.t.row(i + 1);
  return out;
}

/// z (T + penalty)^-1 z^T of each row z.
Vector quadratic_forms(const Solved& solved, Matrix z) {
  Vector sum = Vector::Zero(z.rows());
  for (Index i = 0; i < z.cols(); ++i) {
    if (i > 0) z.col(i) -= solved.below[i - 1] * z.col(i - 1);
    sum += z.col(i).cwiseAbs2() / solved.pivots[i];
  }
  return sum;
}

/// What one-hot targets miss by in each row when it is left out, times the root of its weight.
Matrix left_out_residuals(const Problem& problem, const Rotated& rotated, const Solved& solved,
                          Index at, Index count) {
  const Matrix z = rotated.z.middleRows(at, count).cast<double>();
  const Matrix product = z * solved.t;
  const Vector form = quadratic_forms(solved, z);
  // The bias alone gives each row its share of the weights.
  const Vector share = problem.weight.segment(at, count) / problem.total;
  Matrix residuals;
  Vector left;  // 1 - h
  if (rotated.dual) {
    residuals = solved.penalty * product;
    left = solved.penalty * form - share;
  } else {
    residuals = problem.targets.middleRows(at, count) - product;
    left = (1 - form.array()).matrix() - share;
  }
  return left.cwiseMax(kLeastShareLeft).cwiseInverse().asDiagonal() * residuals;
}

double left_out_error(const Problem& problem, const Rotated& rotated, const Solved& solved) {
  double sum = 0;
  for (Index at = 0; at < problem.a.rows(); at += kBlock)
    sum += left_out_residuals(problem, rotated, solved, at, std::min(kBlock, problem.a.rows() - at))
               .squaredNorm();
  return sum / problem.total;
}

/// Weights for standardised features: [features, classes].
Matrix weights_of(const Problem& problem, const Rotated& rotated, const Solved& solved) {
  const Matrix product = rotated.q * solved.t;
  return rotated.dual ? times_targets(problem.a, product) : product;
}

std::vector<double> candidates(const RidgeOptions& options) {
  if (!options.penalties.empty()) return options.penalties;
  std::vector<double> out;
  for (int step = -8; step <= 4; ++step) out.push_back(std::pow(10.0, step / 2.0));
  return out;
}

/// Sets penalty and squared_error.
Solved choose_penalty(const Problem& problem, const Rotated& rotated, const RidgeOptions& options,
                      RidgeHead& head) {
  const double mean = rotated.diagonal.mean();  // of the eigenvalues too
  const double unit = mean > 0 ? mean : 1;
  Solved best;
  for (const double candidate : candidates(options)) {
    Solved solved = solve(rotated, candidate * unit);
    const double error = left_out_error(problem, rotated, solved);
    if (head.penalty > 0 && error >= head.squared_error) continue;
    head.penalty = candidate;
    head.squared_error = error;
    best = std::move(solved);
  }
  return best;
}

/// Scores of all samples as regression gives them, without the scale.
Features scores_of(const Problem& problem, const Rotated& rotated, const Solved& solved,
                   const Matrix& weight, const Eigen::Map<const Features>& features,
                   std::span<const std::int32_t> labels) {
  Features scores(features.rows(), problem.share.size());
  std::size_t next = 0;  // among the rows that the fit took
  for (Index i = 0; i < features.rows(); ++i)
    if (next < problem.rows.size() && Index(problem.rows[next]) == i)
      ++next;
    else
      scores.row(i) = (problem.share + weight.transpose() * standardised(problem, features.row(i)))
                          .transpose()
                          .cast<float>();
  for (Index at = 0; at < problem.a.rows(); at += kBlock) {
    const Index count = std::min(kBlock, problem.a.rows() - at);
    const Matrix residuals = left_out_residuals(problem, rotated, solved, at, count);
    for (Index k = 0; k < count; ++k) {
      const std::size_t sample = problem.rows[std::size_t(at + k)];
      const double root = std::sqrt(problem.weight[at + k]);
      scores.row(Index(sample)) = (-residuals.row(k) / root).cast<float>();
      scores(Index(sample), labels[sample]) += 1;
    }
  }
  return scores;
}

/// Weight and bias for features as they were given, times the scale.
void set_head(RidgeHead& head, const Problem& problem, const Matrix& weight) {
  const Vector inverse =
      (problem.deviation.array() > 0).select(problem.deviation.array().inverse(), 0.0).matrix();
  const Matrix raw = head.scale * (inverse.asDiagonal() * weight);
  const Vector bias = head.scale * problem.share - raw.transpose() * problem.mean;
  for (Index c = 0; c < raw.cols(); ++c) {
    head.bias.push_back(float(bias[c]));
    for (Index k = 0; k < raw.rows(); ++k) head.weight.push_back(float(raw(k, c)));
  }
}

}  // namespace

RidgeHead fit_ridge(std::span<const float> features, std::span<const std::int32_t> labels,
                    std::int64_t classes, const RidgeOptions& options) {
  check(features, labels, classes, options);
  const Index samples = std::ssize(labels);
  const Eigen::Map<const Features> map(features.data(), samples, std::ssize(features) / samples);
  const Problem problem = make_problem(map, labels, classes, options);
  const Rotated rotated = rotate(problem);
  RidgeHead head;
  head.fitted = std::ssize(problem.rows);
  const Solved solved = choose_penalty(problem, rotated, options, head);
  const Matrix weight = weights_of(problem, rotated, solved);
  Features scores = scores_of(problem, rotated, solved, weight, map, labels);
  const std::span<const float> raw(scores.data(), std::size_t(scores.size()));
  head.scale = fitted_scale(raw, labels, problem.class_weight);
  scores *= float(head.scale);
  set_head(head, problem, weight);
  head.scores.assign(raw.begin(), raw.end());
  head.own = own_probabilities(head.scores, labels);
  const Accuracies shares = accuracies(head.scores, labels);
  head.accuracy = shares.all;
  head.balanced_accuracy = shares.balanced;
  return head;
}

}  // namespace noyau::training
