// Quantisers, packing and checks of the two forms of a model.
#include "atome/model/model.h"

#include <cmath>
#include <limits>

#include "atome/quant/coded_model.h"
#include "atome/quant/packing.h"
#include "atome/quant/quantizers.h"
#include "helpers.h"

namespace atome::test {
namespace {

const auto ternary_code = row_of(Quantizer::ternary).code;
const auto power3_code = row_of(Quantizer::power3).code;
const auto int4_code = row_of(Quantizer::int4).code;
const auto int4_step = row_of(Quantizer::int4).scale;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Crc, KnownCheckValues) {
    const std::string digits = "123456789";
    const uint8_t* p = reinterpret_cast<const uint8_t*>(digits.data());
    EXPECT_EQ(crc32c(p, 9), 0xE3069283u);
    EXPECT_EQ(crc32(p, 9), 0xCBF43926u);
    EXPECT_EQ(crc32c(p + 4, 5, crc32c(p, 4)), 0xE3069283u);
    // RFC 3720, B.4: 32 bytes of zeros.
    EXPECT_EQ(crc32c(Bytes(32, 0).data(), 32), 0x8A9136AAu);
}

TEST(Quantise, TernaryEdgesRoundHalfToEven) {
    EXPECT_EQ(ternary_code(0.5f, 1.0f), 0);
    EXPECT_EQ(ternary_code(std::nextafter(0.5f, 1.0f), 1.0f), 1);
    EXPECT_EQ(ternary_code(-0.5f, 1.0f), 0);
    EXPECT_EQ(ternary_code(std::nextafter(-0.5f, -1.0f), 1.0f), -1);
    EXPECT_EQ(ternary_code(1e30f, 1e-5f), 1);
    EXPECT_EQ(ternary_code(-0.0f, 1.0f), 0);
}

TEST(Quantise, Power3EdgesBelongToTheLargerCode) {
    const float below = std::nextafter(0.5f, 0.0f);
    EXPECT_EQ(power3_code(below, 1.0f), 0);
    EXPECT_EQ(power3_code(0.5f, 1.0f), 1);
    EXPECT_EQ(power3_code(std::nextafter(2.0f, 0.0f), 1.0f), 1);
    EXPECT_EQ(power3_code(2.0f, 1.0f), 3);
    EXPECT_EQ(power3_code(std::nextafter(6.0f, 0.0f), 1.0f), 3);
    EXPECT_EQ(power3_code(-6.0f, 1.0f), -9);
}

TEST(Quantise, Int4RoundsHalfToEvenAndClamps) {
    for (int code = -7; code <= 7; code++) {
        const float at = static_cast<float>(code);
        const float half = at + 0.5f;
        EXPECT_EQ(int4_code(at * 0.3f, 0.3f), code);
        const int even = code % 2 == 0 ? code : code + 1;
        EXPECT_EQ(int4_code(half, 1.0f), std::min(even, 7)) << half;
        EXPECT_EQ(int4_code(std::nextafter(half, -9.0f), 1.0f), code) << half;
        EXPECT_EQ(int4_code(std::nextafter(half, 9.0f), 1.0f), std::min(code + 1, 7)) << half;
    }
    EXPECT_EQ(int4_code(1e38f, 1e-6f), 7);
    EXPECT_EQ(int4_code(-1e38f, 1e-6f), -7);  // -8 is no code
    EXPECT_EQ(int4_code(-0.0f, 1.0f), 0);
}

TEST(Quantise, Int4HasOneStepForATensor) {
    const FloatModel model = golden_model("tiny_ffn_int4");
    const CodedModel coded = quantised(model);
    std::vector<std::size_t> levels(15);
    for (uint32_t i = 0; i < coded.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(coded.config, i);
        const CodedTensor& t = coded.tensors[i];
        EXPECT_EQ(t.scales.size(), spec.coded ? 1u : 0u) << tensor_name(spec).view();
        if (!spec.coded) continue;
        const std::vector<float>& w = model.tensors[i];
        const float three_means = absmean_scale(w.data(), w.size()) * 3.0f;
        EXPECT_EQ(t.scales[0], three_means / 7.0f);
        for (const int8_t code : t.codes) levels.at(static_cast<std::size_t>(code + 7))++;
    }
    for (const std::size_t count : levels) EXPECT_GT(count, 0u);
}

TEST(Quantise, ScaleIsTheMeanMagnitude) {
    const float w[] = {1.0f, -2.0f, 3.0f, -6.0f};
    EXPECT_EQ(absmean_scale(w, 4), 3.0f);
    const std::vector<float> zeros(100, 0.0f);
    EXPECT_EQ(absmean_scale(zeros.data(), zeros.size()), 1e-5f);
    // Every length near the borders of lanes, vectors and levels, against the mean in binary64.
    std::mt19937 random(1);
    for (std::size_t n : {1, 7, 8, 9, 31, 32, 33, 40, 511, 512, 513, 8191, 16384, 65536, 300000}) {
        std::vector<float> v(n);
        double sum = 0;
        for (float& x : v) {
            x = static_cast<float>(static_cast<int32_t>(random())) * 0x1p-31f;
            sum += std::fabs(static_cast<double>(x));
        }
        const double mean = sum / static_cast<double>(n);
        EXPECT_NEAR(absmean_scale(v.data(), n), mean, 4e-7 * mean) << n;
    }
}

TEST(Quantise, OneScalePerRowButForTheConv) {
    const CodedModel coded = quantised(golden_model("tiny_power3_pr"));
    for (uint32_t i = 0; i < coded.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(coded.config, i);
        const std::size_t expected = !spec.coded ? 0 : spec.kind == TensorKind::conv ? 1 : spec.rows;
        EXPECT_EQ(coded.tensors[i].scales.size(), expected) << tensor_name(spec).view();
    }
}

TEST(Quantise, ConvTapsAreFlipped) {
    Config c = small_config();
    FloatModel m = random_model(c, 1);
    const uint32_t conv = tensor_index(c, TensorKind::conv, 1);
    for (std::size_t i = 0; i < m.tensors[conv].size(); i++) m.tensors[conv][i] = i % 3 == 2 ? 1.0f : 0.0f;
    const CodedModel coded = quantised(m);
    for (std::size_t i = 0; i < coded.tensors[conv].codes.size(); i++)
        EXPECT_EQ(coded.tensors[conv].codes[i], i % 3 == 0 ? 1 : 0);
}

TEST(Quantise, NoneKeepsFloatsButRecognisesExactlyTernaryMatrices) {
    const FloatModel trained = golden_model("tiny_none");
    const CodedModel plain = quantised(trained);
    EXPECT_FALSE(plain.tensors[0].coded());
    EXPECT_EQ(plain.tensors[0].values, trained.tensors[0]);

    const CodedModel ternary = quantised(golden_model("tiny_ternary"));
    const FloatModel back = dequantise(ternary);
    EXPECT_EQ(back.config.quantizer, Quantizer::none);
    CodedModel again = quantised(back);
    again.config.quantizer = Quantizer::ternary;
    expect_equal(again, ternary);

    FloatModel zeros = back;
    std::fill(zeros.tensors[0].begin(), zeros.tensors[0].end(), 0.0f);
    EXPECT_TRUE(quantised(zeros).tensors[0].coded());
    zeros.tensors[0][3] = 0.5f;
    zeros.tensors[0][4] = -0.25f;
    EXPECT_FALSE(quantised(zeros).tensors[0].coded());
}

TEST(Quantise, InactiveTensorsAreEmptyAndComeBackAsZeros) {
    const CodedModel coded = quantised(golden_model("tiny_no_sparse"));
    const uint32_t wv = tensor_index(coded.config, TensorKind::wv, 1);
    EXPECT_TRUE(coded.tensors[wv].codes.empty());
    EXPECT_EQ(dequantise(coded).tensors[wv], std::vector<float>(16 * 16, 0.0f));
}

TEST(Quantise, RefusesWhatIsNotFiniteByName) {
    FloatModel m = golden_model("tiny_ternary");
    m.tensors[tensor_index(m.config, TensorKind::wk, 1)][5] = kNaN;
    CodedModel out;
    Status s = quantise(m, &out);
    EXPECT_EQ(s.code(), Code::not_finite);
    EXPECT_EQ(s.message(), "blocks.1.sparse.Wk.weight: element 5 is not finite");

    m = golden_model("tiny_ternary");  // finite weights whose mean is not
    m.tensors[0].assign(m.tensors[0].size(), std::numeric_limits<float>::max());
    EXPECT_EQ(quantise(m, &out).code(), Code::not_finite);
}

TEST(Check, NamesWhatIsWrongWithACodedModel) {
    const CodedModel good = quantised(golden_model("tiny_ternary"));
    ASSERT_OK(check(good));
    const auto error = [&](auto&& spoil) {
        CodedModel m = good;
        spoil(m);
        return std::string(check(m).message());
    };
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[0].codes[7] = 2; }),
              "embed.weight: code 7 is 2: use 0, +-1, +-3, +-9");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[0].scales[0] = 0.0f; }),
              "embed.weight: scale 0 is not above 0");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[0].scales[0] = kNaN; }),
              "embed.weight: element 0 is not finite");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[0].scales.resize(2, 1.0f); }),
              "embed.weight: 2 scales, expected 32");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[3].scales.resize(16, 1.0f); }),
              "blocks.0.local.weight: 16 scales, expected 1");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[0].codes.pop_back(); }),
              "embed.weight: 511 codes, expected 512");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors[1].values.clear(); }),
              "blocks.0.norm.weight: 0 values, expected 16");
    EXPECT_EQ(error([](CodedModel& m) { m.tensors.pop_back(); }), "the model has 23 tensors, expected 24");
    EXPECT_EQ(error([](CodedModel& m) { m.window = 65537; }), "window is 65537: use 0..65536");
    EXPECT_NE(error([](CodedModel& m) { m.config.d_model = 0; }), "");
    EXPECT_NE(error([](CodedModel& m) { m.config.d_model = 1u << 31; }), "");
}

TEST(Packing, BytesAreThoseOfTheSpecification) {
    const auto packed = [](Encoding e, std::vector<int8_t> codes) {
        Bytes out;
        pack_codes(e, codes.data(), codes.size(), &out);
        return out;
    };
    // From the low bits: 00, 01, 11, 01; then 11 alone.
    EXPECT_EQ(packed(Encoding::trit2, {0, 1, -1, 1, -1}), (Bytes{0b01110100, 0b11}));
    // (code + 1) in base 3: 1 + 2*3 + 0*9 + 2*27 + 1*81; then -1 and four zeros: 0 + 3 + 9 + 27 + 81.
    EXPECT_EQ(packed(Encoding::trit5, {0, 1, -1, 1, 0, -1}), (Bytes{142, 120}));
    // Two's complement, the first code in the low half of a byte; then 7 alone.
    EXPECT_EQ(packed(Encoding::int4, {1, -1, -7, 0, 7}), (Bytes{0xf1, 0x09, 0x07}));
    // Patterns 001 010 011 100 101 110 000 001 from bit 0 on, and 110 alone.
    EXPECT_EQ(packed(Encoding::p3, {1, -1, 3, -3, 9, -9, 0, 1, -9}), (Bytes{0xd1, 0x58, 0x23, 0x06}));
}

constexpr Encoding kCodedEncodings[] = {Encoding::trit2, Encoding::trit5, Encoding::p3, Encoding::int4};

TEST(Packing, EncodingsHoldTheirCodes) {
    const auto held = [](Encoding e) {
        std::vector<int> codes;
        for (int code = -128; code < 128; code++)
            if (holds(e, static_cast<int8_t>(code))) codes.push_back(code);
        return codes;
    };
    const std::vector<int> trits = {-1, 0, 1};
    EXPECT_EQ(held(Encoding::f32), std::vector<int>{});
    EXPECT_EQ(held(Encoding::trit2), trits);
    EXPECT_EQ(held(Encoding::trit5), trits);
    EXPECT_EQ(held(Encoding::p3), (std::vector<int>{-9, -3, -1, 0, 1, 3, 9}));
    EXPECT_EQ(held(Encoding::int4), (std::vector<int>{-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Packing, EveryByteOfInt4) {
    for (int byte = 0; byte < 256; byte++) {
        const uint8_t bytes[] = {static_cast<uint8_t>(byte)};
        const int low = byte % 16, high = byte / 16;
        const bool one = low != 8 && high == 0, two = low != 8 && high != 8;
        EXPECT_EQ(first_bad_code_byte(Encoding::int4, bytes, 1), one ? kAllCodesGood : 0) << byte;
        EXPECT_EQ(first_bad_code_byte(Encoding::int4, bytes, 2), two ? kAllCodesGood : 0) << byte;
        int8_t codes[2];
        decode_codes(Encoding::int4, bytes, 0, 2, codes);
        EXPECT_EQ(codes[0], low < 8 ? low : low - 16);
        EXPECT_EQ(codes[1], high < 8 ? high : high - 16);
    }
    const uint8_t second[] = {0x17, 0x80, 0x08};
    EXPECT_EQ(first_bad_code_byte(Encoding::int4, second, 6), 1u);
}

TEST(Packing, RoundTripsAtEveryLengthAndStart) {
    std::mt19937 random(2);
    for (Encoding e : kCodedEncodings) {
        std::vector<int8_t> legal;
        for (int8_t c = -9; c <= 9; c++)
            if (holds(e, c)) legal.push_back(c);
        for (std::size_t n = 1; n <= 41; n++) {
            std::vector<int8_t> codes(n);
            for (int8_t& c : codes) c = legal[random() % legal.size()];
            Bytes bytes;
            pack_codes(e, codes.data(), n, &bytes);
            ASSERT_EQ(bytes.size(), packed_bytes(e, n));
            EXPECT_EQ(first_bad_code_byte(e, bytes.data(), n), kAllCodesGood);
            std::vector<int8_t> back(n);
            decode_codes(e, bytes.data(), 0, n, back.data());
            EXPECT_EQ(back, codes);
            for (std::size_t first = 0; first < n; first++) {
                std::vector<int8_t> part(n - first);
                decode_codes(e, bytes.data(), first, n - first, part.data());
                EXPECT_TRUE(std::equal(part.begin(), part.end(), codes.begin() + static_cast<long>(first)));
            }
        }
    }
}

// A byte string is good exactly when packing what it unpacks to gives it back.
TEST(Packing, GoodBytesAreExactlyTheCanonicalOnes) {
    std::mt19937 random(3);
    for (Encoding e : kCodedEncodings) {
        std::size_t good = 0, bad = 0;
        for (int round = 0; round < 20000; round++) {
            const std::size_t n = 1 + random() % 9;
            Bytes bytes(packed_bytes(e, n));
            for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
            std::vector<int8_t> codes(n);
            decode_codes(e, bytes.data(), 0, n, codes.data());
            const bool legal = std::all_of(codes.begin(), codes.end(), [&](int8_t c) { return holds(e, c); });
            Bytes again;
            if (legal) pack_codes(e, codes.data(), n, &again);
            const bool canonical = legal && again == bytes;
            EXPECT_EQ(first_bad_code_byte(e, bytes.data(), n) == kAllCodesGood, canonical);
            ++(canonical ? good : bad);
        }
        EXPECT_GT(good, 100u);
        EXPECT_GT(bad, 100u);
    }
}

}  // namespace
}  // namespace atome::test
