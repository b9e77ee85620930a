// ModelView::open: every damage is found, and every rule of FORMAT.md is enforced at the right byte.
#include "atome/model/view.h"

#include <limits>

#include "atome/formats/atome_file.h"
#include "atome/quant/coded_model.h"
#include "damage.h"

namespace atome::test {
namespace {

using namespace layout;

Bytes written(const FloatModel& model, Encoding encoding = Encoding::trit2) {
    Bytes bytes;
    const Status s = write_atome(quantised(model), encoding, &bytes);
    EXPECT_TRUE(s.ok()) << s.message();
    return bytes;
}

Bytes small_file(Quantizer q = Quantizer::ternary, Encoding encoding = Encoding::trit2) {
    return written(random_model(small_config(q), 1), encoding);
}

// Where tensor `index` of a model without disabled pathways has its entry and its section.
uint32_t entry_at(uint32_t index) { return kDirectoryOffset + index * kEntrySize; }
uint32_t section_at(const Bytes& b, uint32_t index) {
    return load<uint32_t>(b.data() + entry_at(index) + kOffsetAt);
}

// The same file with a scale for each row of coded tensor `index`: well formed but for what it means.
Bytes with_row_scales(Bytes b, uint32_t index) {
    const uint32_t entry = entry_at(index), at = section_at(b, index);
    const uint32_t rows = load<uint32_t>(b.data() + entry + kRowsAt);
    const uint32_t count = load<uint32_t>(b.data() + kDirectoryCountAt);
    const uint32_t added = align_up<uint32_t>(4 * rows, kAlign);
    b.insert(b.begin() + at, added, 0);
    for (uint32_t r = 0; r < rows; r++) store(b.data() + at + 4 * r, 0.5f);
    const auto add_to = [&](uint32_t field) {
        store(b.data() + field, load<uint32_t>(b.data() + field) + added);
    };
    b[entry + kFlagsAt] = kRowScales;
    store(b.data() + entry + kScaleAt, 1.0f);
    add_to(entry + kSizeAt);
    for (uint32_t i = index + 1; i < count; i++) add_to(entry_at(i) + kOffsetAt);
    add_to(kFileSizeAt);
    reseal(&b);
    return b;
}

TEST(ModelView, EveryTruncationAndExtensionIsRejected) {
    Bytes bytes = small_file();
    ASSERT_OK(open(bytes));
    for (std::size_t n = 0; n < bytes.size(); n++) {
        const Status s = open(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(n)));
        EXPECT_FALSE(s.ok()) << n;
        EXPECT_FALSE(s.message().empty());
    }
    bytes.resize(bytes.size() + 16, 0);
    EXPECT_FALSE(open(bytes).ok());
}

TEST(ModelView, EveryChangeOfOneByteIsRejected) {
    Config c = small_config();
    c.n_layers = 1;
    for (Quantizer q : {Quantizer::ternary, Quantizer::power3_pr, Quantizer::int4}) {
        c.quantizer = q;
        AlignedBytes bytes(written(random_model(c, 2), Encoding::trit5));
        ModelView view;
        ASSERT_OK(ModelView::open(bytes.data(), bytes.size(), &view));
        std::size_t accepted = 0;
        for (std::size_t at = 0; at < bytes.size(); at++) {
            const uint8_t good = bytes.data()[at];
            for (int change = 1; change < 256; change++) {
                bytes.data()[at] = static_cast<uint8_t>(good ^ change);
                if (ModelView::open(bytes.data(), bytes.size(), &view).ok()) accepted++;
            }
            bytes.data()[at] = good;
        }
        EXPECT_EQ(accepted, 0u);
        ASSERT_OK(ModelView::open(bytes.data(), bytes.size(), &view));
    }
}

TEST(ModelView, MisalignedBytesAreRefused) {
    const Bytes bytes = small_file();
    ModelView view;
    for (std::size_t shift = 1; shift < 16; shift++) {
        AlignedBytes shifted(bytes, shift);
        EXPECT_EQ(ModelView::open(shifted.data(), shifted.size(), &view).code(), Code::bad_alignment);
    }
    EXPECT_EQ(ModelView::open(nullptr, 0, &view).code(), Code::bad_argument);
}

TEST(ModelView, HeaderRules) {
    const Bytes good = small_file();
    expect_rejected<uint32_t>(good, kVersionAt, 3, "byte 8: version is 3, expected 1 or 2");
    expect_rejected<uint32_t>(good, kHeaderSizeAt, 63, "byte 12: header size is 63, expected 64");
    expect_rejected<uint32_t>(good, kFileSizeAt, 0xffffffff, "byte 16: file size is 4294967295");
    expect_rejected<uint32_t>(good, kConfigOffsetAt, 80, "byte 20: config offset is 80, expected 64");
    expect_rejected<uint32_t>(good, kConfigSizeAt, 64, "byte 24: config size is 64, expected 48");
    expect_rejected<uint32_t>(good, kDirectoryOffsetAt, 128,
                              "byte 28: directory offset is 128, expected 112");
    expect_rejected<uint32_t>(good, kDirectoryCountAt, 0xffffffff,
                              "byte 32: directory of 4294967295 entries");
    expect_rejected<uint32_t>(good, kDirectoryCountAt, 23, "byte 120: section offset is 880, expected 848");
    for (uint32_t at = kReservedAt; at < kHeaderCrcAt; at++)
        expect_rejected<uint8_t>(good, at, 1, "byte " + std::to_string(at) + ": reserved");
    Bytes none = good;  // a directory of nothing
    store<uint32_t>(none.data() + kDirectoryCountAt, 0);
    reseal(&none);
    EXPECT_EQ(open(none).message(), "byte 32: directory of 0 entries lacks embed.weight");
}

TEST(ModelView, ChecksumsSayWhichPart) {
    const Bytes good = small_file();
    const auto message = [&](std::size_t at) {
        Bytes b = good;
        b[at] ^= 0x40;
        return std::string(open(b).message());
    };
    EXPECT_EQ(message(61).find("byte 60: header CRC32C is "), 0u);
    EXPECT_EQ(message(64).find("byte 36: config CRC32C is "), 0u);
    EXPECT_EQ(message(200).find("byte 40: directory CRC32C is "), 0u);
    const uint32_t entry = entry_at(3);
    EXPECT_EQ(
        message(section_at(good, 3)).find("byte " + std::to_string(entry + kCrcAt) + ": section CRC32C is "),
        0u);
}

TEST(ModelView, ConfigRules) {
    const Bytes good = small_file();
    const char* names[] = {"vocab_size", "d_model", "n_layers", "d_head", "top_k", "kernel_size"};
    for (uint32_t i = 0; i < 6; i++) {
        for (uint32_t value : {0u, 1u << 31, 0xffffffffu})
            expect_rejected<uint32_t>(good, kConfigOffset + 4 * i, value, std::string(names[i]) + " is ",
                                      Code::bad_config);
    }
    expect_rejected<uint32_t>(good, kConfigOffset + 24, 1u << 31, "d_ff is ", Code::bad_config);
    expect_rejected<uint32_t>(good, kConfigOffset + 28, 5, "byte 92: quantizer is 5: use 0..4");
    expect_rejected<uint32_t>(good, kConfigOffset + 28, 256, "byte 92: quantizer is 256");
    expect_rejected<uint32_t>(good, kConfigOffset + 32, 7, "byte 96: disable_pathways is 7");
    expect_rejected<uint32_t>(good, kConfigOffset + 32, 256, "byte 96: disable_pathways is 256");
    expect_rejected<uint32_t>(good, kConfigOffset + 36, 65537, "byte 100: window is 65537");
    expect_rejected<uint8_t>(good, kConfigOffset + 40, 1, "byte 104: reserved");
    expect_rejected<uint8_t>(good, kConfigOffset + 47, 1, "byte 111: reserved");
    // A configuration that is legal, but not that of the directory.
    expect_rejected<uint32_t>(good, kConfigOffset, 8, "embed.weight: rows is 7, expected 8");
    expect_rejected<uint32_t>(good, kConfigOffset + 8, 3, "tensor kind is 15, expected 1");
    expect_rejected<uint32_t>(good, kConfigOffset + 32, 1, "tensor kind is 3, expected 4");
}

TEST(ModelView, DirectoryRules) {
    const Bytes good = small_file();
    const Bytes rows = small_file(Quantizer::power3_pr);
    const uint32_t embed = entry_at(0), gamma = entry_at(1), last = entry_at(23);
    const auto byte = [](uint32_t at) { return "byte " + std::to_string(at) + ": "; };
    expect_rejected<uint16_t>(good, embed + kKindAt, 17,
                              byte(embed) + "tensor kind is 17, expected 0 (embed.weight)");
    expect_rejected<uint16_t>(good, last + kKindAt, 128, byte(last) + "tensor kind is 128, expected 17");
    expect_rejected<uint16_t>(good, entry_at(11) + kLayerAt, 0,
                              byte(entry_at(11) + 2) + "blocks.1.norm.weight: layer is 0");
    expect_rejected<uint8_t>(good, embed + kEncodingAt, 4, byte(embed + 4) + "embed.weight: encoding is 4");
    expect_rejected<uint8_t>(good, gamma + kEncodingAt, 1,
                             byte(gamma + 4) + "blocks.0.norm.weight: encoding is 1");
    expect_rejected<uint8_t>(good, embed + kEncodingAt, 3,
                             byte(embed + 12) + "embed.weight: size is 11, expected 16");
    expect_rejected<uint8_t>(good, embed + kFlagsAt, 2,
                             byte(embed + 5) + "embed.weight: flags are 2, expected 0 or 1");
    expect_rejected<uint8_t>(good, gamma + kFlagsAt, 1, byte(gamma + 5));
    expect_rejected<uint8_t>(good, embed + kFlagsAt, 1, "scale is unused");
    expect_rejected<uint16_t>(good, embed + kEntryZeroAt, 256, byte(embed + 7) + "reserved");
    expect_rejected<uint32_t>(good, embed + kOffsetAt, 0xfffffff0,
                              byte(embed + 8) + "section offset is 4294967280");
    expect_rejected<uint32_t>(good, gamma + kOffsetAt, section_at(good, 1) + 16, byte(gamma + 8));
    expect_rejected<uint32_t>(good, embed + kSizeAt, 0xffffffff, byte(embed + 12));
    expect_rejected<uint32_t>(good, embed + kSizeAt, 10,
                              byte(embed + 12) + "embed.weight: size is 10, expected 11");
    expect_rejected<uint32_t>(good, embed + kRowsAt, 6,
                              byte(embed + 16) + "embed.weight: rows is 6, expected 7");
    expect_rejected<uint32_t>(good, embed + kColsAt, 7,
                              byte(embed + 20) + "embed.weight: cols is 7, expected 6");
    expect_rejected<float>(good, embed + kScaleAt, 0.0f,
                           byte(embed + 24) + "embed.weight: scale is not above 0");
    expect_rejected<float>(good, embed + kScaleAt, -1.0f, byte(embed + 24));
    expect_rejected<uint32_t>(good, embed + kScaleAt, 0x7f800000, byte(embed + 24), Code::not_finite);
    expect_rejected<uint32_t>(good, embed + kScaleAt, 0x7fc00000, byte(embed + 24), Code::not_finite);
    expect_rejected<float>(good, gamma + kScaleAt, 2.0f,
                           byte(gamma + 24) + "blocks.0.norm.weight: the entry's scale");
    expect_rejected<float>(rows, embed + kScaleAt, 2.0f, byte(embed + 24));
}

TEST(ModelView, TheConvHasOneScale) {
    constexpr uint32_t kConv = 3;
    for (const Quantizer q : {Quantizer::ternary, Quantizer::power3, Quantizer::power3_pr, Quantizer::int4}) {
        const Bytes good = small_file(q);
        // The other matrices may have row scales, whatever the quantizer is.
        if (q != Quantizer::power3_pr) ASSERT_OK(open(with_row_scales(good, 0)));
        const Status s = open(with_row_scales(good, kConv));
        EXPECT_EQ(s.code(), Code::bad_file);
        EXPECT_EQ(s.message(),
                  "byte " + std::to_string(entry_at(kConv) + kFlagsAt) +
                      ": blocks.0.local.weight: flags are 1, expected 0: the conv has one scale");
    }
}

TEST(ModelView, ContentRules) {
    const Bytes good = small_file();
    const Bytes base3 = small_file(Quantizer::ternary, Encoding::trit5);
    const Bytes rows = small_file(Quantizer::power3_pr);
    const auto byte = [](uint32_t at) { return "byte " + std::to_string(at) + ": "; };
    const uint32_t gamma = section_at(good, 1);
    expect_rejected<uint32_t>(good, gamma + 8, 0xff800000,
                              byte(gamma + 8) + "blocks.0.norm.weight: element 2", Code::not_finite);
    // (7, 6) codes: 42 of them, so two of the last byte's four places are padding.
    const uint32_t embed = section_at(good, 0);
    expect_rejected<uint8_t>(good, embed + 3, 0b01100001,
                             byte(embed + 3) + "embed.weight: invalid code or padding 97");
    expect_rejected<uint8_t>(good, embed + 10, 0b00010000, byte(embed + 10));
    expect_rejected<uint8_t>(good, embed + 11, 1, byte(embed + 11) + "padding after a section");
    const uint32_t embed3 = section_at(base3, 0);
    expect_rejected<uint8_t>(base3, embed3 + 2, 243,
                             byte(embed3 + 2) + "embed.weight: invalid code or padding 243");
    expect_rejected<uint8_t>(base3, embed3 + 8, 0, byte(embed3 + 8));
    // Power of three: 7 row scales in 32 bytes, then 42 codes in 16 bytes of which two bits are padding.
    const uint32_t embed_rows = section_at(rows, 0);
    expect_rejected<uint32_t>(rows, embed_rows + 4, 0,
                              byte(embed_rows + 4) + "embed.weight: row scale is not above 0");
    expect_rejected<uint32_t>(rows, embed_rows + 24, 0x7f800000, byte(embed_rows + 24), Code::not_finite);
    expect_rejected<uint8_t>(rows, embed_rows + 28, 1,
                             byte(embed_rows + 28) + "padding after the row scales");
    expect_rejected<uint8_t>(rows, embed_rows + 32, 0b00000111,
                             byte(embed_rows + 32) + "embed.weight: invalid code");
    expect_rejected<uint8_t>(rows, embed_rows + 47, 0b01000000,
                             byte(embed_rows + 47) + "embed.weight: invalid code");
}

TEST(ModelView, Int4Rules) {
    const Bytes good = small_file(Quantizer::int4), ternary = small_file();
    ASSERT_OK(open(good));
    const auto byte = [](uint32_t at) { return "byte " + std::to_string(at) + ": "; };
    // 42 codes in 21 bytes; the conv of block 0 has 18 in 9, the router 3 * 6 in 9.
    const uint32_t embed = section_at(good, 0);
    for (const uint32_t at : {embed, embed + 20}) {
        const uint8_t high = good[at] & 0xf0u, low = good[at] & 0x0fu;
        expect_rejected<uint8_t>(
            good, at, high | 0x08u,
            byte(at) + "embed.weight: invalid code or padding " + std::to_string(high | 0x08u));
        expect_rejected<uint8_t>(good, at, 0x80u | low, byte(at) + "embed.weight: invalid code or padding");
    }
    expect_rejected<uint8_t>(good, embed + 21, 1, byte(embed + 21) + "padding after a section");
    // wq is (5, 6); a d_model of 5 has 25 codes in 13 bytes, and half a byte of padding.
    Config odd = small_config(Quantizer::int4);
    odd.d_model = 5;
    const Bytes odd_file = written(random_model(odd, 1));
    const uint32_t wq = section_at(odd_file, 7);
    expect_rejected<uint8_t>(odd_file, wq + 12, odd_file[wq + 12] | 0x10u,
                             byte(wq + 12) + "blocks.0.sparse.Wq.weight: invalid code or padding");
    // The quantizer and the encodings go together.
    const uint32_t entry = entry_at(0) + kEncodingAt;
    expect_rejected<uint8_t>(
        ternary, entry, 4, byte(entry) + "embed.weight: encoding is 4, which quantizer ternary does not use");
    for (const uint8_t other : {1, 2, 3})
        expect_rejected<uint8_t>(good, entry, other,
                                 byte(entry) + "embed.weight: encoding is " + std::to_string(other) +
                                     ", which quantizer int4 does not use");
    expect_rejected<uint8_t>(good, entry, 5, byte(entry) + "embed.weight: encoding is 5: use 0..4");
}

TEST(ModelView, UnknownKindsBelow128AreRefusedAfterTheTensors) {
    Bytes bytes;
    ASSERT_OK(
        write_atome(quantised(random_model(small_config(), 1)), Encoding::trit2, &bytes, {{200, {1, 2, 3}}}));
    ASSERT_OK(open(bytes));
    expect_rejected<uint16_t>(bytes, entry_at(24) + kKindAt, 18,
                              "section kind is 18, expected 64 or 128 or more");
    expect_rejected<uint16_t>(bytes, entry_at(24) + kKindAt, 127, "section kind is 127");
    expect_rejected<uint32_t>(bytes, entry_at(24) + kSizeAt, 0xffffffff, "past the end of the file");
    expect_rejected<uint8_t>(bytes, bytes.size() - 1, 1, "padding after a section");
}

TEST(ModelView, ResealedDamageNeverGivesABadModel) {
    ResealedDamage damage(7);
    for (Quantizer q :
         {Quantizer::ternary, Quantizer::power3, Quantizer::power3_pr, Quantizer::none, Quantizer::int4}) {
        const Bytes good = small_file(q, Encoding::trit5);
        ASSERT_NO_FATAL_FAILURE(damage.run(good, good.size()));
    }
    damage.expect_both();
}

}  // namespace
}  // namespace atome::test
