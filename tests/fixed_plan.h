// The fixed engine's plan of a model that a test has made.
#pragma once

#include <vector>

#include "atome/formats/atome_file.h"
#include "atome/measure/fixed_plan.h"
#include "native/io/aligned_buffer.h"

namespace atome::test {

// From the numbers that it gets on these tokens. Errors: any of the parts'.
inline Status plan_of(const CodedModel& model, std::span<const uint8_t> tokens, uint32_t window,
                      std::vector<uint8_t>* plan) {
    std::vector<uint8_t> file;
    ATOME_TRY(write_atome(model, Encoding::trit2, &file));
    const cli::AlignedBuffer bytes = cli::AlignedBuffer::copy_of(file);
    ModelView view;
    ATOME_TRY(ModelView::open(bytes.data(), bytes.size(), &view));
    EngineOptions options;
    options.window = window;
    cli::AlignedBuffer memory(arena_bytes(view, options));
    Engine engine;
    ATOME_TRY(engine.init(view, options, memory.data(), memory.size()));
    Ranges ranges;
    ATOME_TRY(find_ranges(engine, tokens, &ranges));
    return make_fixed_plan(view, ranges, plan);
}

}  // namespace atome::test
