#include "plan/bind.hpp"

#include <array>

#include "noyau/error.hpp"
#include "plan/binders.hpp"

namespace noyau::plan {
namespace {

struct Row {
  std::string_view op;
  Binding (*bind)(const Graph&, const Node&);
};

#define NOYAU_BIND(op, expression)                                \
  Row {                                                           \
#op, [](const Graph& g, const Node& n) { return expression; } \
  }

constexpr std::array kRows = {
    NOYAU_BIND(conv, conv_forward(g, n)),
    NOYAU_BIND(conv_grad_input, conv_grad_input(g, n)),
    NOYAU_BIND(conv_grad_weight, conv_grad_weight(g, n)),
    NOYAU_BIND(conv_norm, conv_norm(g, n)),
    NOYAU_BIND(conv_grad_input_norm, conv_grad_input_norm(g, n)),
    NOYAU_BIND(conv_transpose, conv_transpose(g, n)),
    NOYAU_BIND(linear, linear_forward(g, n)),
    NOYAU_BIND(linear_grad_input, linear_grad_input(g, n)),
    NOYAU_BIND(linear_grad_weight, linear_grad_weight(g, n)),
    NOYAU_BIND(sum_rows, sum_rows(g, n)),
    NOYAU_BIND(batch_norm, batch_norm_forward(g, n)),
    NOYAU_BIND(batch_norm_grad, batch_norm_grad(g, n)),
    NOYAU_BIND(batch_norm_statistics, batch_norm_statistics(g, n)),
    NOYAU_BIND(batch_norm_apply, batch_norm_apply(g, n)),
    NOYAU_BIND(batch_norm_grad_input, batch_norm_grad_input(g, n)),
    NOYAU_BIND(batch_norm_statistics_join, batch_norm_statistics(g, n)),
    NOYAU_BIND(layer_norm, layer_norm(g, n, 0, "layer_norm")),
    NOYAU_BIND(layer_norm_grad, layer_norm(g, n, 1, "layer_norm_grad")),
    NOYAU_BIND(group_norm, group_norm(g, n, 0, "group_norm")),
    NOYAU_BIND(group_norm_grad, group_norm(g, n, 1, "group_norm_grad")),
    NOYAU_BIND(local_response_norm, local_response_norm(g, n, "local_response_norm")),
    NOYAU_BIND(local_response_norm_grad, local_response_norm(g, n, "local_response_norm_grad")),
#define NOYAU_ACTIVATION(name, ...)                                     \
  NOYAU_BIND(name, unary(g, n, "activation", kernels::Function::name)), \
      NOYAU_BIND(name##_grad, unary(g, n, "activation_grad", kernels::Function::name)),
#include "base/activations.def"
#undef NOYAU_ACTIVATION
    NOYAU_BIND(add, elementwise(g, n, "add")),
    NOYAU_BIND(mul, mul(g, n)),
    NOYAU_BIND(mul_grad_scale, scale(g, n, n.inputs[0], n.outputs[0], "scale_grad", false)),
    NOYAU_BIND(mul_relu_grad, scale(g, n, n.inputs[0], n.outputs[1], "scale_relu_grad", false)),
    NOYAU_BIND(prelu, scale(g, n, n.inputs[0], n.inputs[1], "scale", true)),
    NOYAU_BIND(prelu_grad_input, scale(g, n, n.inputs[0], n.inputs[1], "scale", true)),
    NOYAU_BIND(prelu_grad_weight, scale(g, n, n.inputs[0], n.outputs[0], "scale_grad", true)),
    NOYAU_BIND(concat, concat(g, n)),
    NOYAU_BIND(slice_channels,
               slice_channels(g, n, g.shape(n.inputs[0]), g.shape(n.outputs[0]), "slice_channels")),
    NOYAU_BIND(slice_channels_grad,
               slice_channels(g, n, g.shape(n.outputs[0]), g.shape(n.inputs[0]), "concat")),
    NOYAU_BIND(dropout, elementwise(g, n, "dropout")),
    NOYAU_BIND(dropout_grad, elementwise(g, n, "dropout_grad")),
    NOYAU_BIND(constant, elementwise(g, n, "fill")),
    NOYAU_BIND(max_pool, pool_forward(g, n, "max_pool")),
    NOYAU_BIND(max_pool_grad, pool_grad(g, n, "max_pool_grad")),
    NOYAU_BIND(avg_pool, pool_forward(g, n, "avg_pool")),
    NOYAU_BIND(avg_pool_grad, pool_grad(g, n, "avg_pool_grad")),
    NOYAU_BIND(adaptive_avg_pool, adaptive_avg_pool(g, n)),
    NOYAU_BIND(adaptive_avg_pool_grad, adaptive_avg_pool_grad(g, n)),
    NOYAU_BIND(adaptive_max_pool, adaptive_pool_forward(g, n, "max_pool")),
    NOYAU_BIND(adaptive_max_pool_grad, adaptive_pool_grad(g, n, "max_pool_grad")),
    NOYAU_BIND(global_avg_pool, (Binding{"global_avg_pool", pixels(g, n.inputs[0])})),
    NOYAU_BIND(global_avg_pool_grad, (Binding{"global_avg_pool_grad", pixels(g, n.outputs[0])})),
    NOYAU_BIND(resize, resize_forward(g, n)),
    NOYAU_BIND(resize_grad, resize_grad(g, n)),
    NOYAU_BIND(flatten, flatten(g, n, false)),
    NOYAU_BIND(flatten_grad, flatten(g, n, true)),
    NOYAU_BIND(softmax, cross_entropy(g, n, "softmax")),
    NOYAU_BIND(softmax_grad, cross_entropy(g, n, "softmax_grad")),
    NOYAU_BIND(log_softmax, cross_entropy(g, n, "log_softmax")),
    NOYAU_BIND(log_softmax_grad, cross_entropy(g, n, "log_softmax_grad")),
    NOYAU_BIND(softmax_cross_entropy, cross_entropy(g, n, "softmax_cross_entropy")),
    NOYAU_BIND(softmax_cross_entropy_grad, cross_entropy(g, n, "softmax_cross_entropy_grad")),
    NOYAU_BIND(sigmoid_cross_entropy, sigmoid_cross_entropy(g, n, "loss")),
    NOYAU_BIND(sigmoid_cross_entropy_grad, sigmoid_cross_entropy(g, n, "loss_grad")),
    NOYAU_BIND(mse_loss, (Binding{"loss", loss(g, n)})),
    NOYAU_BIND(mse_loss_grad, (Binding{"loss_grad", loss(g, n)})),
};
#undef NOYAU_BIND

}  // namespace

Binding bind(const Graph& graph, const Node& node) {
  for (const Row& row : kRows)
    if (row.op == node.op) return row.bind(graph, node);
  throw Error(ErrorCode::internal, node.op + " " + node.name, "an op without a kernel family", {},
              "add a row to src/plan/bind.cpp");
}

}  // namespace noyau::plan
