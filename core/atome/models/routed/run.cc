#include "atome/models/routed/run.h"
#include "atome/formats/model_tensors.h"

#include "atome/kernels/registry.h"

#include "atome/models/routed/network.h"

namespace atome {

Status create_run(const FloatModel& model, const TrainOptions& options, std::vector<uint8_t> text,
                  KernelSet kernels, Executor& executor, std::unique_ptr<TrainingRun>* out) {
    ATOME_TRY(validate(options));
    ATOME_TRY(check(model));
    return TrainingRun::create(routed_network(model), options, std::move(text), kernels, executor, out);
}

Status resume_run(const std::vector<uint8_t>& checkpoint, std::vector<uint8_t> text, KernelSet kernels,
                  Executor& executor, std::unique_ptr<TrainingRun>* out, RunNotes* notes) {
    NamedTensors file;
    ATOME_TRY(parse_safetensors(checkpoint.data(), checkpoint.size(), &file));
    FloatModel model;
    ATOME_TRY(read_model(file, &model));
    return TrainingRun::resume(file, routed_network(model), std::move(text), kernels, executor, out, notes);
}

}  // namespace atome
