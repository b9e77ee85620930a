// Writer and reader of the `.atome` container. FORMAT.md specifies the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/base/status.h"
#include "atome/model/model.h"
#include "atome/model/view.h"

namespace atome {

// An optional section after the tensors: kind 128 or more, its bytes opaque to this library.
struct ExtraSection {
    uint16_t kind = 128;
    std::vector<uint8_t> bytes;
};

// Ternary matrices are packed as `ternary_encoding` (trit2 or trit5), matrices of a power3 model as p3,
// those of an int4 model as int4, everything else as f32. The same model gives the same bytes on any machine.
// Errors: what check() finds; bad_argument (encoding, kind); out_of_memory (the file would pass 1 GiB).
Status write_atome(const CodedModel& model, Encoding ternary_encoding, std::vector<uint8_t>* out,
                   const std::vector<ExtraSection>& extra = {});

// Reads through ModelView and copies; `data` may have any alignment. Optional sections are skipped.
// Errors: those of ModelView::open.
Status read_atome(const uint8_t* data, std::size_t size, CodedModel* out);

}  // namespace atome
