#include "native/model/fixed_plan.h"

#include "native/io/files.h"

namespace atome::cli {

std::vector<uint8_t> fixed_plan(const ModelFile& model, const std::string& model_name,
                                const std::string& text_path, std::size_t most) {
    require(fixed::can_be_fixed(model.config()), model_name);
    RunnableModel runnable(model, model.window_or(256), nullptr);
    std::vector<uint8_t> plan;
    if (text_path.empty()) {
        require(plan_of_own_text(model.view(), runnable.stream(), &plan, most), model_name);
        return plan;
    }
    const std::vector<uint8_t> tokens =
        tokens_of(read_text(text_path).substr(0, most), model.view().vocabulary(), model.config().vocab_size,
                  text_path);
    Ranges ranges;
    require(find_ranges(runnable.engine(), tokens, &ranges), text_path);
    require(make_fixed_plan(model.view(), ranges, &plan), model_name);
    return plan;
}

ModelFile with_fixed_plan(const ModelFile& model, const std::string& model_name) {
    CodedModel coded = model.coded();
    if (coded.fixed_plan.empty()) coded.fixed_plan = fixed_plan(model, model_name, {});
    return ModelFile::from(std::move(coded), model_name);
}

}  // namespace atome::cli
