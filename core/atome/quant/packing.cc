#include "atome/quant/packing.h"

namespace atome {

namespace {

// The 3-bit pattern of a power-of-three code.
unsigned p3_pattern(int8_t code) {
    switch (code) {
        case 1:
            return 1;
        case -1:
            return 2;
        case 3:
            return 3;
        case -3:
            return 4;
        case 9:
            return 5;
        case -9:
            return 6;
        default:
            return 0;
    }
}

}  // namespace

std::string_view name(Encoding encoding) {
    constexpr std::string_view kNames[] = {"f32", "trit2", "trit5", "p3", "int4"};
    return kNames[static_cast<unsigned>(encoding)];
}

bool holds(Encoding encoding, int8_t code) {
    if (encoding == Encoding::f32) return false;
    if (encoding == Encoding::int4) return code >= -kInt4Most && code <= kInt4Most;
    return (code >= -1 && code <= 1) || (encoding == Encoding::p3 && p3_pattern(code) != 0);
}

void pack_codes(Encoding encoding, const int8_t* codes, std::size_t n, std::vector<uint8_t>* out) {
    const std::size_t start = out->size();
    out->resize(start + packed_bytes(encoding, n), 0);
    uint8_t* p = out->data() + start;
    switch (encoding) {
        case Encoding::f32:
            break;
        case Encoding::trit2:
            for (std::size_t i = 0; i < n; i++)
                p[i / 4] = static_cast<uint8_t>(p[i / 4] | (codes[i] & 3) << i % 4 * 2);
            break;
        case Encoding::trit5:
            for (std::size_t i = 0; i < n; i += 5) {
                unsigned byte = 0;
                for (std::size_t j = 5; j-- > 0;)
                    byte = byte * 3 + static_cast<unsigned>((i + j < n ? codes[i + j] : 0) + 1);
                p[i / 5] = static_cast<uint8_t>(byte);
            }
            break;
        case Encoding::p3:
            for (std::size_t i = 0; i < n; i++) {
                const std::size_t bit = 3 * i;
                const unsigned pattern = p3_pattern(codes[i]) << bit % 8;
                p[bit / 8] = static_cast<uint8_t>(p[bit / 8] | pattern);
                if (bit % 8 > 5) p[bit / 8 + 1] = static_cast<uint8_t>(pattern >> 8);
            }
            break;
        case Encoding::int4:
            for (std::size_t i = 0; i < n; i++)
                p[i / 2] = static_cast<uint8_t>(p[i / 2] | (codes[i] & 15) << i % 2 * 4);
            break;
    }
}

void unpack_codes(Encoding encoding, const uint8_t* bytes, std::size_t n, int8_t* out) {
    TensorView view;
    view.codes = bytes;
    view.encoding = encoding;
    decode_codes(view, 0, n, out);
}

}  // namespace atome
