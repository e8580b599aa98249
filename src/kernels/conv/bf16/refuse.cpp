#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/linear/linear.hpp"
#include "kernels/norm/carried.hpp"

namespace noyau::kernels {

std::string refuse_bf16(const Problem& problem, ConvPass pass) {
  const auto& c = std::get<Conv>(problem);
  if (c.numerics != Numerics::bf16) return "numerics is not bf16";
  if (!has_bf16()) return "this processor has no AVX512_BF16";
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  if (c.groups != 1) return "several groups";
  const auto columns = pass == ConvPass::grad_input ? c.in_channels : c.out_channels;
  const auto depth = pass == ConvPass::grad_input ? c.out_channels : c.in_channels;
  // Columns leave lanes of a vector idle; a single channel leaves half of every pair idle.
  if (columns < 12 || (pass != ConvPass::grad_weight && depth < 3)) return "too few channels";
  if (refuse_linear(problem).empty()) return "reads the weights once, as memory allows";
  return refuse_blocked(problem);
}

}  // namespace noyau::kernels
