#include "atome/train/muon.h"

#include <algorithm>

#include "atome/base/math.h"
#include "atome/kernels/kernels.h"

namespace atome {

namespace {

// Coefficients of the quintic, chosen by its authors for a steep slope at zero.
constexpr float kLinear = 3.4445f, kCubic = -4.7750f, kQuintic = 2.0315f;
constexpr int kIterations = 5;

// C (M, N) = A (M, K) B (K, N), all with rows padded to 16 floats.
void multiply(const TrainKernels& kernels, const std::vector<float>& A, const std::vector<float>& B,
              uint32_t M, uint32_t K, uint32_t N, std::vector<float>& C) {
    kernels.gemm({.M = M,
                  .N = N,
                  .K = K,
                  .A = A.data(),
                  .a_row = padded(K),
                  .a_col = 1,
                  .B = B.data(),
                  .b_row = padded(N),
                  .C = C.data(),
                  .c_row = padded(N),
                  .accumulate = false,
                  .column_scale = nullptr});
}

}  // namespace

void orthogonalise(const TrainKernels& kernels, const float* g, uint32_t R, uint32_t C, MuonScratch& s,
                   float* out) {
    const std::size_t size = static_cast<std::size_t>(R) * C;
    const float norm = sqrt(kernels.sum_squares(g, size));
    if (!(norm > 0)) {
        std::fill_n(out, size, 0.0f);
        return;
    }
    // The iteration runs on the form that has fewer rows than columns.
    const bool wide = R <= C;
    const uint32_t M = wide ? R : C, N = wide ? C : R;
    const std::size_t m = padded(M), n = padded(N);
    s.x.assign(M * n, 0.0f);
    s.next.assign(M * n, 0.0f);
    s.transposed.assign(N * m, 0.0f);
    s.gram.assign(M * m, 0.0f);
    s.poly.assign(M * m, 0.0f);
    const auto place = [&](uint32_t r, uint32_t c) { return wide ? r * n + c : c * n + r; };
    for (uint32_t r = 0; r < R; r++)
        for (uint32_t c = 0; c < C; c++) s.x[place(r, c)] = *g++ / norm;
    for (int i = 0; i < kIterations; i++) {
        for (std::size_t r = 0; r < M; r++)
            for (std::size_t c = 0; c < N; c++) s.transposed[c * m + r] = s.x[r * n + c];
        multiply(kernels, s.x, s.transposed, M, N, M, s.gram);
        multiply(kernels, s.gram, s.gram, M, M, M, s.poly);
        for (std::size_t e = 0; e < s.poly.size(); e++) s.poly[e] = kCubic * s.gram[e] + kQuintic * s.poly[e];
        for (std::size_t r = 0; r < M; r++) s.poly[r * m + r] += kLinear;
        multiply(kernels, s.poly, s.x, M, M, N, s.next);
        s.x.swap(s.next);
    }
    for (uint32_t r = 0; r < R; r++)
        for (uint32_t c = 0; c < C; c++) *out++ = s.x[place(r, c)];
}

void muon(const TrainKernels& kernels, const MuonStep& step, const float* g, uint32_t R, uint32_t C,
          MuonScratch& scratch, float* w, float* m) {
    const std::size_t size = static_cast<std::size_t>(R) * C;
    scratch.momentum.resize(size);
    float* update = scratch.momentum.data();
    const float keep = step.momentum, take = (1 - step.momentum) * step.grad_scale;
    for (std::size_t i = 0; i < size; i++) {
        m[i] = keep * m[i] + take * g[i];
        update[i] = keep * m[i] + take * g[i];
    }
    orthogonalise(kernels, update, R, C, scratch, update);
    const float rate = step.rate * sqrt(static_cast<float>(std::max(R, C)));
    for (std::size_t i = 0; i < size; i++) w[i] = w[i] * step.decay - rate * update[i];
}

}  // namespace atome
