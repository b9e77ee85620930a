// The weights as the forward and backward passes of one step see them: quantised from the shadow weights
// and laid out for gemm.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/base/executor.h"
#include "atome/kernels/train_kernels.h"
#include "atome/model/config.h"
#include "atome/model/projections.h"
#include "atome/model/tensors.h"
#include "atome/nn/layers.h"
#include "atome/train/network.h"

namespace atome {

struct WorkLayer {
    WorkMatrix projections;         // stacked: see ProjectionRows
    WorkMatrix up, down;            // F > 0
    std::vector<float> taps;        // (K, D padded)  codes of the convolution, row j for j positions ago
    std::vector<float> tap_values;  // the same times the scale
    float tap_scale = 1;
    std::vector<float> decay;         // (D)  tanh(a_raw), of a fixed state
    std::vector<float> conv_scratch;  // (D, K)
};

class WorkWeights {
  public:
    explicit WorkWeights(const Config& config);

    // Quantises all active tensors. The executor's workers share the tensors out.
    void prepare(const Shadow& shadow, const TrainKernels& kernels, Executor& executor);

    const WorkMatrix& embed() const { return embed_; }
    const WorkMatrix& unembed() const { return unembed_; }
    // A norm's, the state's or gains, as files will hold them.
    const float* vector(TensorKind kind, uint32_t layer) const {
        return vectors_[tensor_index(config_, kind, layer)].data();
    }
    const WorkLayer& layer(uint32_t l) const { return layers_[l]; }

    // The matrix that has a tensor's rows, and which of them is the first; null for vectors and the
    // convolution.
    const WorkMatrix* matrix_of(TensorKind kind, uint32_t layer, uint32_t* first) const;

  private:
    void prepare_tensor(uint32_t index, const Shadow& shadow, const TrainKernels& kernels);
    void prepare_conv(const TensorSpec& spec, const std::vector<float>& w, const TrainKernels& kernels);

    Config config_;
    WorkMatrix embed_, unembed_;
    std::vector<WorkLayer> layers_;
    Shadow vectors_;  // by the canonical list; empty for matrices
};

}  // namespace atome
