// The fixed engine's kernels for AVX2.
#include <immintrin.h>

#include <type_traits>

#include "atome/infer/fixed/registry.h"
#include "atome/infer/fixed/vector_loops.h"

namespace atome {
namespace avx2 {

namespace {

// Products of two columns add up to 2 * 255 with ternary codes and 2 * 255 * 7 with int4: so many of them in
// 16 bits.
uint32_t most_in_16_bits(Encoding encoding) { return encoding == Encoding::int4 ? 8 : 64; }

// Sums of kBlocks times 8 rows; p: their panels, `stride` bytes from block to block.
template <uint32_t kBlocks>
ATOME_INLINE void sum_blocks(const int8_t* p, size_t stride, const void* x, uint32_t cols, __m256i flip,
                             uint32_t most, __m256i* out) {
    const auto* words = static_cast<const uint8_t*>(x);
    __m256i sums[kBlocks];
    for (uint32_t b = 0; b < kBlocks; b++) sums[b] = _mm256_setzero_si256();
    const __m256i ones = _mm256_set1_epi16(1);
    for (uint32_t c = 0; c < cols;) {
        __m256i narrow[kBlocks];
        for (uint32_t b = 0; b < kBlocks; b++) narrow[b] = _mm256_setzero_si256();
        for (uint32_t i = 0; i < most && c < cols; i++, c += kColsOfPanel, p += 32) {
            const uint32_t word = fixed::last_columns(words + c, 4);
            const __m256i v = _mm256_xor_si256(_mm256_set1_epi32(static_cast<int>(word)), flip);
#pragma GCC unroll 4
            for (uint32_t b = 0; b < kBlocks; b++)
                narrow[b] = _mm256_add_epi16(
                    narrow[b], _mm256_maddubs_epi16(
                                   v, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + b * stride))));
        }
        for (uint32_t b = 0; b < kBlocks; b++)
            sums[b] = _mm256_add_epi32(sums[b], _mm256_madd_epi16(narrow[b], ones));
    }
    for (uint32_t b = 0; b < kBlocks; b++) out[b] = sums[b];
}

template <class X>
void sums(const SumPart* parts, uint32_t n, const X* x, int32_t* out) {
    constexpr bool kSigned = static_cast<X>(-1) < 0;
    const __m256i flip = _mm256_set1_epi8(kSigned ? -128 : 0);
    for (uint32_t part = 0; part < n; out += parts[part++].rows) {
        const CodedMatrix& w = *parts[part].w;
        const uint32_t rows = parts[part].rows, first = parts[part].first;
        if (rows == 0) continue;
        const Panels panels(w);
        const uint32_t whole = w.cols / kColsOfPanel * kColsOfPanel, most = most_in_16_bits(w.encoding);
        const size_t stride = static_cast<size_t>(kRowsOfPanel) * panels.cols;
        const uint32_t rest = w.cols - whole == 0 ? 0 : fixed::last_columns(x + whole, w.cols - whole);
        const auto store = [&](uint32_t i, const int8_t* p, __m256i sum) {
            if (w.cols != whole) {
                const __m256i v = _mm256_xor_si256(_mm256_set1_epi32(static_cast<int>(rest)), flip);
                const __m256i last = _mm256_maddubs_epi16(
                    v, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + kRowsOfPanel * whole)));
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(last, _mm256_set1_epi16(1)));
            }
            if (kSigned)
                sum = _mm256_sub_epi32(
                    sum, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(panels.excess + first + i)));
            if (i + kRowsOfPanel <= rows) {
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), sum);
                return;
            }
            int32_t last[kRowsOfPanel];
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(last), sum);
            memcpy(out + i, last, (rows - i) * sizeof *out);
        };
        uint32_t i = 0;
        const auto take = [&](auto blocks) {
            constexpr uint32_t kBlocks = decltype(blocks)::value, kRows = (kBlocks - 1) * kRowsOfPanel;
            for (; i + kRows < rows; i += kBlocks * kRowsOfPanel) {
                __m256i sums[kBlocks];
                const int8_t* p = panels.at(first + i);
                sum_blocks<kBlocks>(p, stride, x, whole, flip, most, sums);
                for (uint32_t b = 0; b < kBlocks; b++) store(i + b * kRowsOfPanel, p + b * stride, sums[b]);
            }
        };
        take(std::integral_constant<uint32_t, 4>());
        take(std::integral_constant<uint32_t, 2>());
        take(std::integral_constant<uint32_t, 1>());
    }
}

// scores[i] = query . keys[i], keys (n, H): eight at a time where H is a multiple of 16.
ATOME_INLINE void dots(const int8_t* query, const int8_t* keys, uint32_t n, uint32_t H, int32_t* scores) {
    uint32_t i = 0;
    if (H % 16 == 0)
        for (; i + 8 <= n; i += 8, keys += 8 * H) {
            __m256i s[8];
            for (uint32_t j = 0; j < 8; j++) s[j] = _mm256_setzero_si256();
            for (uint32_t h = 0; h < H; h += 16) {
                const auto wide = [](const int8_t* p) {
                    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
                };
                const __m256i q = wide(query + h);
#pragma GCC unroll 8
                for (uint32_t j = 0; j < 8; j++)
                    s[j] = _mm256_add_epi32(s[j], _mm256_madd_epi16(q, wide(keys + j * H + h)));
            }
            const __m256i low =
                _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
            const __m256i high =
                _mm256_hadd_epi32(_mm256_hadd_epi32(s[4], s[5]), _mm256_hadd_epi32(s[6], s[7]));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(scores + i),
                                _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20),
                                                 _mm256_permute2x128_si256(low, high, 0x31)));
        }
    for (; i < n; i++, keys += H) scores[i] = fixed::dot(query, keys, H);
}

uint32_t attend(const Keys& keys, const int8_t* query, uint32_t k, int32_t* scores, int32_t* kept,
                uint32_t* slots) {
    return fixed::attend_by(keys, query, k, scores, kept, slots,
                            [](const int8_t* q, const int8_t* all, uint32_t n, uint32_t H, int32_t* out) {
                                dots(q, all, n, H, out);
                            });
}

// Two rows at once where their shares are halves.
void weighted_sum(const int32_t* shares, const int8_t* const* rows, uint32_t n, uint32_t D, int8_t* out) {
    const bool halves = fixed::are_halves(shares, n);
    uint32_t d = 0;
    for (; halves && d + 16 <= D; d += 16) {
        __m256i low = _mm256_set1_epi32(1 << 14), high = low;
        for (uint32_t i = 0; i < n; i += 2) {
            const bool both = i + 1 < n;
            const auto load = [d](const int8_t* row) {
                return _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + d));
            };
            const __m128i a = load(rows[i]), b = both ? load(rows[i + 1]) : _mm_setzero_si128();
            const __m256i share = _mm256_set1_epi32(shares[i] | (both ? shares[i + 1] << 16 : 0));
            low = _mm256_add_epi32(low,
                                   _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b)), share));
            high = _mm256_add_epi32(high,
                                    _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_unpackhi_epi8(a, b)), share));
        }
        // Packing saturates, within halves of the register, whose quarters are put in order then.
        const __m256i words = _mm256_permute4x64_epi64(
            _mm256_packs_epi32(_mm256_srai_epi32(low, 15), _mm256_srai_epi32(high, 15)), 0xd8);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + d),
                         _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    }
    fixed::weighted_sum<1>(shares, rows, n, d, D, out);
}

}  // namespace

const FixedKernels kFixed = fixed::with_loops("avx2", sums<int8_t>, sums<uint8_t>, attend, weighted_sum);

}  // namespace avx2
}  // namespace atome
