// From float models to coded ones and back.
#pragma once

#include "atome/model/model.h"

namespace atome {

// ok when every active tensor has its shape's size and legal finite content: codes 0, +-1, +-3, +-9 (under
// int4: -7..7), vectors rounded to what the configuration says, scales above 0 (one, or one a row). Inactive
// tensors are empty or have their full size. Every writer calls this. Errors: bad_config, not_finite; the
// message names the tensor and the element.
Status check(const CodedModel& model);

// A matrix of a `none` model whose values are exactly {-a, 0, a} becomes ternary codes with scale a: the
// same values in a sixteenth of the bytes. Other matrices of a `none` model stay float.
// Errors: not_finite (which tensor, which element), bad_config.
Status quantise(const FloatModel& in, CodedModel* out);
// Shadow weights that hold exactly scale * code; the configuration's quantizer becomes `none`, because
// quantising such weights again would give another scale.
// `in` must pass check().
FloatModel dequantise(const CodedModel& in);

}  // namespace atome
