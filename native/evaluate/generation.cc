#include "native/evaluate/generation.h"

#include "native/cli/terminal.h"
#include "native/io/failure.h"

namespace atome::cli {

void feed(Stream& stream, const std::vector<uint8_t>& tokens) {
    require(stream.feed(tokens.data(), tokens.size()), "engine");
}

uint32_t next_token(Stream& stream, RouterStats& stats) {
    const uint32_t token = stream.choose();
    require(stream.feed(token), "engine");
    stats.add(stream.engine());
    return token;
}

std::string text_of(const std::vector<uint8_t>& tokens) { return {tokens.begin(), tokens.end()}; }

TextStream::TextStream() : terminal_(is_terminal(1)) {}

void TextStream::put(uint32_t token) {
    const char c = static_cast<char>(token);
    at_line_start_ = c == '\n';
    if (!terminal_) {
        print({&c, 1});
        return;
    }
    waiting_ += c;
    const std::size_t whole = waiting_.size() - unfinished_character(waiting_);
    print(printable(waiting_.substr(0, whole), true));
    flush_output();
    waiting_.erase(0, whole);
}

void TextStream::end_line() {
    print(printable(waiting_, true));
    waiting_.clear();
    if (terminal_ && !at_line_start_) print("\n");
    at_line_start_ = true;
}

}  // namespace atome::cli
