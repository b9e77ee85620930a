// A text that goes on: an engine, its memory and a sampler, from the first byte to the last.
//
//     atome::Stream* stream;
//     status = atome::Stream::create(model, options, memory, atome::stream_bytes(model, options), &stream);
//     status = stream->read(prompt, prompt_size, scratch);
//     status = stream->begin();
//     for (...) { piece = stream->choose(); ... piece.text ...; status = stream->accept(piece); }
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/infer/engine.h"
#include "atome/infer/sampler.h"
#include "atome/infer/text_writer.h"

namespace atome {

// Bytes of memory that a stream takes, itself and its engine's arena; what arena_bytes() says holds here too.
uint64_t stream_bytes(const ModelView& model, const EngineOptions& options,
                      uint32_t pointer_bytes = sizeof(void*));

// ok when every token (n) is below V; else bad_argument with the first that is not.
Status check_vocabulary(const uint8_t* tokens, size_t n, uint32_t V);

class Stream {
  public:
    // Places a stream at the beginning of `memory` and its engine's arena behind it. Memory, model and errors
    // are those of Engine::init. The sampler is greedy. Nothing is to be destroyed.
    static Status create(const ModelView& model, const EngineOptions& options, void* memory, size_t size,
                         Stream** out);

    // Starts a sampler with these options and its random numbers. Errors: bad_argument.
    Status sampling(const SamplerOptions& options);
    // Forgets the text, and starts the sampler's random numbers again.
    void reset();

    // Reads a text (n bytes) behind what there is so far; its end may be held back (text_writer.h).
    // scratch: TextWriter::room_for(n) bytes, or null for a model of bytes. Errors: those of Engine::step;
    // bad_argument: a byte outside the vocabulary of a model of bytes, and then nothing is read.
    Status read(const uint8_t* text, size_t n, uint8_t* scratch);
    // A stream that has seen nothing starts as after a new line: see first_token(); one whose last token has
    // no prediction gets it. Errors: as feed().
    Status begin();
    // The next token, which the stream does not see before it is accepted. begin() must have been called.
    // The engine's logits are overwritten as TextWriter::choose() says.
    Piece choose() { return writer_.choose(sampler_, engine_.logits()); }
    // Takes what was chosen last as written, or only the first `shown` bytes of its text: the text goes on
    // behind them, and the logits are again those that were chosen from. Errors: as feed().
    // Where the stream is unsure() then, nothing is predicted: begin() does so for who goes on all the same.
    Status accept(const Piece& piece, uint32_t shown = Vocabulary::kMostBytes, float limit = 1);
    // Whether Engine::uncertainty() is above `limit`, 0..1, of a token that the model is free to choose: it
    // is not while text is held back, nor behind an escape, where a byte is half written.
    bool unsure(float limit) const {
        return !writer_.holds() && !writer_.escaped() && engine_.uncertainty() > limit;
    }
    // A token of the caller's; advance() leaves out the prediction. Errors: those of Engine::step.
    Status feed(uint32_t token);
    Status advance(uint32_t token);

    const Vocabulary& vocabulary() const { return writer_.vocabulary(); }
    // Whether the token to come is the value of a byte.
    bool escaped() const { return writer_.escaped(); }
    Engine& engine() { return engine_; }
    const Engine& engine() const { return engine_; }

  private:
    Stream() = default;

    Engine engine_;
    Sampler sampler_;
    TextWriter writer_;
};

}  // namespace atome
