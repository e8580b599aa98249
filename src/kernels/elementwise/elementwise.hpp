#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Operations on each element by itself.
///   add (a, b) -> y      mul (a, b) -> y      copy (x) -> y
///   fill () -> y, every element is alpha
///   dropout (x) -> y, dropout_grad (dy) -> dx: the same mask for the same seed, step and id
namespace noyau::kernels {

void add_reference(const Problem& problem, const Args& args) noexcept;
void mul_reference(const Problem& problem, const Args& args) noexcept;
void copy_reference(const Problem& problem, const Args& args) noexcept;
void dropout_reference(const Problem& problem, const Args& args) noexcept;

void add_simd(const Problem& problem, const Args& args) noexcept;
void mul_simd(const Problem& problem, const Args& args) noexcept;
void copy_simd(const Problem& problem, const Args& args) noexcept;
void dropout_simd(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
