// Learned gains of the rows of matrices, in both forms of a model and in files.
#include "atome/model/gains.h"

#include <cmath>
#include <limits>

#include "atome/formats/atome_file.h"
#include "damage.h"

namespace atome::test {
namespace {

Config gained_config() {
    Config c = small_config();
    c.d_ff = 4;
    c.gains = Gains::rows;
    return c;
}

std::vector<float>& gains_of(FloatModel& m, TensorKind matrix, uint32_t layer = 0) {
    return m.tensors[tensor_index(m.config, atome::gains_of(matrix), layer)];
}

TEST(Gains, AreWholeSixtyFourths) {
    for (int n = 1; n < 256; n++) {
        const float gain = static_cast<float>(n) / 64;
        EXPECT_EQ(gain_of(static_cast<uint8_t>(n)), gain);
        EXPECT_EQ(nearest_gain(gain), n);
        const float half = gain + 1.0f / 128;
        EXPECT_EQ(nearest_gain(half), std::min(n % 2 == 0 ? n : n + 1, 255));
        EXPECT_EQ(nearest_gain(std::nextafter(half, 0.0f)), n);
        EXPECT_EQ(nearest_gain(std::nextafter(half, 9.0f)), std::min(n + 1, 255));
    }
    EXPECT_EQ(nearest_gain(0.0f), 1);
    EXPECT_EQ(nearest_gain(-3.0f), 1);
    EXPECT_EQ(nearest_gain(4.0f), 255);
    EXPECT_EQ(nearest_gain(std::numeric_limits<float>::max()), 255);
    EXPECT_EQ(nearest_gain(-std::numeric_limits<float>::max()), 1);
}

TEST(Gains, EveryMatrixButTheFilterHasThem) {
    const Config c = gained_config();
    std::vector<std::string> names;
    uint32_t with = 0;
    for (uint32_t i = 0; i < tensor_count(c); i++) {
        const TensorSpec spec = tensor_spec(c, i);
        EXPECT_EQ(tensor_index(c, spec.kind, spec.layer), i);
        if (spec.row->role == TensorRole::gain) {
            const TensorSpec matrix = spec_of(c, matrix_of(spec.kind), spec.layer);
            EXPECT_EQ(atome::gains_of(matrix.kind), spec.kind);
            EXPECT_EQ(spec.cols, matrix.rows);
            EXPECT_EQ(spec.rows, 1u);
            EXPECT_FALSE(spec.coded);
            EXPECT_EQ(spec.active, matrix.active);
            if (spec.layer == 0) names.emplace_back(tensor_name(spec).view());
        }
        EXPECT_EQ(has_gains(c, spec.kind), spec.coded && !spec.one_scale()) << tensor_name(spec).view();
        with += has_gains(c, spec.kind);
    }
    EXPECT_EQ(with, 2u + 2 * 6);
    const std::vector<std::string> expected = {"embed.gain",
                                               "blocks.0.sparse.Wq.gain",
                                               "blocks.0.sparse.Wk.gain",
                                               "blocks.0.sparse.Wv.gain",
                                               "blocks.0.router.proj.gain",
                                               "blocks.0.ffn.up.gain",
                                               "blocks.0.ffn.down.gain",
                                               "unembed.gain"};
    EXPECT_EQ(names, expected);
    EXPECT_EQ(has_gains(small_config(), TensorKind::embed), false);
}

TEST(Gains, ModelsOfFloatsHaveNone) {
    Config c = gained_config();
    c.quantizer = Quantizer::none;
    Config plain = c;
    plain.gains = Gains::none;
    EXPECT_TRUE(validate(c).ok());
    EXPECT_EQ(tensor_count(c), tensor_count(plain));
    EXPECT_EQ(parameter_count(c), parameter_count(plain));
}

TEST(Gains, AnElementIsScaleTimesGainTimesCode) {
    for (const Quantizer q : {Quantizer::ternary, Quantizer::int4, Quantizer::power3_pr}) {
        Config c = gained_config();
        c.quantizer = q;
        FloatModel m = random_model(c, 5);
        gains_of(m, TensorKind::unembed) = {0.7f, -1.0f, 1.0f, 9.0f, 1.5f, 0.02f, 2.0f};
        const CodedModel coded = quantised(m);
        const std::vector<float> bytes = {45, 1, 64, 255, 96, 1, 128};
        const CodedTensor& gains = coded.tensors.back();
        ASSERT_EQ(gains.values.size(), bytes.size());
        for (std::size_t r = 0; r < bytes.size(); r++) EXPECT_EQ(gains.values[r], bytes[r] / 64);

        const FloatModel plain = dequantise(coded);
        EXPECT_EQ(plain.config.gains, Gains::none);
        ASSERT_OK(check(plain));
        const CodedTensor& t = coded.tensors[tensor_index(c, TensorKind::unembed, 0)];
        for (std::size_t i = 0; i < t.codes.size(); i++) {
            const std::size_t r = i / c.d_model;
            const float scale = t.scales.size() > 1 ? t.scales[r] : t.scales[0];
            const float expected = scale * gains.values[r] * static_cast<float>(t.codes[i]);
            EXPECT_EQ(plain.tensors.back()[i], expected);
        }
        // They do not change what is coded.
        FloatModel ones = m;
        for (uint32_t i = 0; i < tensor_count(c); i++)
            if (tensor_spec(c, i).row->role == TensorRole::gain)
                ones.tensors[i].assign(ones.tensors[i].size(), 1.0f);
        EXPECT_EQ(quantised(ones).tensors[0].codes, coded.tensors[0].codes);
        EXPECT_EQ(quantised(ones).tensors[0].scales, coded.tensors[0].scales);
    }
}

TEST(Gains, CheckNamesWhatIsWrong) {
    const CodedModel good = quantised(random_model(gained_config(), 6));
    const uint32_t wk = tensor_index(good.config, TensorKind::wk, 1);
    const uint32_t gains = tensor_index(good.config, atome::gains_of(TensorKind::wk), 1);
    ASSERT_OK(check(good));
    const auto error = [&](auto&& spoil) {
        CodedModel m = good;
        spoil(m);
        return std::string(check(m).message());
    };
    EXPECT_EQ(error([&](CodedModel& m) { m.tensors[gains].values[3] = 1.01f; }),
              "blocks.1.sparse.Wk.gain: element 3 is not rounded to u8");
    EXPECT_EQ(error([&](CodedModel& m) { m.tensors[gains].values[3] = 0; }),
              "blocks.1.sparse.Wk.gain: element 3 is not rounded to u8");
    EXPECT_EQ(error([&](CodedModel& m) { m.tensors[gains].values.pop_back(); }),
              "blocks.1.sparse.Wk.gain: 4 values, expected 5");
    EXPECT_EQ(error([&](CodedModel& m) {
                  m.tensors[gains].values[3] = 2;
                  m.tensors[wk].scales[0] = 3e38f;
              }),
              "blocks.1.sparse.Wk.weight: scale times gain of row 3 is not finite");
    EXPECT_EQ(error([&](CodedModel& m) {
                  m.tensors[wk] = {};
                  m.tensors[wk].values.resize(30);
              }),
              "blocks.1.sparse.Wk.weight: float values, expected codes: gains scale codes");
}

TEST(Gains, AreInFilesOnlyWhereThereAreSome) {
    Bytes without, with;
    FloatModel m = random_model(small_config(), 7);
    ASSERT_OK(write_safetensors(m, {}, {}, &without));
    m = random_model(gained_config(), 7);
    ASSERT_OK(write_safetensors(m, {}, {}, &with));
    const auto text = [](const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); };
    EXPECT_EQ(text(without).find("gain"), std::string::npos);
    EXPECT_NE(text(with).find("\"gains\":\"rows\""), std::string::npos);
    NamedTensors file;
    ASSERT_OK(parse_safetensors(with.data(), with.size(), &file));
    FloatModel back;
    ASSERT_OK(read_model(file, &back));
    EXPECT_EQ(back.config, m.config);
    EXPECT_EQ(back.tensors, m.tensors);
    file.tensors.erase(file.tensors.find("blocks.1.ffn.up.gain"));
    EXPECT_EQ(read_model(file, &back).message(), "tensor blocks.1.ffn.up.gain is missing");
}

CodedModel coded_model(Quantizer q, uint32_t seed) {
    Config c = gained_config();
    c.quantizer = q;
    FloatModel m = random_model(c, seed);
    for (uint32_t i = 0; i < m.tensors.size(); i++)
        if (tensor_spec(c, i).row->role == TensorRole::gain)
            for (float& gain : m.tensors[i]) gain = 4 * std::fabs(gain);
    return quantised(m);
}

constexpr Quantizer kQuantizersWithCodes[] = {Quantizer::ternary, Quantizer::power3, Quantizer::power3_pr,
                                              Quantizer::int4};

TEST(Gains, ComeBackFromAtomeFiles) {
    for (const Quantizer q : kQuantizersWithCodes)
        for (const Vectors vectors : {Vectors::f32, Vectors::bf16})
            for (uint8_t disabled = 0; disabled < 7; disabled++) {
                CodedModel model = coded_model(q, 8);
                Config c = model.config;
                c.vectors = vectors;
                c.disabled = disabled;
                model = quantised(random_model(c, 8));
                Bytes bytes, again;
                ASSERT_OK(write_atome(model, Encoding::trit5, &bytes));
                EXPECT_EQ(load<uint32_t>(&bytes[layout::kVersionAt]), 2u);
                CodedModel back;
                ASSERT_OK(read_atome(bytes.data(), bytes.size(), &back));
                expect_equal(back, model);
                ASSERT_OK(write_atome(back, Encoding::trit5, &again));
                EXPECT_EQ(again, bytes);

                AlignedBytes aligned(bytes);
                ModelView view;
                ASSERT_OK(ModelView::open(aligned.data(), aligned.size(), &view));
                for (uint32_t i = 0; i < model.tensors.size(); i++) {
                    const TensorSpec spec = tensor_spec(c, i);
                    if (!spec.active || !has_gains(c, spec.kind)) continue;
                    const CodedTensor& t = model.tensors[i];
                    const auto& gains =
                        model.tensors[tensor_index(c, atome::gains_of(spec.kind), spec.layer)].values;
                    const TensorView w = view.tensor(spec.kind, spec.layer);
                    for (uint32_t r = 0; r < spec.rows; r++)
                        EXPECT_EQ(w.row_scale(r), t.scales[t.scales.size() == 1 ? 0 : r] * gains[r]);
                }
            }
}

TEST(Gains, AreAByteARow) {
    CodedModel model = coded_model(Quantizer::ternary, 9);
    model.config.vectors = Vectors::f32;
    Bytes with, without;
    ASSERT_OK(write_atome(model, Encoding::trit5, &with));
    Config c = model.config;
    c.gains = Gains::none;
    c.vectors = Vectors::bf16;  // so that it is of version 2
    ASSERT_OK(write_atome(quantised(random_model(c, 9)), Encoding::trit5, &without));
    const std::size_t floats = 2 + 2 * 7;  // vectors
    const std::size_t rows = 2 * 7 + 2 * (5 + 5 + 6 + 3 + 4 + 6);
    EXPECT_NEAR(static_cast<double>(with.size()), static_cast<double>(without.size() + 2 * 6 * floats + rows),
                16);
}

TEST(Gains, RulesOfAtomeFiles) {
    Bytes good;
    ASSERT_OK(write_atome(coded_model(Quantizer::ternary, 10), Encoding::trit5, &good));
    namespace l = layout::compact;
    const uint32_t head = load<uint32_t>(&good[l::kHeadSizeAt]);
    const uint32_t given = load<uint16_t>(&good[l::kConfigCountAt]);
    const uint32_t scales = align_up(l::kConfigAt + 2 * given, l::kAlign);
    const auto error = [&](uint32_t at, auto value) {
        Bytes bytes = good;
        store(&bytes[at], value);
        reseal(&bytes);
        return std::string(open(bytes).message());
    };
    // (7, 6) codes in 9 bytes, then the seven gains.
    EXPECT_EQ(error(head + 11, uint8_t{0}),
              "byte " + std::to_string(head + 11) + ": embed.gain: gain is 0: use 1..255");
    EXPECT_EQ(error(scales + 4 * 16, uint8_t{0}), "byte " + std::to_string(scales + 4 * 16) +
                                                      ": embed.weight: encoding is 0, but gains scale codes");
    EXPECT_NE(error(scales, 3e38f).find("embed.weight: scale times gain of row"), std::string::npos);
    EXPECT_NE(error(l::kConfigAt + 2 * (given - 1), uint16_t{2}).find("gains is 2: use 0..1"),
              std::string::npos);
}

TEST(Gains, EveryChangeOfOneByteIsRejected) {
    Bytes bytes;
    ASSERT_OK(write_atome(coded_model(Quantizer::int4, 11), Encoding::trit5, &bytes));
    ASSERT_OK(open(bytes));
    for (std::size_t at = 0; at < bytes.size(); at++)
        for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
            bytes[at] = static_cast<uint8_t>(bytes[at] ^ change);
            const Status s = open(bytes);
            ASSERT_EQ(std::string(s.message()).rfind("byte ", 0), 0u) << at << ": " << s.message();
            bytes[at] = static_cast<uint8_t>(bytes[at] ^ change);
        }
}

TEST(Gains, ResealedDamageNeverGivesABadModel) {
    ResealedDamage damage(12);
    for (const Quantizer q : kQuantizersWithCodes) {
        Bytes good;
        ASSERT_OK(write_atome(coded_model(q, 13), Encoding::trit2, &good));
        ASSERT_NO_FATAL_FAILURE(damage.run(good, 180));
    }
    damage.expect_both();
}

}  // namespace
}  // namespace atome::test
