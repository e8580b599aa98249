#include "kernels/chunks.hpp"
#include "kernels/linear/linear.hpp"
#include "kernels/norm/carried.hpp"

namespace noyau::kernels {

std::string refuse_linear(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  const Dims one{1, 1, 1};
  if (c.in != one || c.out != one || c.kernel != one || c.pad != Dims{0, 0, 0} || c.groups != 1) {
    return "not a linear layer";
  }
  if (c.residual) return "adds no residual";
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  if (c.batch > kMaxLinearBatch) return "a batch of more than 64";
  return refuse_unless_f32(problem);
}

}  // namespace noyau::kernels
