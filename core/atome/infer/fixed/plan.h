// What the fixed engine needs beside a model's codes and gains: vectors as whole numbers, and factors between
// the units of one step and those of the next. It is a section of the `.atome` file (FORMAT.md), a list of
// 16-bit words that is used where it lies; core/atome/measure/fixed_plan.h makes it from a text.
//
// Units: a number of the engine stands for itself times its unit, which is a real number that only the maker
// of the plan knows. x has one for the whole model; h, q, k, the hidden layer and the state one in each
// block.
#pragma once

#include <stdint.h>

#include "atome/base/status.h"
#include "atome/infer/fixed/arithmetic.h"
#include "atome/model/tensors.h"
#include "atome/model/view.h"

namespace atome {
namespace fixed {

// In the order of the words; ItemRow says how many each has.
enum class Item : uint8_t {
    epsilon = 0,  // of norms: 1e-5 D / 2^norm_halvings(D) in squares of x's unit; low word, high word
    embed,        // code times gain to x
    norm_gain,    // (D)  see norm() in loops.h
    norm_bias,    // (D)  2^-6 of h's unit
    norm_shift,   //      of the gains
    router,       // to log2, Q10
    local,        // to x
    state_decay,  // (D)  fixed: tanh(a_raw), Q15; selective: 2 a_raw / ln 2, Q10
    state_gain,   // (D)  c b, from the state's unit to x's
    state_shift,  //      of the gains
    state_finer,  // a unit of the state is 2^-this of h's
    gate,         // Wa h to 2 Wa h / ln 2, Q10
    query,        // to q
    key,          // to k
    score,        // q . k to log2, Q10
    value,        // to x
    norm2_gain,   // (D)  as of the first norm
    norm2_bias,   // (D)
    norm2_shift,
    up,          // to what is squared
    down,        // to x
    final_gain,  // (D)
    final_bias,  // (D)
    final_shift,
    unembed,  // to logits: log2, Q8
};

enum class Words : uint8_t { one, rescale, vector };  // 1, 2 (multiplier; before + 256 * after), D

struct ItemRow {
    const char* name;
    Part part;
    Words words;
    Needs needs;
};
const ItemRow& row_of(Item item);
constexpr uint32_t kItems = static_cast<uint32_t>(Item::unembed) + 1;
constexpr uint32_t kFinerBits = 6;     // of the biases of norms
constexpr uint32_t kMostFiner = 20;    // of the state: inputs then have 27 bits
constexpr uint32_t kHiddenShift = 22;  // from a square to the hidden layer: 32704^2 becomes 255

// ceil(log2 D): epsilon stands in the plan divided by 2^this.
inline uint32_t norm_halvings(uint32_t D) {
    uint32_t g = 0;
    while ((1u << g) < D) g++;
    return g;
}

// Whether a model's sums stay below 2^30 whatever its inputs are; the message says what does not.
Status can_be_fixed(const Config& config);

class Plan {
  public:
    Plan() = default;
    // The plan of a model's file, which is used where it lies. Errors: bad_file (what is wrong where; there
    // is none), and those of can_be_fixed().
    static Status of(const ModelView& model, Plan* out);

    static uint32_t bytes(const Config& config);
    // Of an item that the model has.
    const int16_t* words(Item item, uint32_t layer = 0) const {
        return words_ + offsets_[static_cast<uint32_t>(item)] +
               (row_of(item).part == Part::block ? layer * block_words_ : 0);
    }
    int32_t word(Item item, uint32_t layer = 0) const { return *words(item, layer); }
    Rescale rescale(Item item, uint32_t layer = 0) const {
        const int16_t* p = words(item, layer);
        const uint32_t shifts = static_cast<uint16_t>(p[1]);
        Rescale r;
        r.multiplier = p[0];
        r.before = Shift(shifts & 255);
        r.after = Shift(shifts >> 8);
        return r;
    }
    uint32_t epsilon() const {
        const int16_t* p = words(Item::epsilon);
        return static_cast<uint32_t>(static_cast<uint16_t>(p[1])) << 16 | static_cast<uint16_t>(p[0]);
    }

  private:
    void lay_out(const Config& config);

    const int16_t* words_ = nullptr;  // sections are aligned to 4
    uint32_t offsets_[kItems] = {};   // in words; of a block's, in the first block
    uint32_t block_words_ = 0, count_ = 0;
};

}  // namespace fixed
}  // namespace atome
