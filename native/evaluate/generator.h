// A model of either kind that continues texts, one byte at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "native/cli/entropy_bars.h"
#include "native/model/any_model.h"

namespace atome::cli {

// Writes one or several texts. For one thread.
class Generator {
  public:
    virtual ~Generator() = default;
    // Begins texts number first .. first + count - 1 with the prompt; an empty one is a new line. Throws
    // Failure for a byte that a model of bytes does not know.
    // Each has random numbers that follow from options.seed and its number alone: a text is the same whatever
    // is written beside it. options must be valid.
    virtual void start(const std::string& prompt, const SamplerOptions& options, uint64_t first,
                       uint32_t count) = 0;
    // The next byte of every text: (count), the generator's, until the next call. Null where the model is
    // less sure of what comes than was asked for (routed_generators). Throws Failure.
    virtual const uint8_t* next() = 0;
    // How unsure the router is of what comes; 0 for a model without one.
    virtual float uncertainty() const { return 0; }
    // What the router did since start(); null for a model without one.
    virtual const RouterStats* router() const { return nullptr; }
};

// What generating needs of a model. Owns it.
struct GeneratorSource {
    uint32_t window;  // positions that attention sees
    const char* kernels;
    uint32_t texts_at_once;  // the most that a generator should write
    uint64_t memory;         // bytes that such a generator takes; 0: make() bounds it itself
    // One that writes up to `texts` texts. Must not outlive this. Several may run at once.
    std::function<std::unique_ptr<Generator>(uint32_t texts)> make;
};

// In one of the engines. options: the model's name, and the kernels of the float engine. window: the model's,
// else 256, where none is given. Its texts end where Stream::unsure(limit); 1: never.
GeneratorSource routed_generators(ModelFile model, const ModelOptions& options,
                                  std::optional<uint32_t> window, bool fixed, float limit);

// A GPT sees the end of a longer prompt, and a text that has filled its positions goes on with the last
// quarter of them.
GeneratorSource gpt_generators(GptFile file, const Kernels* kernels);
// Null in a program without GPTs.
using GptGenerators = decltype(&gpt_generators);

}  // namespace atome::cli
