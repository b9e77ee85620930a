// A training run as the page drives it: in slices, with figures to draw.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "atome/models/routed/run.h"
#include "wasm/models.h"

namespace atome::wasm {

// The codes of one coded tensor at this moment, against those that the last call saw.
struct TensorCodes {
    uint32_t tensor;  // canonical index
    CodeCounts counts;
    float scale;         // mean of the scales
    uint32_t flips = 0;  // codes that differ from the last call's; 0 at the first call
};

struct CodeStatistics {
    uint32_t step = 0;
    uint32_t since = 0;  // the step of the last call
    std::vector<TensorCodes> tensors;
};

struct Slice {
    uint32_t first_step = 0;        // 0-based number of the first loss
    std::vector<float> losses;      // nats per byte, one a step
    std::vector<float> grad_norms;  // before clipping
    double milliseconds = 0;
};

class Training {
  public:
    // Whether a run of this shape over so many bytes of text fits into memory. pairs: of a model that has a
    // vocabulary. Errors: out_of_memory, and those of the options.
    static Status check_memory(const Config& config, const TrainOptions& options, std::size_t text,
                               bool pairs = false);

    // Errors: those of TrainingRun, and out_of_memory.
    static Status create(const FloatModel& model, const TrainOptions& options, std::vector<uint8_t> text,
                         std::unique_ptr<Training>* out);
    static Status resume(const std::vector<uint8_t>& checkpoint, std::vector<uint8_t> text,
                         std::unique_ptr<Training>* out, RunNotes* notes);

    // Steps until `steps` are taken, `milliseconds` have passed or the run is done; at least one step unless
    // it is done. now: a clock in milliseconds.
    Status train(uint32_t steps, double milliseconds, double (*now)(), Slice* out);
    const std::vector<float>& losses() const { return losses_; }  // of all steps since create() or resume()
    Status code_statistics(CodeStatistics* out);
    TrainingRun& run() { return *run_; }
    const TrainingRun& run() const { return *run_; }

  private:
    SerialExecutor executor_;
    std::unique_ptr<TrainingRun> run_;
    std::vector<float> losses_;
    CodedModel seen_;  // what code_statistics() saw last
    uint32_t seen_step_ = 0;
};

}  // namespace atome::wasm
