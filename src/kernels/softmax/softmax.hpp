#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Softmax and cross-entropy over the last of [rows, classes], with PyTorch's rules for smoothing,
/// class weights, ignored rows and soft targets, and the focal loss of Lin et al. 2017. The loss is
/// NaN when a target is no class.
///   softmax                     x -> probabilities
///   softmax_grad                (dy, y) -> dx
///   log_softmax                 x -> logarithms of the probabilities
///   log_softmax_grad            (dy, y) -> dx
///   softmax_cross_entropy       (logits, target, class_weight?) -> loss [1], or [rows] unreduced
///   softmax_cross_entropy_grad  (logits, target, class_weight?, dloss) -> dlogits
namespace noyau::kernels {

void softmax_reference(const Problem& problem, const Args& args) noexcept;
void softmax_grad_reference(const Problem& problem, const Args& args) noexcept;
void log_softmax_reference(const Problem& problem, const Args& args) noexcept;
void log_softmax_grad_reference(const Problem& problem, const Args& args) noexcept;
void softmax_cross_entropy_reference(const Problem& problem, const Args& args) noexcept;
void softmax_cross_entropy_grad_reference(const Problem& problem, const Args& args) noexcept;

void softmax_simd(const Problem& problem, const Args& args) noexcept;
void softmax_grad_simd(const Problem& problem, const Args& args) noexcept;
void log_softmax_simd(const Problem& problem, const Args& args) noexcept;
void log_softmax_grad_simd(const Problem& problem, const Args& args) noexcept;
void softmax_cross_entropy_simd(const Problem& problem, const Args& args) noexcept;
std::size_t softmax_cross_entropy_scratch(const Problem& problem);
void softmax_cross_entropy_grad_simd(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
