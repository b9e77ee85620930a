// Sums by integers against the processor's: the same bits, always.
#include "atome/kernels/soft_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "atome/base/random.h"
#include "atome/kernels/packed.h"

namespace atome::test {
namespace {

uint32_t by_integers(float a, float b) {
    SoftSum sum = SoftSum::from(a);
    const SoftSum term = SoftSum::from(b);
    sum.add(term.m, term.e);
    return bits_as<uint32_t>(sum.value());
}

uint32_t by_processor(float a, float b) {
    const float zero = 0;
    return bits_as<uint32_t>((zero + a) + b);  // a sum starts from +0, so that -0 is not in it
}

TEST(SoftSum, OneAdditionIsThatOfTheProcessor) {
    Random random(1);
    uint64_t wrong = 0, seen = 0;
    const auto see = [&](float a, float b) {
        if (!is_summable(a) || !is_summable(b)) return;
        seen++;
        if (by_integers(a, b) != by_processor(a, b)) wrong++;
    };
    // Any two bit patterns; then exponents close to each other, where all the rounding is; then subnormal.
    for (int i = 0; i < 4000000; i++) {
        const uint32_t a = static_cast<uint32_t>(random.next() >> 32),
                       b = static_cast<uint32_t>(random.next() >> 32);
        see(bits_as<float>(a), bits_as<float>(b));
        const uint32_t exponent = 60 + random.below(100);
        see(bits_as<float>((a & 0x807FFFFFu) | exponent << 23),
            bits_as<float>((b & 0x807FFFFFu) | (exponent + random.below(34)) << 23));
        see(bits_as<float>(a & 0x81FFFFFFu), bits_as<float>(b & 0x80FFFFFFu));
    }
    // Few digits: ties, cancellation and powers of two at every distance.
    const uint32_t fractions[] = {0, 1, 2, 3, 0x3FFFFF, 0x400000, 0x400001, 0x7FFFFD, 0x7FFFFE, 0x7FFFFF};
    for (const uint32_t exponent : {1u, 2u, 40u, 127u, 180u})
        for (uint32_t distance = 0; distance < 40; distance++)
            for (const uint32_t f : fractions)
                for (const uint32_t g : fractions)
                    for (uint32_t signs = 0; signs < 4; signs++) {
                        const float a = bits_as<float>((signs & 1) << 31 | (exponent + distance) << 23 | f);
                        const float b = bits_as<float>((signs >> 1) << 31 | exponent << 23 | g);
                        see(a, b);
                        see(b, a);
                    }
    for (const float x : {0.0f, -0.0f, 1.0f, -1.5f, 1e-45f, -1e-40f})
        for (const float y : {0.0f, -0.0f, 1.0f, -1.0f, 1.5f, -1e-45f, 1e-40f}) see(x, y);
    EXPECT_EQ(wrong, 0u) << "of " << seen;
    EXPECT_GT(seen, 8000000u);
}

TEST(SoftSum, ProductsWithMatricesAreThoseOfTheProcessor) {
    Random random(2);
    for (const Encoding encoding : {Encoding::trit2, Encoding::trit5, Encoding::int4})
        for (const uint32_t cols : {1u, 3u, 5u, 20u, 64u, 65u, 130u, 256u})
            for (const uint32_t rows : {1u, 15u, 16u, 50u}) {
                const std::size_t n = static_cast<std::size_t>(rows) * cols;
                std::vector<uint8_t> codes(packed_bytes(encoding, n));
                for (uint8_t& byte : codes) {
                    // Any legal pattern; bits after the last code are never looked at.
                    byte = static_cast<uint8_t>(random.below(243));
                    if (encoding == Encoding::int4)
                        for (const int shift : {0, 4})
                            if ((byte >> shift & 15) == 8) byte = static_cast<uint8_t>(byte & ~(15 << shift));
                    if (encoding == Encoding::trit2)
                        for (int i = 0; i < 4; i++)
                            if ((byte >> 2 * i & 3) == 2) byte = static_cast<uint8_t>(byte & ~(3 << 2 * i));
                }
                TensorView w;
                w.codes = codes.data();
                w.scale = 0.37f;
                w.rows = rows;
                w.cols = cols;
                w.encoding = encoding;
                std::vector<uint8_t> gains(rows);
                for (uint8_t& gain : gains) gain = static_cast<uint8_t>(1 + random.below(255));
                if (rows > 1) w.gains = gains.data();
                std::vector<float> x(cols), got(rows), expected(rows);
                for (float& v : x)
                    v = (random.uniform() - 0.5f) * std::ldexp(1.0f, static_cast<int>(random.below(12)));
                x[random.below(cols)] = 0;
                x[random.below(cols)] = -1e-40f;
                std::vector<int8_t> row(cols);
                for (uint32_t r = 0; r < rows; r++) {
                    decode_codes(encoding, codes.data(), static_cast<std::size_t>(r) * cols, cols,
                                 row.data());
                    float sum = 0;
                    for (uint32_t c = 0; c < cols; c++) sum += static_cast<float>(row[c]) * x[c];
                    expected[r] = sum * (rows > 1 ? w.scale * (static_cast<float>(gains[r]) / 64) : w.scale);
                }
                ASSERT_TRUE(matvec_by_integers(w, x.data(), got.data()));
                for (uint32_t r = 0; r < rows; r++)
                    ASSERT_EQ(bits_as<uint32_t>(got[r]), bits_as<uint32_t>(expected[r]))
                        << rows << " x " << cols;
                matvec_packed(w, x.data(), got.data());
                for (uint32_t r = 0; r < rows; r++)
                    ASSERT_EQ(bits_as<uint32_t>(got[r]), bits_as<uint32_t>(expected[r]))
                        << rows << " x " << cols;
                x[cols / 2] = 1e38f;
                EXPECT_FALSE(matvec_by_integers(w, x.data(), got.data()));
            }
}

}  // namespace
}  // namespace atome::test
