// Making text with a stream and showing it: shared by generating, chat and the samples of training.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "atome/infer/stream.h"
#include "native/cli/entropy_bars.h"
#include "native/cli/json.h"

namespace atome::cli {

// Reads a text; `where` names it. Throws Failure.
void read(Stream& stream, std::string_view text, const std::string& where);

// Chooses the next token, feeds it, and adds the step to `stats`. The stream must have begun. limit: as
// Stream::accept() takes it.
Piece next_piece(Stream& stream, RouterStats& stats, float limit);

// Writes n bytes of text, or fewer where the stream is unsure(limit), and gives each to put(); the text can
// go on behind them. The tokens of it.
std::vector<uint8_t> write(Stream& stream, RouterStats& stats, uint64_t n,
                           const std::function<void(char)>& put, float limit = 1);

// Refuses to stop a text by a router that has no entropy. Throws Failure, which begins with `where`.
void require_router(const Config& config, const std::string& where);
// {"bytes": 12, "uncertainty": 0.83}.
Json stopped_json(uint64_t bytes, float uncertainty);
// "stopped after 12 bytes: the last router's entropy is 0.83 of its most, above 0.7".
std::string stopped_text(uint64_t bytes, float uncertainty, float limit);

// What tokens stand for, one after the other.
std::string text_of(const Vocabulary& vocabulary, const std::vector<uint8_t>& tokens);

// Shows bytes as they come. On a terminal each character appears as soon as it is whole, and control
// characters are escaped: what a model says must not steer the terminal. Elsewhere the bytes pass as they
// are.
class TextStream {
  public:
    TextStream();
    void put(char c);
    // Ends the line on a terminal, where the text has not done so. A character that is not whole is not
    // shown.
    void end_line();

  private:
    bool terminal_;
    bool at_line_start_ = true;
    std::string waiting_;  // the beginning of a character, on a terminal
};

}  // namespace atome::cli
