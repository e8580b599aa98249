#pragma once

#include <noyau/model.hpp>
#include <string>
#include <vector>

#include "output.hpp"

namespace noyau::cli {

/// What was not measured becomes null.
Json number(double value);

/// "87.65%", "0.9312": a score without its name.
std::string score_number(Task task, double score);
/// "+1.20 points", "-0.0123": a difference of scores.
std::string gain_text(Task task, double gain);
/// "mean average precision 81.20%", "R2 0.9312": what labels and values are judged by.
std::string score_text(Task task, double score);
/// "accuracy 87.65% (balanced 85.02%, top-5 99.10%)"; without the last where it says nothing.
std::string accuracies_text(double top1, double balanced, double top5, std::int64_t classes);
/// One line for each label or value.
std::string answer_text(Task task, const std::vector<AnswerScore>& answers);
Json answer_json(Task task, const std::vector<AnswerScore>& answers);

}  // namespace noyau::cli
