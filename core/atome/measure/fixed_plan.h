// Makes the plan of the fixed engine (infer/fixed/plan.h).
#pragma once

#include <cstdint>
#include <vector>

#include "atome/base/status.h"
#include "atome/infer/stream.h"
#include "atome/measure/ranges.h"
#include "atome/model/view.h"

namespace atome {

// The bytes of the section: the units of every step follow from the ranges, so that what was seen has room
// and what is larger saturates. Errors: those of fixed::can_be_fixed; unsupported where a factor between two
// units cannot be said in 15 bits and a shift (says which).
Status make_fixed_plan(const ModelView& model, const Ranges& ranges, std::vector<uint8_t>* out);

// The same from a text of `most` bytes that the model writes itself. `stream` is of that model and has seen
// nothing; it is left in the middle of a text. Errors: those above, of find_ranges() and of the stream.
inline constexpr std::size_t kPlanBytes = 32768;
Status plan_of_own_text(const ModelView& model, FloatStream& stream, std::vector<uint8_t>* out,
                        std::size_t most = kPlanBytes);

}  // namespace atome
