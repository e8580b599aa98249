#pragma once

#include <span>

#include "kernels/kernel.hpp"

/// Copies of blocks of channels; each row of the wide tensor is before + widths... + after.
///   concat          (x of widths[0], x of widths[1], ...) -> y, zeros before and after
///   slice_channels  (x) -> y of widths[0], the only one
/// With `keep` a concat leaves what is before and after, and blocks whose x is absent, as they are.
namespace noyau::kernels {

void concat_reference(const Problem& problem, const Args& args) noexcept;
void slice_channels_reference(const Problem& problem, const Args& args) noexcept;

void concat_rows(const Problem& problem, const Args& args) noexcept;
void slice_channels_rows(const Problem& problem, const Args& args) noexcept;

}  // namespace noyau::kernels
