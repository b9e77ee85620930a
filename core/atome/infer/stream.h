// A text that goes on: an engine, its memory and a sampler, from the first byte to the last.
//
//     atome::Stream* stream;
//     status = atome::Stream::create(model, options, memory, atome::stream_bytes(model, options), &stream);
//     status = stream->feed(prompt, prompt_size);
//     status = stream->begin();
//     for (...) { token = stream->choose(); ...; status = stream->feed(token); }
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/infer/engine.h"
#include "atome/infer/sampler.h"

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

    // Errors: those of Engine::step. Of several, none is fed where one is outside the vocabulary.
    Status feed(uint32_t token) { return engine_.step(token); }
    Status feed(const uint8_t* tokens, size_t n);
    // A stream that has seen nothing starts as after a new line: see first_token(). Errors: as feed().
    Status begin();
    // The next token, which the stream does not see before it is fed. begin() must have been called.
    // Unless greedy, the engine's logits become probabilities.
    uint32_t choose() { return sampler_.sample(engine_.logits(), engine_.config().vocab_size); }

    Engine& engine() { return engine_; }
    const Engine& engine() const { return engine_; }

  private:
    Stream() = default;

    Engine engine_;
    Sampler sampler_;
};

}  // namespace atome
