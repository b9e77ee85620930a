// Version 2 of `.atome`: what is written comes back, every damage is found, every rule names its byte.
#include <limits>

#include "atome/formats/atome_file.h"
#include "atome/tokens/learn.h"
#include "damage.h"

namespace atome::test {
namespace {

using namespace layout::compact;

Config compact_config(Quantizer quantizer = Quantizer::ternary) {
    Config c = small_config(quantizer);
    c.d_ff = 4;
    c.vectors = Vectors::bf16;
    return c;
}

Bytes written(const CodedModel& model, Encoding encoding = Encoding::trit5,
              const std::vector<ExtraSection>& extra = {}) {
    Bytes bytes;
    const Status s = write_atome(model, encoding, &bytes, extra);
    EXPECT_TRUE(s.ok()) << s.message();
    return bytes;
}

Bytes small_file(Quantizer q = Quantizer::ternary) {
    return written(quantised(random_model(compact_config(q), 1)));
}

void expect_view(const Bytes& bytes, const CodedModel& model) {
    AlignedBytes aligned(bytes);
    ModelView view;
    ASSERT_OK(ModelView::open(aligned.data(), aligned.size(), &view));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        SCOPED_TRACE(tensor_name(spec).view());
        const TensorView t = view.tensor(spec.kind, spec.layer);
        ASSERT_EQ(t.rows, spec.active ? spec.rows : 0);
        if (!spec.active) continue;
        const CodedTensor& from = model.tensors[i];
        for (std::size_t j = 0; j < from.values.size(); j++) ASSERT_EQ(t.number(j), from.values[j]);
        if (!from.coded()) continue;
        std::vector<int8_t> codes(from.codes.size());
        decode_codes(t.encoding, t.codes, 0, codes.size(), codes.data());
        EXPECT_EQ(codes, from.codes);
        for (uint32_t r = 0; r < spec.rows; r++)
            EXPECT_EQ(t.row_scale(r), from.scales[from.scales.size() == 1 ? 0 : r]);
    }
}

TEST(CompactFile, ComesBackForEveryQuantizerAndPathway) {
    for (const Quantizer q :
         {Quantizer::ternary, Quantizer::power3, Quantizer::power3_pr, Quantizer::none, Quantizer::int4})
        for (uint8_t disabled = 0; disabled < 7; disabled++)
            for (const uint32_t d_ff : {0u, 5u}) {
                Config c = compact_config(q);
                c.state = d_ff > 0 ? StateDecay::selective : StateDecay::fixed;
                c.disabled = disabled;
                c.d_ff = d_ff;
                CodedModel model = quantised(random_model(c, 3));
                model.window = 65536;
                const Bytes bytes = written(model);
                EXPECT_EQ(load<uint32_t>(&bytes[layout::kVersionAt]), 2u);
                CodedModel back;
                ASSERT_OK(read_atome(bytes.data(), bytes.size(), &back));
                expect_equal(back, model);
                EXPECT_EQ(back.window, model.window);
                EXPECT_EQ(written(back), bytes);
                expect_view(bytes, model);
            }
}

TEST(CompactFile, BlocksOfUnlikeEncodingsAreFound) {
    Config c = compact_config(Quantizer::power3);
    c.n_layers = 4;
    CodedModel model = quantised(random_model(c, 4));
    const uint32_t wq = tensor_index(c, TensorKind::wq, 1);
    for (int8_t& code : model.tensors[wq].codes) code = static_cast<int8_t>((code > 0) - (code < 0));
    expect_view(written(model), model);
}

TEST(CompactFile, VersionIsTheFirstThatCanSayTheConfiguration) {
    FloatModel model = random_model(small_config(), 1);
    EXPECT_EQ(load<uint32_t>(&written(quantised(model))[layout::kVersionAt]), 1u);
    model.config.vectors = Vectors::bf16;
    EXPECT_EQ(load<uint32_t>(&written(quantised(model))[layout::kVersionAt]), 2u);
    Config c = small_config();
    c.state = StateDecay::selective;
    EXPECT_EQ(load<uint32_t>(&written(quantised(random_model(c, 1)))[layout::kVersionAt]), 2u);
}

TEST(CompactFile, LittleOfAFileIsNeitherCodesNorVectorsNorVocabulary) {
    Config c;
    c.n_layers = 1;
    c.d_ff = 128;
    c.vectors = Vectors::bf16;
    FloatModel with_pairs = random_model(c, 1);
    const std::string text = "banana bandana";
    with_pairs.vocabulary = learn_vocabulary(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    const CodedModel model = quantised(with_pairs);
    std::size_t content = model.vocabulary.size();
    for (const CodedTensor& t : model.tensors)
        content += 2 * t.values.size() + packed_bytes(Encoding::trit5, t.codes.size());
    EXPECT_LE(written(model).size() - content, 150u);
}

TEST(CompactFile, SectionsAndVocabularyComeBack) {
    FloatModel from = random_model(compact_config(), 5);
    CodedModel model = quantised(from);
    Bytes bytes = written(model, Encoding::trit2, {{128, {'h', 'i'}}, {4711, Bytes(33, 7)}, {131, {}}});
    CodedModel back;
    ASSERT_OK(read_atome(bytes.data(), bytes.size(), &back));
    expect_equal(back, model);
    bytes[bytes.size() - 10] ^= 1;
    EXPECT_FALSE(open(bytes).ok());
}

TEST(CompactFile, EveryTruncationAndExtensionIsRejected) {
    Bytes bytes = written(quantised(random_model(compact_config(), 1)), Encoding::trit5, {{128, {1, 2, 3}}});
    ASSERT_OK(open(bytes));
    for (std::size_t n = 0; n < bytes.size(); n++) {
        const Bytes cut(bytes.begin(), bytes.begin() + static_cast<long>(n));
        EXPECT_FALSE(open(cut).ok()) << n;
        if (n < kConfigAt) continue;
        Bytes resealed = cut;
        store(resealed.data() + kFileSizeAt, static_cast<uint32_t>(n));
        reseal(&resealed);
        EXPECT_FALSE(open(resealed).ok()) << n;
    }
    bytes.resize(bytes.size() + 4, 0);
    EXPECT_FALSE(open(bytes).ok());
}

TEST(CompactFile, EveryChangeOfOneByteIsRejected) {
    Config c = compact_config();
    c.n_layers = 1;
    for (const Quantizer q : {Quantizer::ternary, Quantizer::power3_pr, Quantizer::int4}) {
        c.quantizer = q;
        AlignedBytes bytes(
            written(quantised(random_model(c, 2)), Encoding::trit5, {{128, {1, 2, 3}}, {129, {}}}));
        ModelView view;
        ASSERT_OK(ModelView::open(bytes.data(), bytes.size(), &view));
        for (std::size_t at = 0; at < bytes.size(); at++) {
            const uint8_t good = bytes.data()[at];
            for (int change = 1; change < 256; change++) {
                bytes.data()[at] = static_cast<uint8_t>(good ^ change);
                const Status s = ModelView::open(bytes.data(), bytes.size(), &view);
                ASSERT_FALSE(s.ok()) << at;
                ASSERT_EQ(std::string(s.message()).rfind("byte ", 0), 0u) << s.message();
            }
            bytes.data()[at] = good;
        }
    }
}

TEST(CompactFile, ResealedDamageNeverGivesABadModel) {
    ResealedDamage damage(7);
    for (const Quantizer q :
         {Quantizer::ternary, Quantizer::power3, Quantizer::power3_pr, Quantizer::none, Quantizer::int4}) {
        const Bytes good = small_file(q);
        ASSERT_NO_FATAL_FAILURE(damage.run(good, 150));
    }
    damage.expect_both();
}

TEST(CompactFile, RulesOfTheHead) {
    const Bytes good =
        written(quantised(random_model(compact_config(), 1)), Encoding::trit5, {{200, {1, 2, 3}}});
    const uint32_t head = load<uint32_t>(&good[kHeadSizeAt]);
    // 10 fields in 20 bytes, then scales and encodings of 16 matrices.
    const uint32_t scales = kConfigAt + 20, encodings = scales + 4 * 16, entry = encodings + 16;
    ASSERT_EQ(head, entry + kEntrySize + 4);
    const auto byte = [](uint32_t at) { return "byte " + std::to_string(at) + ": "; };
    expect_rejected<uint32_t>(good, kFileSizeAt, 8, "byte 12: file size is 8");
    expect_rejected<uint32_t>(good, kHeadSizeAt, head + 4, "byte 16: head size is");
    expect_rejected<uint32_t>(good, kHeadSizeAt, 0xfffffffc, "byte 16: head size is 4294967292");
    expect_rejected<uint32_t>(good, kWindowAt, 65537, "byte 24: window is 65537");
    expect_rejected<uint16_t>(good, kConfigCountAt, 9, "byte 28: config record of 9 fields");
    expect_rejected<uint16_t>(good, kConfigCountAt, 1000, "byte 28: config record of 1000 fields");
    expect_rejected<uint16_t>(good, kEntriesAt, 0, "byte 16: head size is");
    expect_rejected<uint16_t>(good, kConfigAt, 0, "vocab_size is 0", Code::bad_config);
    expect_rejected<uint16_t>(good, kConfigAt + 14, 5, "byte 46: quantizer is 5: use 0..4");
    expect_rejected<uint16_t>(good, kConfigAt + 18, 0, "byte 28: config record of 10 fields: the last one");
    expect_rejected<uint16_t>(good, kConfigAt + 18, 2, "byte 50: vectors is 2: use 0..1");
    expect_rejected<float>(good, scales + 4, 0.0f, byte(scales + 4) + "blocks.0.local.weight: scale is not");
    expect_rejected<uint32_t>(good, scales, 0x7f800000, byte(scales) + "embed.weight", Code::not_finite);
    expect_rejected<uint8_t>(good, encodings, 5, byte(encodings) + "embed.weight: encoding is 5: use 0..4");
    expect_rejected<uint8_t>(good, encodings, 4, byte(encodings) + "embed.weight: encoding is 4, which");
    expect_rejected<uint8_t>(good, encodings, 0, byte(scales) + "embed.weight: the entry's scale is unused");
    expect_rejected<uint8_t>(good, encodings + 1, 0x82, byte(encodings + 1) + "blocks.0.local.weight");
    expect_rejected<uint32_t>(good, entry, 127, byte(entry) + "section kind is 127");
    expect_rejected<uint32_t>(good, entry, 65536, byte(entry) + "section kind is 65536");
    expect_rejected<uint32_t>(good, entry + kSizeAt, 0xffffffff, byte(entry + kSizeAt) + "section ends at");
    expect_rejected<uint8_t>(good, good.size() - 1, 1, "padding after a section");
}

TEST(CompactFile, RulesOfContent) {
    const Bytes good = small_file(), rows = small_file(Quantizer::power3_pr);
    const uint32_t head = load<uint32_t>(&good[kHeadSizeAt]);
    const auto byte = [](uint32_t at) { return "byte " + std::to_string(at) + ": "; };
    // (7, 6) codes in 9 bytes, three of padding, then the first norm.
    expect_rejected<uint8_t>(good, head, 243, byte(head) + "embed.weight: invalid code or padding 243");
    expect_rejected<uint8_t>(good, head + 9, 1, byte(head + 9) + "padding after tensors");
    expect_rejected<uint16_t>(good, head + 14, 0x7f80, byte(head + 14) + "blocks.0.norm.weight: element 1",
                              Code::not_finite);
    expect_rejected<uint32_t>(rows, head + 4, 0, byte(head + 4) + "embed.weight: row scale is not above 0");
}

TEST(CompactFile, VectorsAreRoundedToTheNearestAndTiesToEven) {
    const auto bits = [](float v) { return bits_of(rounded(Encoding::bf16, v)); };
    EXPECT_EQ(bits(float_of(0x3f808000)), 0x3f800000u);
    EXPECT_EQ(bits(float_of(0x3f808001)), 0x3f810000u);
    EXPECT_EQ(bits(float_of(0x3f818000)), 0x3f820000u);
    EXPECT_EQ(bits(-0.0f), 0x80000000u);
    FloatModel model = random_model(compact_config(), 1);
    CodedModel coded = quantised(model);
    coded.tensors[1].values[0] = 1.001f;
    EXPECT_EQ(check(coded).message(), "blocks.0.norm.weight: element 0 is not rounded to bf16");
    model.tensors[1][0] = std::numeric_limits<float>::max();
    EXPECT_EQ(quantise(model, &coded).code(), Code::not_finite);
}

TEST(CompactFile, TensorsOfTrainingKeepTheirFloats) {
    const FloatModel model = random_model(compact_config(), 1);
    Bytes bytes;
    ASSERT_OK(write_safetensors(model, {}, {}, &bytes));
    NamedTensors file;
    ASSERT_OK(parse_safetensors(bytes.data(), bytes.size(), &file));
    FloatModel back;
    ASSERT_OK(read_model(file, &back));
    EXPECT_EQ(back.config, model.config);
    EXPECT_EQ(back.tensors, model.tensors);
}

}  // namespace
}  // namespace atome::test
