// Numbers and codes into bytes, for the writers of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/model/encodings.h"

namespace atome {

// Appends the bytes of a number to `out`, little-endian.
template <class T>
void append(T value, std::vector<uint8_t>* out) {
    out->resize(out->size() + sizeof value);
    store(out->data() + out->size() - sizeof value, value);
}

// Appends packed_bytes(encoding, n) bytes to `out`. Padding after the last code holds code 0. Every code
// must be one that the encoding holds, and the encoding must not be f32.
inline void pack_codes(Encoding encoding, const int8_t* codes, std::size_t n, std::vector<uint8_t>* out) {
    with_encoding(encoding, [&](auto row) {
        const std::size_t start = out->size();
        out->resize(start + row.bytes(n), row.kBlank);
        for (std::size_t i = 0; i < n; i++) row.put(out->data() + start, i, codes[i]);
    });
}

}  // namespace atome
