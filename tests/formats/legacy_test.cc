// The published kit's formats, byte for byte.
#include "atome/formats/legacy.h"

#include <limits>

#include "helpers.h"
#include "published_files.h"

namespace atome::test {
namespace {

Bytes written(const CodedModel& model, LegacyFormat format) {
    Bytes bytes;
    const Status s = write_legacy(model, format, &bytes);
    EXPECT_TRUE(s.ok()) << s.message();
    return bytes;
}

Status read(const Bytes& bytes, const Config* known, CodedModel* out) {
    return read_legacy(bytes.data(), bytes.size(), known, out);
}

#if !defined(__EMSCRIPTEN__)  // without a library for digests
TEST(Legacy, WritesTheBytesOfThePublishedKit) {
    for (const PublishedFile& s : kPublishedFiles) {
        const Bytes bytes = written(quantised(golden_model(s.model)), s.format);
        EXPECT_EQ(sha256(bytes), s.digest) << s.model << s.extension;
    }
}
#endif

// Files with the digests above: the published kit's own.
TEST(Legacy, RoundTripsEveryFormat) {
    for (const PublishedFile& s : kPublishedFiles) {
        const CodedModel model = quantised(golden_model(s.model));
        const Bytes bytes = written(model, s.format);
        EXPECT_EQ(bytes.size(), legacy_size(s.format, model.config));
        CodedModel back;
        ASSERT_OK(read(bytes, &model.config, &back));
        expect_equal(back, model);
    }
}

TEST(Legacy, DeducesTheUsualConfigurations) {
    struct Shape {
        uint32_t d, l, h;
    };
    for (const Shape& shape : {Shape{64, 4, 16}, {48, 2, 12}, {128, 6, 32}, {96, 3, 24}, {256, 8, 64}}) {
        Config c;
        c.d_model = shape.d;
        c.n_layers = shape.l;
        c.d_head = shape.h;
        for (LegacyFormat f : {LegacyFormat::atome01, LegacyFormat::atome02, LegacyFormat::atomep3}) {
            c.quantizer = f == LegacyFormat::atomep3 ? Quantizer::power3 : Quantizer::ternary;
            const CodedModel model = quantised(random_model(c, shape.d));
            const Bytes bytes = written(model, f);
            Config deduced;
            ASSERT_OK(deduce_config(bytes.data(), bytes.size(), &deduced));
            EXPECT_EQ(deduced, c);
        }
    }
}

TEST(Legacy, DeducesThePublishedModels) {
    ATOME_NEEDS_SHARED("reference/atome_60k_toy.bin");
    ATOME_NEEDS_SHARED("reference/atome_944k.bin");
    CodedModel toy, large;
    const Bytes toy_bytes = read_file(shared_path("reference/atome_60k_toy.bin"));
    ASSERT_OK(read(toy_bytes, nullptr, &toy));
    EXPECT_EQ(toy.config, Config());
    EXPECT_EQ(written(toy, LegacyFormat::atome01), toy_bytes);
    const Bytes large_bytes = read_file(shared_path("reference/atome_944k.bin"));
    ASSERT_OK(read(large_bytes, nullptr, &large));
    EXPECT_EQ(large.config.d_model, 256u);
    EXPECT_EQ(large.config.n_layers, 8u);
    EXPECT_EQ(large.config.d_head, 64u);
    EXPECT_EQ(written(large, LegacyFormat::atome01), large_bytes);
}

TEST(Legacy, AmbiguousFilesListTheirCandidates) {
    // All zeros but for the scales, d_model 8: too little content to tell configurations of one length apart.
    // The pair comes from a search over the usual configurations.
    Config a, b;
    a.d_model = 8, a.n_layers = 1, a.d_head = 8;
    bool found = false;
    for (uint32_t d = 8; d <= 64 && !found; d += 8)
        for (uint32_t h : {8u, 16u, 32u, 64u, 128u, 256u, 512u})
            for (uint32_t l = 1; l <= 64 && !found; l++)
                for (uint32_t h2 : {8u, 16u, 32u, 64u, 128u, 256u, 512u})
                    for (uint32_t l2 = 1; l2 < l && !found; l2++) {
                        a.d_model = b.d_model = d;
                        a.d_head = h, a.n_layers = l, b.d_head = h2, b.n_layers = l2;
                        found =
                            legacy_size(LegacyFormat::atome01, a) == legacy_size(LegacyFormat::atome01, b);
                    }
    ASSERT_TRUE(found);
    // Bytes 01 01 01 01 are a small positive float and good codes: every reading succeeds.
    Bytes bytes(legacy_size(LegacyFormat::atome01, a), 0x01);
    std::copy_n("ATOME01", 7, bytes.begin());
    CodedModel model;
    const Status s = read(bytes, nullptr, &model);
    EXPECT_EQ(s.code(), Code::bad_file);
    const auto listed = [&](const Config& c) {
        return std::to_string(c.d_model) + "/" + std::to_string(c.n_layers) + "/" + std::to_string(c.d_head);
    };
    EXPECT_NE(std::string(s.message()).find(listed(b)), std::string::npos) << s.message();
    EXPECT_NE(std::string(s.message()).find(listed(a)), std::string::npos) << s.message();
    EXPECT_NE(std::string(s.message()).find("give d_model"), std::string::npos) << s.message();
    EXPECT_TRUE(read(bytes, &a, &model).ok());
}

TEST(Legacy, SaysHowManyBytesAreMissingOrTooMany) {
    const CodedModel model = quantised(golden_model("odd_ternary"));
    const Bytes good = written(model, LegacyFormat::atome02);
    CodedModel out;
    for (std::size_t n = 7; n < good.size(); n++) {
        const Status s = read(Bytes(good.begin(), good.begin() + static_cast<long>(n)), &model.config, &out);
        EXPECT_EQ(s.code(), Code::bad_file);
        EXPECT_NE(std::string(s.message()).find(", " + std::to_string(good.size() - n) + " missing"),
                  std::string::npos)
            << s.message();
    }
    Bytes longer = good;
    longer.resize(good.size() + 3);
    EXPECT_NE(std::string(read(longer, &model.config, &out).message()).find("3 too many"), std::string::npos);
    // Not one of the usual configurations, so its length means nothing without dimensions.
    const Status s = read(good, nullptr, &out);
    EXPECT_NE(std::string(s.message()).find("give d_model"), std::string::npos) << s.message();
    for (std::size_t n = 0; n < 7; n++)
        EXPECT_EQ(
            read(Bytes(good.begin(), good.begin() + static_cast<long>(n)), &model.config, &out).message(),
            "byte 0: expected the magic ATOME01, ATOME02 or ATOMEP3");
}

TEST(Legacy, RejectsWhatIsNotFiniteAndBadScales) {
    const CodedModel model = quantised(golden_model("odd_ternary"));
    const Bytes good = written(model, LegacyFormat::atome01);
    CodedModel out;
    Bytes bad = good;  // byte 7 is the scale of embed, 1000 codes follow, then the first gamma
    store(bad.data() + 7, std::numeric_limits<float>::infinity());
    EXPECT_EQ(read(bad, &model.config, &out).code(), Code::not_finite);
    bad = good;
    store(bad.data() + 7, -1.0f);
    EXPECT_EQ(read(bad, &model.config, &out).message(), "byte 7: embed.weight: scale is not above 0");
    bad = good;
    store(bad.data() + 7 + 4 + 250 + 8, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(read(bad, &model.config, &out).message(),
              "byte 269: blocks.0.norm.weight: value is not finite");
    bad = good;
    bad[11] = 2;
    EXPECT_EQ(read(bad, &model.config, &out).message(), "byte 11: embed.weight: invalid code or padding 2");
}

TEST(Legacy, RefusesConfigurationsOutOfRange) {
    const Bytes good = written(quantised(golden_model("tiny_ternary")), LegacyFormat::atome01);
    CodedModel out;
    for (uint32_t value : {0u, 1u << 31}) {
        Config c;
        c.d_model = value;
        EXPECT_EQ(read(good, &c, &out).code(), Code::bad_config);
        c = Config();
        c.n_layers = value;
        EXPECT_EQ(read(good, &c, &out).code(), Code::bad_config);
    }
    Config ffn;
    ffn.d_ff = 8;
    EXPECT_EQ(read(good, &ffn, &out).code(), Code::bad_config);
    Config selective;
    selective.state = StateDecay::selective;
    EXPECT_EQ(read(good, &selective, &out).message(), "ATOME01 files have no selective state: use fixed");
}

TEST(Legacy, SaysWhatItCannotHold) {
    const auto refusal = [](const char* model, LegacyFormat format) {
        Bytes out;
        const Status s = write_legacy(quantised(golden_model(model)), format, &out);
        EXPECT_EQ(s.code(), Code::unsupported);
        EXPECT_TRUE(out.empty());
        return std::string(s.message());
    };
    EXPECT_EQ(refusal("tiny_ffn_ternary", LegacyFormat::atome01),
              "ATOME01 cannot hold a feed-forward layer (d_ff 40): use .atome");
    EXPECT_EQ(refusal("tiny_no_state", LegacyFormat::atome02),
              "ATOME02 cannot hold disabled pathways: use .atome");
    EXPECT_EQ(refusal("tiny_gains_power3_pr", LegacyFormat::atomep3),
              "ATOMEP3 cannot hold gains: use .atome");
    EXPECT_EQ(refusal("tiny_none", LegacyFormat::atomep3),
              "ATOMEP3 cannot hold the float matrix embed.weight: use .atome");
    EXPECT_EQ(refusal("tiny_power3_pr", LegacyFormat::atomep3),
              "ATOMEP3 cannot hold one scale a row (embed.weight): use .atome");
    EXPECT_EQ(refusal("tiny_power3", LegacyFormat::atome02),
              "ATOME02 cannot hold codes +-3 and +-9 (embed.weight): use .atome");
    EXPECT_EQ(refusal("tiny_int4", LegacyFormat::atomep3),
              "ATOMEP3 cannot hold codes -7..7 (quantizer int4): use .atome");
    EXPECT_EQ(refusal("tiny_selective_none", LegacyFormat::atome01),
              "ATOME01 cannot hold a selective state: use .atome");
}

// Every flip of one bit is either rejected or read as the model that those bytes describe.
TEST(Legacy, BitFlipsAreRejectedOrReadExactly) {
    for (const PublishedFile& s : kPublishedFiles) {
        if (std::string(s.model) == "default_60k") continue;
        const CodedModel model = quantised(golden_model(s.model));
        Bytes bytes = written(model, s.format);
        std::size_t rejected = 0;
        for (std::size_t bit = 0; bit < 8 * bytes.size(); bit++) {
            bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
            CodedModel back;
            if (read(bytes, &model.config, &back).ok()) {
                ASSERT_EQ(written(back, s.format), bytes) << "bit " << bit;
            } else {
                rejected++;
            }
            bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
        }
        EXPECT_GT(rejected, 56u);  // at least those of the magic
    }
}

}  // namespace
}  // namespace atome::test
