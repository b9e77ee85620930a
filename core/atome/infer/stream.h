// A text that goes on: an engine, its memory and a sampler, from the first byte to the last. The same for
// both engines; what both can do is Stream, and the engine itself is in FloatStream or FixedStream.
//
//     atome::FloatStream* stream;
//     status = atome::FloatStream::create(model, options, memory, atome::stream_bytes(model, options),
//     &stream); status = stream->read(prompt, prompt_size, scratch); status = stream->begin(); for (...) {
//     piece = stream->choose(); ... piece.text ...; status = stream->accept(piece); }
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/infer/engine.h"
#include "atome/infer/fixed/engine.h"
#include "atome/infer/fixed/sampler.h"
#include "atome/infer/sampler.h"
#include "atome/infer/text_writer.h"

namespace atome {

// Bytes of memory that a stream takes, itself and its engine's arena; what arena_bytes() says holds here too.
uint64_t stream_bytes(const ModelView& model, const EngineOptions& options,
                      uint32_t pointer_bytes = sizeof(void*));
uint64_t stream_bytes(const ModelView& model, const FixedOptions& options,
                      uint32_t pointer_bytes = sizeof(void*));

// ok when every token (n) is below V; else bad_argument with the first that is not.
Status check_vocabulary(const uint8_t* tokens, size_t n, uint32_t V);

class Stream {
  public:
    // Starts a sampler with these options and its random numbers. Errors: bad_argument.
    virtual Status sampling(const SamplerOptions& options) = 0;
    // Forgets the text, and starts the sampler's random numbers again.
    virtual void reset() = 0;

    // Reads a text (n bytes) behind what there is so far; its end may be held back (text_writer.h).
    // scratch: TextWriter::room_for(n) bytes, or null for a model of bytes. Errors: those of the engine's
    // step(); bad_argument: a byte outside the vocabulary of a model of bytes, and then nothing is read.
    Status read(const uint8_t* text, size_t n, uint8_t* scratch);
    // A stream that has seen nothing starts as after a new line: see first_token(); one whose last token has
    // no prediction gets it. Errors: as feed().
    Status begin();
    // The next token, which the stream does not see before it is accepted. begin() must have been called.
    // The engine's logits are overwritten as TextWriter::choose() says.
    virtual Piece choose() = 0;
    // Takes what was chosen last as written, or only the first `shown` bytes of its text: the text goes on
    // behind them, and the logits are again those that were chosen from. Errors: as feed().
    // Where the stream is unsure() then, nothing is predicted: begin() does so for who goes on all the same.
    Status accept(const Piece& piece, uint32_t shown = Vocabulary::kMostBytes, float limit = 1);
    // Whether uncertainty() is above `limit`, 0..1, of a token that the model is free to choose: it is not
    // while text is held back, nor behind an escape, where a byte is half written.
    bool unsure(float limit) const {
        return limit < 1 && !writer_.holds() && !writer_.escaped() && uncertainty() > limit;
    }
    // A token of the caller's; advance() leaves out the prediction, which predict() gives. Errors: those of
    // the engine's step().
    Status feed(uint32_t token);
    virtual Status advance(uint32_t token) = 0;
    virtual Status predict() = 0;
    virtual bool predicted() const = 0;

    // Of the last token that was fed, as the engines say it.
    virtual float router(uint32_t layer, uint32_t pathway) const = 0;  // 0..1
    virtual float entropy(uint32_t layer) const = 0;                   // nats
    virtual float uncertainty() const = 0;                             // 0..1, see Engine::uncertainty()
    virtual uint64_t position() const = 0;
    virtual const Config& config() const = 0;
    virtual const char* kernels() const = 0;  // their name
    // The same as they lie in the arena; null: the other engine's.
    struct Numbers {
        const float* logits;           // (V)
        const float* router;           // (L, P)
        const int16_t* fixed_logits;   // (V)  log2 in Q8
        const uint16_t* fixed_router;  // (L, P)  Q15
    };
    virtual Numbers numbers() const = 0;
    // Of the tokens (n), fed to a stream that has seen nothing: see trace.h. Errors: those of feed().
    virtual Status digest_of(const uint8_t* tokens, size_t n, uint64_t* digest) = 0;

    const Vocabulary& vocabulary() const { return writer_.vocabulary(); }
    // Whether the token to come is the value of a byte.
    bool escaped() const { return writer_.escaped(); }

  protected:
    Stream() = default;
    ~Stream() = default;  // nothing is to be destroyed
    virtual void restore_logits() = 0;

    TextWriter writer_;
};

template <class E>
class StreamOf final : public Stream {
  public:
    // Places a stream at the beginning of `memory` and its engine's arena behind it. Memory, model and errors
    // are those of the engine's init(). The sampler is greedy.
    static Status create(const ModelView& model, const typename E::Options& options, void* memory,
                         size_t size, StreamOf** out);

    Status sampling(const SamplerOptions& options) override;
    void reset() override;
    Piece choose() override { return writer_.choose(sampler_, engine_.logits()); }
    Status advance(uint32_t token) override;
    Status predict() override { return engine_.predict(); }
    bool predicted() const override { return engine_.predicted(); }
    float router(uint32_t layer, uint32_t pathway) const override;
    float entropy(uint32_t layer) const override;
    float uncertainty() const override { return engine_.uncertainty(); }
    uint64_t position() const override { return engine_.position(); }
    const Config& config() const override { return engine_.config(); }
    const char* kernels() const override { return engine_.kernels().name; }
    Numbers numbers() const override;
    Status digest_of(const uint8_t* tokens, size_t n, uint64_t* digest) override;

    E& engine() { return engine_; }
    const E& engine() const { return engine_; }

  private:
    StreamOf() = default;
    void restore_logits() override { engine_.restore_logits(); }

    E engine_;
    typename E::Chooser sampler_;
};
using FloatStream = StreamOf<Engine>;
using FixedStream = StreamOf<FixedEngine>;

}  // namespace atome
