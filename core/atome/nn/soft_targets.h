// What a student learns from a teacher: for every token of a text the teacher's probabilities before it was
// seen, kept in a few bytes each (Hinton et al. 2015, arXiv:1503.02531).
#pragma once

#include <cstddef>
#include <cstdint>

namespace atome {

// Probabilities for the tokens of a text; whoever draws batches knows the positions.
class SoftTargets {
  public:
    virtual ~SoftTargets() = default;
    virtual std::size_t positions() const = 0;  // tokens of the text
    // out (V): the probabilities of token `position` of the text given what precedes it; their sum is 1.
    virtual void read(std::size_t position, float* out) const = 0;
};

// Where the targets of a sequence stand in the teacher's text: number `from` and those behind it at
// `position` and behind it. The first `from` are encoded in a way of the sequence's own, of which no teacher
// has an opinion.
struct SequencePlace {
    uint32_t position;
    uint32_t from;
};

// The weight of the teacher in a loss, and where the sequences of a batch stand in its text.
struct Distillation {
    const SoftTargets* teacher;
    const SequencePlace* places;  // (B)
    float alpha;        // loss = (1 - alpha) cross entropy + alpha temperature^2 KL(teacher || student)
    float temperature;  // that both sides are softened with in the second term
};

// One position's record: `kept` pairs of a byte (u8) and the negative logarithm of its probability (u16,
// little-endian, in units of 1/2048 nats, at most 65535), most probable first. The probability that is left
// is shared by the other bytes.
inline constexpr std::size_t kSoftPair = 3;

// Writes the record of softmax(logits) (V) to out (kept * kSoftPair); 1 <= kept <= V <= 256.
// logits are changed. False where one is not finite; out is then as it was.
[[nodiscard]] bool pack_soft_target(float* logits, uint32_t V, uint32_t kept, uint8_t* out);
// Whether bytes from outside are a record: every pair's byte is in the vocabulary, and none stands twice.
bool is_soft_target(const uint8_t* record, uint32_t kept, uint32_t V);
// out (V): the probabilities of a record, which is one.
void unpack_soft_target(const uint8_t* record, uint32_t kept, uint32_t V, float* out);

// Turns probabilities (V) into those at `temperature`: p^(1/temperature), scaled to a sum of 1.
void soften(float* probabilities, uint32_t V, float temperature);

}  // namespace atome
