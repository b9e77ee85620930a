// The writer of version 2 of `.atome`, and what both writers use.
#pragma once

#include "atome/formats/atome_file.h"

namespace atome {

// Of a tensor with a row in the canonical list. A matrix without codes is f32.
Encoding matrix_encoding(const CodedTensor& t, Quantizer quantizer, Encoding ternary_encoding);

// The file of a model that has passed check(), and of sections of kinds that may be there.
std::vector<uint8_t> compact_file(const CodedModel& model, Encoding ternary_encoding,
                                  const std::vector<ExtraSection>& extra);

}  // namespace atome
