// Making text with a stream and showing it: shared by generating, chat and the samples of training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "atome/infer/stream.h"
#include "native/cli/entropy_bars.h"

namespace atome::cli {

// Throws Failure.
void feed(Stream& stream, const std::vector<uint8_t>& tokens);

// Chooses the next token, feeds it, and adds the step to `stats`. The stream must have been fed.
uint32_t next_token(Stream& stream, RouterStats& stats);

// The bytes of tokens.
std::string text_of(const std::vector<uint8_t>& tokens);

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
