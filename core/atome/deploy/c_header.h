// An `.atome` file as a C header, to be compiled into a firmware image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "atome/model/tensors.h"

namespace atome {

// Text that is valid C11 and C++11: a 16-aligned constant array `symbol`, and macros SYMBOL_SIZE (bytes),
// SYMBOL_VOCAB_SIZE, SYMBOL_D_MODEL, SYMBOL_N_LAYERS, SYMBOL_D_HEAD, SYMBOL_TOP_K, SYMBOL_KERNEL_SIZE,
// SYMBOL_D_FF, in capitals, behind an include guard. The symbol becomes c_identifier(symbol). About six
// bytes of text a byte.
std::string write_c_header(const std::vector<uint8_t>& atome_bytes, const Config& config,
                           std::string_view symbol);

// A symbol as a C name: characters that a name cannot have become '_'; a first one that is no letter gets m_
// before it; nothing becomes model_blob.
std::string c_identifier(std::string_view symbol);

}  // namespace atome
