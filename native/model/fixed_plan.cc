#include "native/model/fixed_plan.h"

#include "atome/measure/fixed_plan.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

// At temperature 1 a model writes what it has learnt, as far as it has.
std::vector<uint8_t> own_tokens(Stream& stream, std::size_t most) {
    SamplerOptions options;
    options.temperature = 1;
    require(stream.sampling(options), "sampling");
    require(stream.begin(), "engine");
    std::vector<uint8_t> tokens;
    for (std::size_t bytes = 0; bytes < most;) {
        const Piece piece = stream.choose();
        tokens.push_back(piece.token);
        bytes += piece.size > 0 ? piece.size : 1;
        require(stream.accept(piece), "engine");
    }
    return tokens;
}

}  // namespace

std::vector<uint8_t> fixed_plan(const ModelFile& model, const std::string& model_name,
                                const std::string& text_path, std::size_t most) {
    require(fixed::can_be_fixed(model.config()), model_name);
    RunnableModel runnable(model, model.window_or(256), nullptr);
    const std::vector<uint8_t> tokens =
        text_path.empty() ? own_tokens(runnable.stream(), most)
                          : tokens_of(read_text(text_path).substr(0, most), model.view().vocabulary(),
                                      model.config().vocab_size, text_path);
    Ranges ranges;
    require(find_ranges(runnable.engine(), tokens, &ranges), text_path.empty() ? model_name : text_path);
    std::vector<uint8_t> plan;
    require(make_fixed_plan(model.view(), ranges, &plan), model_name);
    return plan;
}

ModelFile with_fixed_plan(const ModelFile& model, const std::string& model_name) {
    CodedModel coded = model.coded();
    if (coded.fixed_plan.empty()) coded.fixed_plan = fixed_plan(model, model_name, {});
    return ModelFile::from(std::move(coded), model_name);
}

}  // namespace atome::cli
