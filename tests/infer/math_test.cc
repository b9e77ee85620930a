// exp, log, tanh and erf against binary64: the largest error in units in the last place.
#include "atome/base/math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "atome/kernels/router.h"

namespace atome::test {
namespace {

// Distance of `got` from the true value, in units in the last place of a float of that size.
double ulps(float got, double truth) {
    int exponent;
    std::frexp(truth, &exponent);
    return std::fabs(static_cast<double>(got) - truth) / std::ldexp(1.0, exponent - 24);
}

struct Worst {
    double error = 0;
    float at = 0;
    void see(float x, float got, double truth) {
        // NaN must not pass for small.
        if (const double e = ulps(got, truth); !(e <= error)) {
            error = e;
            at = x;
        }
    }
    void expect_below(double bound, const char* what) const {
        std::printf("    %s: largest error %.3f ulp at %.9g\n", what, error, static_cast<double>(at));
        EXPECT_LT(error, bound) << what;
    }
};

// Every `step`-th float between two positive ones.
template <class Use>
void sweep(float from, float to, uint32_t step, Use use) {
    for (uint32_t bits = bits_as<uint32_t>(from); bits <= bits_as<uint32_t>(to); bits += step)
        use(bits_as<float>(bits));
}

TEST(Math, Exp) {
    Worst worst;
    const auto see = [&](float x) { worst.see(x, exp(x), std::exp(static_cast<double>(x))); };
    sweep(1e-10f, 88.0f, 97, see);
    sweep(1e-10f, 87.0f, 97, [&](float x) { see(-x); });
    worst.expect_below(2, "exp");
    EXPECT_EQ(exp(0.0f), 1.0f);
    EXPECT_EQ(exp(-0.0f), 1.0f);
}

TEST(Math, ExpClampsInsteadOfOverflowing) {
    EXPECT_EQ(exp(1e30f), exp(88.0f));
    EXPECT_EQ(exp(-1e30f), exp(-87.0f));
    EXPECT_TRUE(std::isfinite(exp(3e38f)));
    EXPECT_TRUE(std::isnormal(exp(-3e38f)));
}

TEST(Math, Log) {
    Worst worst;
    sweep(1.17549435e-38f, 3.4e38f, 197, [&](float x) {
        // Near 1 the result is near 0 and a unit in its last place is tiny.
        worst.see(x, log(x), std::log(static_cast<double>(x)));
    });
    worst.expect_below(2, "log");
    EXPECT_EQ(log(1.0f), 0.0f);
}

TEST(Math, Tanh) {
    Worst worst;
    const auto see = [&](float x) { worst.see(x, tanh(x), std::tanh(static_cast<double>(x))); };
    sweep(1e-10f, 30.0f, 97, see);
    worst.expect_below(2, "tanh");
    for (const float x : {1e-10f, 0.3f, 0.625f, 1.0f, 5.0f, 20.0f}) EXPECT_EQ(tanh(-x), -tanh(x)) << x;
    EXPECT_EQ(tanh(100.0f), 1.0f);
    EXPECT_EQ(tanh(-100.0f), -1.0f);
    EXPECT_EQ(tanh(0.0f), 0.0f);
}

TEST(Math, TanhInEveryLane) {
    typedef float F __attribute__((vector_size(16)));
    typedef int32_t I __attribute__((vector_size(16)));
    uint64_t wrong = 0;
    for (uint64_t bits = 0; bits + 251 < 0x7F800000u; bits += 251) {
        const float x = bits_as<float>(static_cast<uint32_t>(bits));
        const F lanes = tanh_lanes<F, I>(F{x, -x, 0.3f, -2.0f});
        const float each[4] = {tanh(x), tanh(-x), tanh(0.3f), tanh(-2.0f)};
        for (int i = 0; i < 4; i++) wrong += bits_as<uint32_t>(float{lanes[i]}) != bits_as<uint32_t>(each[i]);
    }
    EXPECT_EQ(wrong, 0u);
}

TEST(Math, Erf) {
    Worst worst;
    double absolute = 0;
    sweep(1e-10f, 12.0f, 97, [&](float x) {
        const double truth = std::erf(static_cast<double>(x));
        worst.see(x, erf(x), truth);
        absolute = std::max(absolute, std::fabs(static_cast<double>(erf(x)) - truth));
    });
    worst.expect_below(3, "erf");
    EXPECT_LT(absolute, 1.5e-7);
    for (const float x : {1e-10f, 0.3f, 0.9999999f, 1.0f, 2.5f, 20.0f}) EXPECT_EQ(erf(-x), -erf(x)) << x;
    EXPECT_EQ(erf(4.5f), 1.0f);
    EXPECT_EQ(erf(1e30f), 1.0f);
    EXPECT_EQ(erf(0.0f), 0.0f);
}

TEST(Math, SqrtByDigitsIsTheHardwareSquareRoot) {
    // Every mantissa at an even and an odd exponent, and a dense sample of all bit patterns: the digits of a
    // root depend on the mantissa and on the exponent's parity alone.
    uint64_t wrong = 0;
    const auto see = [&](uint32_t bits) {
        const float x = bits_as<float>(bits);
        if (bits_as<uint32_t>(sqrt_by_digits(x)) != bits_as<uint32_t>(__builtin_sqrtf(x))) wrong++;
    };
    for (uint32_t bits = 0x3F800000u; bits < 0x40800000u; bits++) see(bits);
    for (uint64_t bits = 0; bits <= 0x7F800000u; bits += 251) see(static_cast<uint32_t>(bits));
    for (uint32_t bits = 0; bits < 100000; bits++) see(bits);  // subnormal
    for (const uint32_t bits : {0x80000000u, 0x007FFFFFu, 0x00800000u, 0x7F7FFFFFu, 0x7F800000u}) see(bits);
    EXPECT_EQ(wrong, 0u);
    EXPECT_TRUE(std::isnan(sqrt_by_digits(-1.0f)));
}

TEST(Math, RouterEntropy) {
    const float even[3] = {1.0f / 3, 1.0f / 3, 1.0f / 3}, sure[3] = {1, 0, 0}, one[1] = {1};
    EXPECT_NEAR(router_entropy(even, 3), std::log(3.0), 1e-6);
    EXPECT_NEAR(router_entropy(sure, 3), 0, 1e-6);
    EXPECT_EQ(router_entropy(one, 1), 0.0f);
    float x[4] = {1, 2, 3, -1e30f};
    small_softmax(x, 4);
    EXPECT_NEAR(x[2] / x[1], std::exp(1.0), 1e-5);
    EXPECT_NEAR(x[0] + x[1] + x[2] + x[3], 1, 1e-6);
}

}  // namespace
}  // namespace atome::test
