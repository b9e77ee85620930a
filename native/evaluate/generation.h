// Making text with an engine and showing it: shared by `generate` and `chat`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "atome/infer/engine.h"
#include "atome/infer/sampler.h"
#include "native/cli/entropy_bars.h"

namespace atome::cli {

// Feeds tokens.
void feed(Engine& engine, const std::vector<uint32_t>& tokens);

// n times: samples the next token, hands it to `emit`, feeds it, and adds the step to `stats`. The engine
// must have been fed.
std::vector<uint32_t> continue_text(Engine& engine, Sampler& sampler, uint64_t n, RouterStats& stats,
                                    const std::function<void(uint32_t)>& emit);

// The bytes of tokens.
std::string text_of(const std::vector<uint32_t>& tokens);

// Shows bytes as they come. On a terminal each character appears as soon as it is whole, and control
// characters are escaped: what a model says must not steer the terminal. Elsewhere the bytes pass as they
// are.
class TextStream {
  public:
    TextStream();
    void put(uint32_t token);
    // Ends the line on a terminal, where the text has not done so.
    void end_line();

  private:
    bool terminal_;
    bool at_line_start_ = true;
    std::string waiting_;  // the beginning of a character, on a terminal
};

}  // namespace atome::cli
