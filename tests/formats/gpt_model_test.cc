// GPT files: what is read and written, what is refused, and weights rounded to int8 and int4.
#include "atome/models/gpt/model.h"

#include <cmath>
#include <functional>

#include "atome/formats/pt.h"
#include "atome/models/gpt/rounding.h"
#include "helpers.h"

namespace atome::test {
namespace {

GptConfig small() {
    GptConfig c;
    c.vocab_size = 7;
    c.d_model = 6;
    c.n_layers = 2;
    c.n_heads = 2;
    c.d_ff = 5;
    c.max_seq = 9;
    return c;
}

GptModel random_gpt(const GptConfig& config, uint32_t seed = 1) {
    std::mt19937 random(seed);
    GptModel m;
    m.config = config;
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        std::vector<float> t(tensor_spec(config, i).size());
        for (float& v : t) v = static_cast<float>(static_cast<int32_t>(random())) * 0x1p-31f;
        m.tensors.push_back(std::move(t));
    }
    return m;
}

Bytes written(const GptModel& model) {
    Bytes bytes;
    const Status s = write_gpt_safetensors(model, {}, {}, &bytes);
    EXPECT_TRUE(s.ok()) << s.message();
    return bytes;
}

NamedTensors parsed(const Bytes& bytes) {
    NamedTensors file;
    const Status s = parse_safetensors(bytes.data(), bytes.size(), &file);
    EXPECT_TRUE(s.ok()) << s.message();
    return file;
}

TEST(GptModel, TensorsHaveTheNamesAndOrderOfTheOracle) {
    const GptConfig c = small();
    std::vector<std::string> names;
    for (uint32_t i = 0; i < tensor_count(c); i++) {
        const GptTensorSpec spec = tensor_spec(c, i);
        names.emplace_back(tensor_name(spec).view());
        EXPECT_EQ(tensor_index(c, spec.kind, spec.layer), i);
    }
    ASSERT_EQ(names.size(), 21u);
    EXPECT_EQ(names[0], "tok_embed.weight");
    EXPECT_EQ(names[1], "pos_embed.weight");
    EXPECT_EQ(names[2], "blocks.0.norm1.weight");
    EXPECT_EQ(names[9], "blocks.0.ffn.down.weight");
    EXPECT_EQ(names[10], "blocks.1.norm1.weight");
    EXPECT_EQ(names[12], "blocks.1.attn.qkv.weight");
    EXPECT_EQ(names[20], "unembed.weight");
    EXPECT_EQ(parameter_count(GptConfig{}), 60808u);
}

TEST(GptModel, WhatIsWrittenReadsBack) {
    const GptModel model = random_gpt(small());
    const Bytes bytes = written(model);
    EXPECT_EQ(written(model), bytes);
    const NamedTensors file = parsed(bytes);
    EXPECT_TRUE(is_gpt(file));
    GptModel back;
    ASSERT_OK(read_gpt(file, &back));
    EXPECT_EQ(back.config, model.config);
    EXPECT_EQ(back.tensors, model.tensors);
    // Shapes tell all but the heads.
    NamedTensors bare = file;
    bare.metadata = {{"n_heads", "2"}};
    EXPECT_TRUE(is_gpt(bare));
    ASSERT_OK(read_gpt(bare, &back));
    EXPECT_EQ(back.config, model.config);
}

TEST(GptModel, GoldenFileReads) {
    const Bytes bytes = read_file(kGolden + "vanilla_tiny.safetensors");
    GptModel model;
    ASSERT_OK(read_gpt(parsed(bytes), &model));
    EXPECT_EQ(model.config, (GptConfig{32, 16, 2, 4, 24, 16}));
}

TEST(GptModel, RoutedFilesAreNone) {
    const Bytes bytes = read_file(kGolden + "tiny_ternary.safetensors");
    EXPECT_FALSE(is_gpt(parsed(bytes)));
}

TEST(GptModel, PublishedCheckpointReads) {
    ATOME_NEEDS_SHARED("reference/vanilla_1m_v1.pt");
    const Bytes bytes = read_file(shared_path("reference/vanilla_1m_v1.pt"));
    NamedTensors file;
    ASSERT_OK(parse_pt(bytes.data(), bytes.size(), &file));
    EXPECT_TRUE(is_gpt(file));
    GptModel model;
    ASSERT_OK(read_gpt(file, &model));
    EXPECT_EQ(model.config, (GptConfig{256, 152, 3, 4, 608, 256}));
    EXPECT_EQ(parameter_count(model.config), 950608u);
}

// ---- what is refused -----------------------------------------------------------------------------------

TEST(GptModel, ConfigurationsOutOfRange) {
    const auto says = [](const std::function<void(GptConfig&)>& change) {
        GptConfig c = small();
        change(c);
        return std::string(validate(c).message());
    };
    EXPECT_EQ(says([](GptConfig&) {}), "");
    EXPECT_EQ(says([](GptConfig& c) { c.vocab_size = 257; }), "vocab_size is 257: use 1..256");
    EXPECT_EQ(says([](GptConfig& c) { c.d_model = 0; }), "d_model is 0: use 1..4096");
    EXPECT_EQ(says([](GptConfig& c) { c.n_layers = 65; }), "n_layers is 65: use 1..64");
    EXPECT_EQ(says([](GptConfig& c) { c.n_heads = 0; }), "n_heads is 0: use 1..64");
    EXPECT_EQ(says([](GptConfig& c) { c.n_heads = 4; }),
              "d_model is 6: use a multiple of n_heads, which is 4");
    EXPECT_EQ(says([](GptConfig& c) { c.d_ff = 0; }), "d_ff is 0: use 1..16384");
    EXPECT_EQ(says([](GptConfig& c) { c.max_seq = 4097; }), "max_seq is 4097: use 1..4096");
    EXPECT_EQ(says([](GptConfig& c) {
                  c.max_seq = 4096;
                  c.n_layers = 10;
              }),
              "n_layers * n_heads * max_seq^2 is 335544320: use at most 268435456");
    EXPECT_NE(says([](GptConfig& c) {
                  c.d_model = 4096;
                  c.n_layers = 64;
              }).find("parameters"),
              std::string::npos);
}

TEST(GptModel, DamagedFilesAreRefusedInOneLine) {
    const GptModel model = random_gpt(small());
    const Bytes bytes = written(model);
    const auto says = [&](const std::function<void(NamedTensors&)>& change) {
        NamedTensors file = parsed(bytes);
        change(file);
        GptModel out;
        return std::string(read_gpt(file, &out).message());
    };
    EXPECT_EQ(says([](NamedTensors& f) { f.tensors.erase("blocks.1.attn.out.weight"); }),
              "tensor blocks.1.attn.out.weight is missing");
    EXPECT_EQ(says([](NamedTensors& f) { f.tensors.erase("tok_embed.weight"); }),
              "tensor tok_embed.weight is missing");
    EXPECT_EQ(says([](NamedTensors& f) {
                  f.tensors["pos_embed.weight"].shape = {6, 9};
              }),
              "pos_embed.weight has shape (6, 9), expected (9, 6)");
    EXPECT_EQ(says([](NamedTensors& f) { f.metadata["d_ff"] = "6"; }),
              "blocks.0.ffn.up.weight has shape (5, 6), expected (6, 6)");
    EXPECT_EQ(says([](NamedTensors& f) { f.metadata["n_heads"] = "five"; }),
              "metadata n_heads is 'five': expected a whole number");
    EXPECT_EQ(says([](NamedTensors& f) { f.metadata.erase("n_heads"); }),
              "metadata n_heads is missing, and no tensor's shape tells it");
    EXPECT_EQ(says([](NamedTensors& f) { f.metadata["n_layers"] = "1"; }),
              "metadata n_layers is 1, but the file has 2 layers");
    EXPECT_EQ(says([](NamedTensors& f) { f.tensors["unembed.weight"].dtype = Dtype::i32; }),
              "unembed.weight: dtype is I32: expected F32, F64, F16 or BF16");
    Bytes nan = bytes;
    const NamedTensors whole = parsed(bytes);
    const NamedTensor* t = whole.find("norm_final.bias");
    store(nan.data() + (t->data - bytes.data()) + 8, 0x7fc00000u);
    GptModel out;
    EXPECT_EQ(read_gpt(parsed(nan), &out).message(), "norm_final.bias: element 2 is not finite");
}

TEST(GptModel, WritersRefuseWhatReadersWould) {
    GptModel model = random_gpt(small());
    Bytes out;
    EXPECT_EQ(write_gpt_safetensors(model, {}, {{"kind", "x"}}, &out).code(), Code::bad_argument);
    model.tensors[4][1] = INFINITY;
    EXPECT_EQ(write_gpt_safetensors(model, {}, {}, &out).code(), Code::not_finite);
    model.tensors[4].pop_back();
    EXPECT_EQ(write_gpt_safetensors(model, {}, {}, &out).code(), Code::bad_config);
    model.tensors.pop_back();
    EXPECT_EQ(write_gpt_safetensors(model, {}, {}, &out).code(), Code::bad_config);
}

// ---- rounding ------------------------------------------------------------------------------------------

TEST(GptRounding, EveryRowHasAScaleAndFewLevels) {
    const GptModel model = random_gpt(small());
    for (const auto& [rounding, most] : {std::pair{Rounding::int8, 127}, std::pair{Rounding::int4, 7}}) {
        const GptModel rounded = round_weights(model, rounding);
        for (uint32_t i = 0; i < model.tensors.size(); i++) {
            const GptTensorSpec spec = tensor_spec(model.config, i);
            if (!spec.coded) {
                EXPECT_EQ(rounded.tensors[i], model.tensors[i]);
                continue;
            }
            for (uint32_t r = 0; r < spec.rows; r++) {
                const float* from = &model.tensors[i][r * spec.cols];
                const float* to = &rounded.tensors[i][r * spec.cols];
                float largest = 0;
                for (uint32_t c = 0; c < spec.cols; c++) largest = std::max(largest, std::fabs(from[c]));
                const float scale = largest / static_cast<float>(most);
                for (uint32_t c = 0; c < spec.cols; c++) {
                    EXPECT_LE(std::fabs(to[c] - from[c]), 0.5001f * scale);
                    const float code = to[c] / scale;
                    EXPECT_NEAR(code, std::round(code), 1e-4);
                }
            }
        }
    }
    EXPECT_EQ(round_weights(model, Rounding::none).tensors, model.tensors);
}

TEST(GptRounding, HalvesRoundToEvenAndZerosStay) {
    GptModel model = random_gpt(small());
    std::vector<float>& embed = model.tensors[0];
    const std::vector<float> row = {7, 0.5f, 1.5f, -2.5f, -7, 3.4f};
    std::copy(row.begin(), row.end(), embed.begin());
    std::fill_n(embed.begin() + 6, 6, 0.0f);
    const GptModel rounded = round_weights(model, Rounding::int4);
    EXPECT_EQ(std::vector<float>(rounded.tensors[0].begin(), rounded.tensors[0].begin() + 6),
              (std::vector<float>{7, 0, 2, -2, -7, 3}));
    for (int c = 6; c < 12; c++) EXPECT_EQ(rounded.tensors[0][c], 0.0f);
}

TEST(GptRounding, BytesAreCodesScalesAndVectors) {
    const GptConfig c;  // the published kit's baseline
    EXPECT_EQ(weight_bytes(c, Rounding::none), 4u * 60808);
    // 60,192 codes; rows: 256 + 64 + 3 * (132 + 44 + 44 + 44) + 256; vectors: 14 of 44 floats.
    EXPECT_EQ(weight_bytes(c, Rounding::int8), 60192u + 4 * 1368 + 4 * 14 * 44);
    EXPECT_EQ(weight_bytes(c, Rounding::int4), 60192u / 2 + 4 * 1368 + 4 * 14 * 44);
    for (const Rounding r : {Rounding::none, Rounding::int8, Rounding::int4}) {
        Rounding back;
        EXPECT_TRUE(parse_rounding(name(r), &back));
        EXPECT_EQ(back, r);
    }
    Rounding back;
    EXPECT_FALSE(parse_rounding("int2", &back));
}

}  // namespace
}  // namespace atome::test
