#include "atome/train/optimizer.h"

#include "atome/kernels/registry.h"

#include <string_view>

#include "atome/base/bytes.h"
#include "atome/base/math.h"

namespace atome {

namespace {

// x^n by repeated squaring: no libm.
double power(double x, uint64_t n) {
    double result = 1;
    for (; n > 0; n >>= 1, x *= x)
        if (n & 1) result *= x;
    return result;
}

// What the options make of a kind of parameter.
struct Rates {
    float lr;
    float weight_decay;
};

Rates rates(const TrainOptions& o, TensorRole kind, float lr) {
    switch (kind) {
        case TensorRole::embedding:
            return {lr * o.embedding_lr, o.embedding_weight_decay};
        case TensorRole::vector:
            return {lr * o.vector_lr, o.weight_decay};
        case TensorRole::gain:  // around 1: decay would pull towards 0
            return {lr * o.vector_lr, 0};
        case TensorRole::matrix:
        case TensorRole::filter:
            break;
    }
    return {lr, o.weight_decay};
}

}  // namespace

Optimizer::Optimizer(const std::vector<Parameter>& parameters, uint32_t workers)
    : parameters_(parameters), scratch_(workers) {
    for (const Parameter& p : parameters) {
        state_.m.emplace_back(p.active ? p.size() : 0);
        state_.v.emplace_back(p.active ? p.size() : 0);
    }
}

void Optimizer::step(const TrainOptions& o, float lr, float grad_scale, const KernelSet& kernels,
                     Executor& executor, const Shadow& gradients, Shadow* weights) {
    state_.steps++;
    const double t1 = 1 - power(static_cast<double>(o.beta1), state_.steps);
    const double t2 = 1 - power(static_cast<double>(o.beta2), state_.steps);
    executor.run(static_cast<uint32_t>(parameters_.size()), [&](uint32_t i, uint32_t worker) {
        const Parameter& p = parameters_[i];
        if (!p.active) return;
        const Rates r = rates(o, p.kind, lr);
        const float decay = 1 - r.lr * r.weight_decay;
        float* w = (*weights)[i].data();
        float* m = state_.m[i].data();
        if (o.optimizer == OptimizerKind::muon && p.kind == TensorRole::matrix) {
            const MuonStep step = {decay, o.muon_momentum, r.lr * o.muon_rms, grad_scale};
            muon(*kernels.train, step, gradients[i].data(), p.rows, p.cols, scratch_[worker], w, m);
            return;
        }
        AdamStep step;
        step.decay = decay;
        step.beta1 = o.beta1;
        step.beta2 = o.beta2;
        step.rate = static_cast<float>(static_cast<double>(r.lr) / t1);
        step.inv_sqrt_bias2 = 1 / sqrt(static_cast<float>(t2));
        step.eps = o.eps;
        step.grad_scale = grad_scale;
        kernels.train->adamw(step, gradients[i].data(), p.size(), w, m, state_.v[i].data());
    });
}

Status Optimizer::restore(OptimizerState state) {
    for (uint32_t i = 0; i < parameters_.size(); i++) {
        const std::string_view name = parameters_[i].name;
        const std::size_t n = state_.m[i].size();
        if (i >= state.m.size() || i >= state.v.size() || state.m[i].size() != n || state.v[i].size() != n)
            return Status::error(Code::bad_file, "the saved optimiser state of ", name,
                                 " has the wrong size");
        for (const auto* moment : {&state.m[i], &state.v[i]})
            for (std::size_t e = 0; e < n; e++)
                if (!is_finite((*moment)[e]))
                    return Status::error(Code::not_finite, "the saved optimiser state of ", name,
                                         " is not finite at element ", e);
    }
    for (uint32_t i = 0; i < parameters_.size(); i++)
        for (std::size_t e = 0; e < state.v[i].size(); e++)
            if (state.v[i][e] < 0)
                return Status::error(Code::bad_file, "the saved second moment of ",
                                     std::string_view(parameters_[i].name), " is negative at element ", e,
                                     ": a mean of squares never is");
    state_ = std::move(state);
    return {};
}

}  // namespace atome
