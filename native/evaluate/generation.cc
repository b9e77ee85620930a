#include "native/evaluate/generation.h"

#include <fmt/core.h>

#include <algorithm>

#include "native/cli/terminal.h"
#include "native/io/failure.h"

namespace atome::cli {

void read(Stream& stream, std::string_view text, const std::string& where) {
    std::vector<uint8_t> scratch(TextWriter::room_for(text.size()));
    require(stream.read(reinterpret_cast<const uint8_t*>(text.data()), text.size(), scratch.data()), where);
}

Piece next_piece(Stream& stream, RouterStats& stats, float limit) {
    const Piece piece = stream.choose();
    require(stream.accept(piece, Vocabulary::kMostBytes, limit), "engine");
    stats.add(stream);
    return piece;
}

std::vector<uint8_t> write(Stream& stream, RouterStats& stats, uint64_t n,
                           const std::function<void(char)>& put, float limit) {
    std::vector<uint8_t> tokens;
    require(stream.begin(), "engine");
    while (n > 0 && !stream.unsure(limit)) {
        const Piece piece = stream.choose();
        const auto shown = static_cast<uint32_t>(std::min<uint64_t>(piece.size, n));
        for (uint32_t i = 0; i < shown; i++) put(static_cast<char>(piece.text[i]));
        require(stream.accept(piece, shown, limit), "engine");
        n -= shown;
        if (shown < piece.size) break;
        stats.add(stream);
        tokens.push_back(static_cast<uint8_t>(piece.token));
    }
    return tokens;
}

void require_router(const Config& config, const std::string& where) {
    if (config.active_pathways() < 2)
        throw Failure(where + ": has one pathway, and so no router entropy: leave out --stop-when-unsure");
}

Json stopped_json(uint64_t bytes, float uncertainty) {
    return {{"bytes", bytes}, {"uncertainty", json_number(uncertainty)}};
}

std::string stopped_text(uint64_t bytes, float uncertainty, float limit) {
    return fmt::format("stopped after {} bytes: the last router's entropy is {:.3f} of its most, above {:g}",
                       grouped(bytes), uncertainty, limit);
}

std::string text_of(const Vocabulary& vocabulary, const std::vector<uint8_t>& tokens) {
    TextOfTokens decoder(vocabulary);
    std::string text;
    uint8_t piece[Vocabulary::kMostBytes];
    for (const uint8_t token : tokens) text.append(piece, piece + decoder.add(token, piece));
    return text;
}

TextStream::TextStream() : terminal_(is_terminal(1)) {}

void TextStream::put(char c) {
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
    waiting_.clear();
    if (terminal_ && !at_line_start_) print("\n");
    at_line_start_ = true;
}

}  // namespace atome::cli
