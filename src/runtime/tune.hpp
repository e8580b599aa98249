#pragma once

#include "base/thread_pool.hpp"
#include "plan/plan.hpp"

namespace noyau::runtime {

/// Measures the variants of each kernel and problem of the plan that the table does not hold, on
/// memory of its own, and adds them: the fastest where it is clearly faster than variant 0. Takes
/// about as long as a few steps. Throws Error(out_of_memory).
void tune(const plan::Plan& plan, plan::Tuning& table, ThreadPool& pool);

/// make_plan, by the table when there is one, after adding to it what is missing.
plan::Plan make_tuned_plan(const Graph& graph, plan::Options options, plan::Tuning* table,
                           ThreadPool& pool);

}  // namespace noyau::runtime
