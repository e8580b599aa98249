#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/worst.hpp"
#include "noyau/numerics.hpp"

/// A network of the zoo against the numbers of another framework: one file of golden/zoo.
namespace noyau::golden {

/// How a network runs when it is checked.
struct ZooCheck {
  bool double_precision = false;
  Numerics numerics = Numerics::exact;
  int threads = 2;
};

/// All errors are relative; see `check_zoo` for what to.
struct ZooReport {
  std::string model;
  Worst eval_logits, layers, loss, train_logits, aux_logits, gradients, running;
  std::vector<std::string> problems;  ///< names, shapes or counts that differ

  bool good() const;
};

/// Builds the model that `golden` names, fills it by the rule of fill.hpp, and compares names and
/// shapes of parameters, counts, and the numbers of an evaluation and of a training step:
///   eval_logits, train_logits, aux_logits: largest difference, relative to the largest logit;
///   layers: mean (relative to the root mean square) and l2 norm of every layer's output;
///   loss: relative;
///   gradients: l2 norm, sum (relative to l2 * sqrt(n)) and samples (relative to l2) of every
///     parameter; and all samples together: the root mean square of their differences, each
///     relative to the root mean square of its gradient;
///   running: l2 norm and sum of every running statistic, as for gradients.
/// Limits: 1e-5 for evaluation, which no switch of a ReLU disturbs; otherwise 3 times the error
/// that the file records for float32, at least 1e-5; for auxiliary logits that of the gradients,
/// since their heads may normalise over two values. `double_precision` runs on the reference
/// kernels, with limits of 1e-6: there the switches fall as in the file.
ZooReport check_zoo(const nlohmann::json& golden, const ZooCheck& check);

/// One line of a table, and its header.
std::string zoo_header();
std::string row(const ZooReport& report);

}  // namespace noyau::golden
