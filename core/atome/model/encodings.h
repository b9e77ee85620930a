// How numbers lie in bytes: the encodings of coded matrices, one row each: which codes it holds, how they lie
// in bytes, what bytes are wrong, and the loop by which products read them. Packing, unpacking, checks and
// kernels iterate over these.
//
// Codes run row-major through a whole tensor without padding between rows; only the end is padded to a byte.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/bytes.h"
#include "atome/base/math.h"
#include "atome/model/gains.h"

namespace atome {

// How a section stores its numbers. The values are those of the file.
enum class Encoding : uint8_t { f32 = 0, trit2 = 1, trit5 = 2, p3 = 3, int4 = 4, bf16 = 5, u8 = 6 };
constexpr Encoding kLastOfMatrices = Encoding::int4;  // the rest are of vectors only

constexpr size_t kAllCodesGood = static_cast<size_t>(-1);

// A row is a type, so that a loop over codes is compiled for each encoding. Its static members:
//
//   name, codes, about     for messages: "trit2", "-1..1", and how codes lie in bytes
//   kBitsEach              of a code's pattern from the low end on, pattern(code); 0: no bit fields
//   kMost                  the largest code, where the codes are the whole numbers -kMost..kMost; else 0
//   kBlank                 a byte whose codes are all 0
//   holds(code)            whether it has a pattern
//   bytes(n)               that n codes take
//   code(p, i)             code i of the codes at p
//   put(p, i, code)        writes code i, which must be held, where code 0 was
//   first_bad(p, n)        the byte where the first of n patterns without a meaning begins, or kAllCodesGood
//   at(i)                  the byte in which code i begins
//   padding_is_clean(p, n) whether the last byte has only code 0 behind code n - 1; n >= 1
//   each(p, first, n, use) use(i, code) for i < n in order, code first + i; n >= 1. Where kMost is 1, codes
//                          that are 0 are left out

// Patterns of kBits bits from the low end of the first byte on. Row has value(pattern), pattern(code) and
// means(pattern).
template <class Row, unsigned kBits>
struct BitFields {
    static constexpr unsigned kBitsEach = kBits;
    static constexpr uint8_t kBlank = 0;
    static size_t bytes(size_t n) { return (n * kBits + 7) / 8; }
    static size_t at(size_t i) { return i * kBits / 8; }
    static unsigned field(const uint8_t* p, size_t i) {
        const size_t bit = i * kBits;
        unsigned pattern = static_cast<unsigned>(p[bit / 8]) >> bit % 8;
        // The second byte exists whenever the code reaches into it.
        if (bit % 8 + kBits > 8) pattern |= static_cast<unsigned>(p[bit / 8 + 1]) << (8 - bit % 8);
        return pattern & ((1u << kBits) - 1);
    }
    static int8_t code(const uint8_t* p, size_t i) { return static_cast<int8_t>(Row::value(field(p, i))); }
    static void put(uint8_t* p, size_t i, int8_t code) {
        const size_t bit = i * kBits;
        const unsigned pattern = Row::pattern(code) << bit % 8;
        p[bit / 8] = static_cast<uint8_t>(p[bit / 8] | pattern);
        if (bit % 8 + kBits > 8) p[bit / 8 + 1] = static_cast<uint8_t>(pattern >> 8);
    }
    static size_t first_bad(const uint8_t* p, size_t n) {
        // Eight patterns fill kBits bytes.
        for (size_t i = 0; i < n; i += 8) {
            uint32_t group = 0;
            for (size_t j = 0; j < kBits && at(i) + j < bytes(n); j++)
                group |= static_cast<uint32_t>(p[at(i) + j]) << 8 * j;
            for (size_t m = 0; m < 8 && i + m < n; m++)
                if (!Row::means(group >> m * kBits & ((1u << kBits) - 1))) return at(i + m);
        }
        return kAllCodesGood;
    }
    static bool padding_is_clean(const uint8_t* p, size_t n) {
        return n * kBits % 8 == 0 || p[n * kBits / 8] >> n * kBits % 8 == 0;
    }
    template <class Use>
    ATOME_INLINE void each(const uint8_t* p, size_t first, uint32_t n, Use use) {
        for (uint32_t i = 0; i < n; i++) use(i, static_cast<int>(code(p, first + i)));
    }
};

// What each() of ternary codes has in common. Bytes hold kInByte codes; bits(byte) gives them two bits each
// from the low end: 00 = 0, 01 = +1, 11 = -1.
template <class Row, uint32_t kInByte>
struct Trits {
    static constexpr int kMost = 1;
    static constexpr const char* codes = "-1..1";
    static bool holds(int code) { return code >= -1 && code <= 1; }
    template <class Use>
    ATOME_INLINE void each(const uint8_t* p, size_t first, uint32_t n, Use use) {
        p += first / kInByte;
        uint32_t skip = static_cast<uint32_t>(first % kInByte);
        for (uint32_t i = 0; i < n; skip = 0) {
            uint32_t bits = Row::bits(*p++) >> 2 * skip;
            uint32_t end = i + kInByte - skip;
            if (end > n) {
                end = n;
                bits &= (1u << 2 * (n - i)) - 1;
            }
            for (uint32_t at = i; bits != 0; bits >>= 2, at++)
                if (bits & 1) use(at, (bits & 2) != 0 ? -1 : 1);
            i = end;
        }
    }
};

// 2 bits a code, four to a byte: 00 = 0, 01 = +1, 11 = -1.
struct Trit2 : BitFields<Trit2, 2>, Trits<Trit2, 4> {
    static constexpr const char* name = "trit2";
    static constexpr const char* about =
        "four codes a byte, 2 bits each from the low end: 00 is 0, 01 is +1, 11 is -1";
    using Trits::each;
    static int value(unsigned pattern) {
        return static_cast<int>(pattern & 1) - static_cast<int>(pattern & 2);
    }
    static unsigned pattern(int code) { return static_cast<unsigned>(code) & 3; }
    static bool means(unsigned pattern) { return pattern != 2; }
    static uint32_t bits(uint8_t byte) { return byte; }
};

// Base 3, five codes to a byte: the sum of (code + 1) * 3^i, i = 0..4.
struct Trit5 : Trits<Trit5, 5> {
    static constexpr const char* name = "trit5";
    static constexpr const char* about =
        "five codes a byte: digits of base 3, each the code + 1, lowest first";
    static constexpr unsigned kBitsEach = 0;
    static unsigned pattern(int code) { return static_cast<unsigned>(code + 1); }
    static constexpr uint8_t kBlank = 121;
    static constexpr unsigned kPatterns = 243;  // 3^5
    static size_t bytes(size_t n) { return (n + 4) / 5; }
    static size_t at(size_t i) { return i / 5; }
    static unsigned power(size_t i) {  // 3^i
        static constexpr uint8_t kPowers[5] = {1, 3, 9, 27, 81};
        return kPowers[i];
    }
    static int8_t code(const uint8_t* p, size_t i) {
        return static_cast<int8_t>(static_cast<int>(p[i / 5] / power(i % 5) % 3) - 1);
    }
    static void put(uint8_t* p, size_t i, int8_t code) {
        p[i / 5] = static_cast<uint8_t>(p[i / 5] + code * static_cast<int>(power(i % 5)));
    }
    static size_t first_bad(const uint8_t* p, size_t n) {
        for (size_t i = 0; i < bytes(n); i++)
            if (p[i] >= kPatterns) return i;
        return kAllCodesGood;
    }
    static bool padding_is_clean(const uint8_t* p, size_t n) {
        for (size_t i = n; i % 5 != 0; i++)
            if (code(p, i) != 0) return false;
        return true;
    }
    static uint32_t bits(uint8_t byte);
};

// A byte of Trit5 as Trit2 has its codes.
struct TritTable {
    uint16_t bits[Trit5::kPatterns];
    constexpr TritTable() : bits() {
        for (unsigned byte = 0; byte < Trit5::kPatterns; byte++) {
            constexpr uint16_t kPattern[3] = {3, 0, 1};  // -1, 0, +1
            unsigned rest = byte;
            for (unsigned i = 0; i < 5; i++, rest /= 3)
                bits[byte] = static_cast<uint16_t>(bits[byte] | kPattern[rest % 3] << 2 * i);
        }
    }
};
static constexpr TritTable kTrits;
inline uint32_t Trit5::bits(uint8_t byte) { return kTrits.bits[byte]; }

// 3 bits a code, eight to three bytes: 000 0, 001 +1, 010 -1, 011 +3, 100 -3, 101 +9, 110 -9.
struct P3 : BitFields<P3, 3> {
    static constexpr const char* name = "p3";
    static constexpr const char* about = "eight codes in three bytes, 3 bits each from the low end";
    static constexpr const char* codes = "0, +-1, +-3, +-9";
    static constexpr int kMost = 0;
    static bool holds(int code) { return code == 0 || pattern(code) != 0; }
    static int value(unsigned pattern) {
        static constexpr int8_t kValues[8] = {0, 1, -1, 3, -3, 9, -9, 0};
        return kValues[pattern];
    }
    static unsigned pattern(int code) {  // 0 too where there is none
        for (unsigned pattern = 1; pattern < 7; pattern++)
            if (value(pattern) == code) return pattern;
        return 0;
    }
    static bool means(unsigned pattern) { return pattern != 7; }
};

// 4 bits a code, two to a byte: two's complement, as many either side of 0, so -8 is none.
struct Int4 : BitFields<Int4, 4> {
    static constexpr const char* name = "int4";
    static constexpr const char* about = "two codes a byte, 4 bits each from the low end: two's complement";
    static constexpr const char* codes = "-7..7";
    static constexpr int kMost = 7;
    static bool holds(int code) { return code >= -kMost && code <= kMost; }
    static int value(unsigned pattern) { return static_cast<int>(pattern ^ 8) - 8; }
    static unsigned pattern(int code) { return static_cast<unsigned>(code) & 15; }
    static bool means(unsigned pattern) { return pattern != 8; }
    template <class Use>
    ATOME_INLINE void each(const uint8_t* p, size_t first, uint32_t n, Use use) {
        p += first / 2;
        uint32_t half = first % 2;
        uint32_t bits = half ? uint32_t{*p} >> 4 : *p;
        for (uint32_t i = 0;;) {
            use(i, static_cast<int>(static_cast<int32_t>(bits << 28) >> 28));
            if (++i == n) break;
            half ^= 1;
            bits = half ? bits >> 4 : *++p;
        }
    }
};

// ---- numbers that are no codes: vectors, and matrices that were not quantised --------------------------
//
//   kBytes          that a number takes; what numbers lie at multiples of
//   number(p, i)    number i of those at p
//   put(p, i, v)    writes it, rounded to the nearest that can be held

struct F32 {
    static constexpr const char* name = "f32";
    static constexpr uint32_t kBytes = 4;
    static float number(const uint8_t* p, size_t i) { return load<float>(p + 4 * i); }
    static void put(uint8_t* p, size_t i, float v) { store(p + 4 * i, v); }
};

// The upper half of a binary32; ties go to the even pattern. Values beyond the largest become infinity.
struct Bf16 {
    static constexpr const char* name = "bf16";
    static constexpr uint32_t kBytes = 2;
    static float number(const uint8_t* p, size_t i) {
        return float_of(static_cast<uint32_t>(load<uint16_t>(p + 2 * i)) << 16);
    }
    static void put(uint8_t* p, size_t i, float v) {
        const uint32_t bits = bits_of(v);
        store(p + 2 * i, static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16));
    }
};

// Gains of rows (gains.h). 0 is none.
struct U8 {
    static constexpr const char* name = "u8";
    static constexpr uint32_t kBytes = 1;
    static float number(const uint8_t* p, size_t i) { return gain_of(p[i]); }
    static void put(uint8_t* p, size_t i, float v) { p[i] = nearest_gain(v); }
};

// Numbers of a row as a vector of floats.
template <class Row>
struct Numbers {
    const uint8_t* p;
    float operator[](size_t i) const { return Row::number(p, i); }
};

// Whether it is one of these.
inline bool is_plain(Encoding e) { return e == Encoding::f32 || e > kLastOfMatrices; }

// use(row) for the row of a plain encoding: the one place that lists them.
template <class Use>
inline auto with_numbers(Encoding encoding, Use use) -> decltype(use(F32())) {
    if (encoding == Encoding::bf16) return use(Bf16());
    if (encoding == Encoding::u8) return use(U8());
    return use(F32());
}

inline uint32_t number_bytes(Encoding plain) {
    return with_numbers(plain, [](auto row) { return decltype(row)::kBytes + 0; });
}

// The number that `v` becomes in a plain encoding.
inline float rounded(Encoding plain, float v) {
    return with_numbers(plain, [v](auto row) {
        uint8_t bytes[sizeof(float)];
        row.put(bytes, 0, v);
        return row.number(bytes, 0);
    });
}

// use(row) for the row of an encoding of codes: the one place that lists them.
template <class Use>
inline auto with_encoding(Encoding encoding, Use use) -> decltype(use(Trit2())) {
    switch (encoding) {
        case Encoding::trit5:
            return use(Trit5());
        case Encoding::p3:
            return use(P3());
        case Encoding::int4:
            return use(Int4());
        default:
            return use(Trit2());
    }
}

// "f32", "trit2", ...
inline const char* name(Encoding encoding) {
    if (is_plain(encoding)) return with_numbers(encoding, [](auto row) { return decltype(row)::name; });
    return with_encoding(encoding, [](auto row) { return decltype(row)::name; });
}

// Bytes that `n` numbers take.
inline size_t packed_bytes(Encoding encoding, size_t n) {
    if (is_plain(encoding)) return number_bytes(encoding) * n;
    return with_encoding(encoding, [n](auto row) { return row.bytes(n); });
}

// Whether it is an encoding of codes that can hold this one.
inline bool holds(Encoding encoding, int code) {
    if (is_plain(encoding)) return false;
    return with_encoding(encoding, [code](auto row) { return row.holds(code); });
}

// Writes `n` codes of the packed ones at `packed`, from index `first` on, to out. They must have passed
// first_bad_code_byte(), else those without meaning read as some value in -9..9. Codes only.
inline void decode_codes(Encoding encoding, const uint8_t* packed, size_t first, size_t n, int8_t* out) {
    with_encoding(encoding, [=](auto row) {
        for (size_t i = 0; i < n; i++) out[i] = row.code(packed, first + i);
    });
}

// Where the packed codes of `n` values (packed_bytes long) break the rules of their encoding: the offset of
// the first byte that holds a pattern without meaning, or padding after the last code that is not code 0.
// kAllCodesGood when there is none. Codes only.
inline size_t first_bad_code_byte(Encoding encoding, const uint8_t* packed, size_t n) {
    return with_encoding(encoding, [=](auto row) {
        const size_t bad = row.first_bad(packed, n);
        if (bad != kAllCodesGood || n == 0 || row.padding_is_clean(packed, n)) return bad;
        return row.at(n - 1);
    });
}

}  // namespace atome
