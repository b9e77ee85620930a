// Packing of codes into the bytes of trit2, trit5, p3 and int4 (see Encoding in model_view.h), and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/base/status.h"
#include "atome/model/view.h"

namespace atome {

// Appends the bytes of a number to `out`, little-endian.
template <class T>
void append(T value, std::vector<uint8_t>* out) {
    out->resize(out->size() + sizeof value);
    store(out->data() + out->size() - sizeof value, value);
}

std::string_view name(Encoding encoding);  // "f32", "trit2", ...

// True when an encoding other than f32 can hold the code: -1..1 for trit2 and trit5, also +-3, +-9 for p3,
// -7..7 for int4.
bool holds(Encoding encoding, int8_t code);

// Appends packed_bytes(encoding, n) bytes to `out`. Padding after the last code holds code 0. Every code
// must be one that the encoding holds, and the encoding must not be f32.
void pack_codes(Encoding encoding, const int8_t* codes, std::size_t n, std::vector<uint8_t>* out);

// `bytes` has packed_bytes(encoding, n) bytes; `out` receives n codes. The codes must have passed
// first_bad_code_byte(), else those without meaning read as some value in -9..9.
void unpack_codes(Encoding encoding, const uint8_t* bytes, std::size_t n, int8_t* out);

}  // namespace atome
