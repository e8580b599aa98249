#include "kernels/chunks.hpp"
#include "kernels/kernel.hpp"

namespace noyau::kernels {

double flops(const Problem& problem) {
  const Conv* c = std::get_if<Conv>(&problem);
  if (c == nullptr || c->groups == 0) return 0;
  return 2.0 * double(c->batch * volume(c->out) * c->out_channels) *
         double(c->in_channels / c->groups * volume(c->kernel));
}

}  // namespace noyau::kernels
