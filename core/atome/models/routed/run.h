// Training runs (train/run.h) of the routed-ternary model.
#pragma once

#include "atome/kernels/registry.h"
#include "atome/model/model.h"
#include "atome/train/run.h"

namespace atome {

// TrainingRun::create() from the model's weights, such as initialise() makes. Errors: also those of
// check(FloatModel).
Status create_run(const FloatModel& model, const TrainOptions& options, std::vector<uint8_t> text,
                  KernelSet kernels, Executor& executor, std::unique_ptr<TrainingRun>* out);

// TrainingRun::resume() from the bytes of a checkpoint. Errors: also those of read_model().
Status resume_run(const std::vector<uint8_t>& checkpoint, std::vector<uint8_t> text, KernelSet kernels,
                  Executor& executor, std::unique_ptr<TrainingRun>* out, RunNotes* notes = nullptr);

}  // namespace atome
