// `.pt` checkpoints, as torch.save has written them since PyTorch 1.6: a zip archive of a pickle and one
// entry for each storage. Read, never executed (pickle.h), never written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/base/status.h"
#include "atome/formats/named_tensors.h"

namespace atome {

// The tensors under "state_dict", "model_state_dict" or "model", else those of the outermost dictionary;
// and the numbers and text of the dictionary "config", where there is one, as metadata. The views point
// into `data`. model_tensors.h then finds a model in it.
// Errors: bad_file (a key twice in a dictionary, too); unsupported: compressed entries, globals and opcodes
// that are not on the list, tensors that are not contiguous, big-endian files.
Status parse_pt(const uint8_t* data, std::size_t size, NamedTensors* out);

}  // namespace atome
