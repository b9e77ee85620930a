// A first firmware program around an exported model: the main.c that goes with the header of c_header.h.
#pragma once

#include <cstdint>
#include <string>

#include "atome/base/status.h"
#include "atome/infer/sampler.h"
#include "atome/model/view.h"

namespace atome {

struct MainCOptions {
    std::string header = "model.h";     // what #include names: the file with the text of write_c_header()
    std::string symbol = "model_blob";  // as write_c_header() was given it
    std::string prompt;                 // any bytes; empty: a new line, as everywhere
    uint32_t n = 200;                   // bytes to make, 1..1000000000
    uint32_t window = 256;              // 1..65536
    bool fixed = false;                 // runs the fixed engine
    SamplerOptions sampling{.temperature = 0.8f, .top_k = 0, .top_p = 1, .seed = 0};
};

// Text that is valid C11: opens the model, continues the prompt and hands every byte to a
// function uart_write(), which the user provides. The same on every machine. The bytes that it sends are
// those of `atome generate` with the same model, prompt, window, n and sampling. Errors: bad_argument (an
// option out of range, a prompt byte outside the vocabulary, a name that C would not take), out_of_memory (an
// arena that no 32-bit chip has).
Status write_main_c(const ModelView& model, const MainCOptions& options, std::string* out);

}  // namespace atome
