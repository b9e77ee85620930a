// Vocabularies in files: `.atome`, `.safetensors` and those that have none. Bad tables are refused with one
// line that says where, and whatever opens is safe to use.
#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/load.h"
#include "atome/infer/stream.h"
#include "atome/models/gpt/model.h"
#include "atome/tokens/learn.h"
#include "helpers.h"
#include "tests/pairs_model.h"
#include "tests/reseal.h"

namespace atome::test {
namespace {

using namespace layout;

const Bytes kTable = {0, 2, 'a', 'b', 2, 1, 2, 3, 1};  // 1 a, 2 b, 3 ab, 4 aba

Config config_of(uint32_t V = 256) {
    Config c;
    c.vocab_size = V;
    c.d_model = 2;
    c.n_layers = 1;
    c.d_head = 1;
    c.top_k = 1;
    c.kernel_size = 2;
    return c;
}

CodedModel model_of(const Bytes& table) {
    CodedModel m = quantised(random_model(config_of(), 1));
    m.vocabulary = table;
    return m;
}

Bytes written(const CodedModel& model) {
    Bytes bytes;
    const Status s = write_atome(model, Encoding::trit2, &bytes);
    EXPECT_TRUE(s.ok()) << s.message();
    return bytes;
}

// Where the first entry behind the tensors is, and its section.
uint32_t entry_of(const Bytes& file) {
    uint32_t at = kDirectoryOffset;
    while (load<uint16_t>(file.data() + at + kKindAt) <= 17) at += kEntrySize;
    return at;
}
uint32_t section_of(const Bytes& file) { return load<uint32_t>(file.data() + entry_of(file) + kOffsetAt); }

// A file with these vocabularies, which the writer would not write: sections of its own, renamed.
Bytes with_tables(const std::vector<Bytes>& tables, uint32_t V = 256) {
    std::vector<ExtraSection> sections;
    for (const Bytes& table : tables) sections.push_back({200, table});
    Bytes file;
    const Status s = write_atome(quantised(random_model(config_of(V), 1)), Encoding::trit2, &file, sections);
    EXPECT_TRUE(s.ok()) << s.message();
    for (uint32_t i = 0, at = entry_of(file); i < tables.size(); i++, at += kEntrySize)
        store(file.data() + at + kKindAt, kVocabularyKind);
    reseal(&file);
    return file;
}

// The message of a file that is refused, without the byte that it begins with, which must be `at`.
std::string refusal(const Bytes& file, uint32_t at) {
    AlignedBytes aligned(file);
    ModelView view;
    const Status s = ModelView::open(aligned.data(), aligned.size(), &view);
    EXPECT_EQ(s.code(), Code::bad_file) << s.message();
    EXPECT_FALSE(view.vocabulary());
    const std::string message(s.message()), start = "byte " + std::to_string(at) + ": ";
    EXPECT_EQ(message.substr(0, start.size()), start) << message;
    return message.substr(std::min(message.size(), start.size()));
}
std::string table_refusal(const Bytes& table, uint32_t V = 256) {
    const Bytes file = with_tables({table}, V);
    const std::string message = refusal(file, section_of(file)), start = "section vocabulary: ";
    EXPECT_EQ(message.substr(0, start.size()), start) << message;
    return message.substr(std::min(message.size(), start.size()));
}

Bytes changed(std::size_t at, uint8_t value) {
    Bytes table = kTable;
    table[at] = value;
    return table;
}

TEST(VocabularyFiles, AtomeRoundTrip) {
    const CodedModel model = quantised(pairs_model(small_pairs_config()));
    const Bytes file = written(model);
    EXPECT_EQ(load<uint16_t>(file.data() + entry_of(file)), 64u);
    EXPECT_EQ(load<uint32_t>(file.data() + entry_of(file) + kSizeAt), model.vocabulary.size());
    CodedModel back;
    ASSERT_OK(read_atome(file.data(), file.size(), &back));
    EXPECT_EQ(back.vocabulary, model.vocabulary);
    expect_equal(back, model);
    EXPECT_EQ(written(back), file);
    // The section is what is added; without it the bytes are those of a model of bytes.
    EXPECT_EQ(written(model_of(kTable)), with_tables({kTable}));
    const Bytes plain = written(model_of({}));
    EXPECT_EQ(written(model_of(kTable)).size(), plain.size() + kEntrySize + 16);
    // Optional sections stand behind it, and it may stand behind them.
    Bytes more;
    ASSERT_OK(write_atome(model_of(kTable), Encoding::trit2, &more, {{200, {1, 2, 3}}}));
    ASSERT_OK(read_atome(more.data(), more.size(), &back));
    EXPECT_EQ(back.vocabulary, kTable);
    store<uint16_t>(more.data() + entry_of(more) + kKindAt, 201);
    reseal(&more);
    ASSERT_OK(read_atome(more.data(), more.size(), &back));
    EXPECT_TRUE(back.vocabulary.empty());
}

TEST(VocabularyFiles, AtomeRefusesTablesThatAreNone) {
    EXPECT_EQ(table_refusal(changed(6, 3)), "vocabulary byte 6: merge 0 joins token 3: use 1..2");  // itself
    EXPECT_EQ(table_refusal(changed(5, 4)), "vocabulary byte 5: merge 0 joins token 4: use 1..2");  // a later
    EXPECT_EQ(table_refusal(changed(8, 255)), "vocabulary byte 8: merge 1 joins token 255: use 1..3");
    EXPECT_EQ(table_refusal(changed(5, 0)), "vocabulary byte 5: merge 0 joins token 0: use 1..2");
    EXPECT_EQ(table_refusal({0, 2, 'a', 'b', 2, 1, 2, 1, 2}),
              "vocabulary byte 7: merge 1 has the text of token 3");
    EXPECT_EQ(table_refusal(changed(3, 'a')), "vocabulary byte 3: byte 97 does not come after 97");
    EXPECT_EQ(table_refusal({0, 1, 'a', 5, 1, 1, 2, 2, 3, 3, 4, 4, 5, 1}),
              "vocabulary byte 12: merge 4 has 17 bytes of text: use at most 16");
    EXPECT_EQ(table_refusal(changed(0, 3)), "vocabulary byte 0: rule is 3: use 0..2");
    EXPECT_EQ(table_refusal(changed(1, 0)), "vocabulary byte 1: no byte has a token: use 1..255");
    EXPECT_EQ(table_refusal(changed(4, 254)), "vocabulary byte 4: 254 merges: use 0..253");
    Bytes cut = kTable;
    cut.pop_back();
    EXPECT_EQ(table_refusal(cut), "vocabulary byte 8: it ends here: 2 merges end at byte 9");
    while (cut.size() > 1) {
        cut.pop_back();
        table_refusal(cut);
    }
    Bytes longer = kTable;
    longer.push_back(0);
    EXPECT_EQ(table_refusal(longer), "vocabulary byte 10: it ends here: 2 merges end at byte 9");
    for (const uint32_t V : {1u, 7u, 255u})
        EXPECT_EQ(table_refusal(kTable, V),
                  "a vocabulary of pairs is for vocab_size 256: this model has " + std::to_string(V));
}

TEST(VocabularyFiles, AtomeRefusesSectionsThatAreNone) {
    const Bytes empty = with_tables({{}});
    EXPECT_EQ(refusal(empty, entry_of(empty) + kSizeAt), "the vocabulary is empty");
    const Bytes two = with_tables({kTable, kTable});
    EXPECT_EQ(refusal(two, entry_of(two) + kEntrySize + kKindAt), "a second vocabulary");
    const Bytes good = with_tables({kTable});
    const uint32_t entry = entry_of(good);
    for (uint32_t at = kLayerAt; at < kCrcAt; at++) {
        if (at == kEntryZeroAt) at = kRowsAt;  // behind the reserved bytes, offset and size
        Bytes bad = good;
        bad[entry + at] = 1;
        reseal(&bad);
        EXPECT_EQ(refusal(bad, entry + at), "unused directory byte is 1, expected 0");
    }
    // Cut off, and longer than the file.
    Bytes bad = good;
    store<uint32_t>(bad.data() + entry + kSizeAt, static_cast<uint32_t>(kTable.size()) - 1);
    reseal(&bad);
    EXPECT_EQ(refusal(bad, section_of(bad) + static_cast<uint32_t>(kTable.size()) - 1),
              "padding after a section is 1, expected 0");
    store<uint32_t>(bad.data() + entry + kSizeAt, 1000);
    reseal(&bad);
    EXPECT_NE(refusal(bad, entry + kSizeAt).find("past the end of the file"), std::string::npos);
}

TEST(VocabularyFiles, EveryChangeOfABitAndEveryCutIsRefused) {
    AlignedBytes file(written(model_of(kTable)));
    ModelView view;
    ASSERT_OK(ModelView::open(file.data(), file.size(), &view));
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < file.size(); at++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            file.data()[at] ^= static_cast<uint8_t>(1u << bit);
            accepted += ModelView::open(file.data(), file.size(), &view).ok();
            file.data()[at] ^= static_cast<uint8_t>(1u << bit);
        }
        accepted += ModelView::open(file.data(), at, &view).ok();
    }
    EXPECT_EQ(accepted, 0u);
    ASSERT_OK(ModelView::open(file.data(), file.size(), &view));
}

TEST(VocabularyFiles, WritersRefuseTablesThatAreNone) {
    for (const std::size_t at : {0u, 1u, 5u, 8u}) {
        Bytes out = {1, 2, 3};
        EXPECT_EQ(write_atome(model_of(changed(at, 200)), Encoding::trit2, &out).code(), Code::bad_file);
        FloatModel floats = random_model(config_of(), 1);
        floats.vocabulary = changed(at, 200);
        EXPECT_EQ(write_safetensors(floats, {}, {}, &out).code(), Code::bad_file);
        EXPECT_EQ(out, (Bytes{1, 2, 3}));
    }
    FloatModel other = random_model(config_of(50), 1);
    other.vocabulary = kTable;
    Bytes out;
    EXPECT_EQ(write_safetensors(other, {}, {}, &out).message(),
              "a vocabulary of pairs is for vocab_size 256: this model has 50");
}

TEST(VocabularyFiles, TheLegacyFormatsHaveNone) {
    for (const LegacyFormat format : {LegacyFormat::atome01, LegacyFormat::atome02, LegacyFormat::atomep3}) {
        CodedModel model = model_of(kTable);
        Bytes out = {1, 2, 3};
        const Status s = write_legacy(model, format, &out);
        EXPECT_EQ(s.code(), Code::unsupported);
        EXPECT_EQ(s.message(), std::string(name(format)) + " cannot hold a vocabulary of pairs: use .atome");
        EXPECT_EQ(out, (Bytes{1, 2, 3}));
        if (format == LegacyFormat::atomep3) model.config.quantizer = Quantizer::power3;
        model.vocabulary.clear();
        ASSERT_OK(write_legacy(model, format, &out));
    }
}

// A .safetensors file whose header's text has been changed.
Bytes with_header(const Bytes& file, const std::string& from, const std::string& to) {
    const auto size = static_cast<std::size_t>(load<uint64_t>(file.data()));
    std::string header(file.begin() + 8, file.begin() + 8 + static_cast<std::ptrdiff_t>(size));
    const std::size_t at = header.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    header.replace(at, from.size(), to);
    header.append((8 - header.size() % 8) % 8, ' ');
    Bytes out(8);
    store<uint64_t>(out.data(), header.size());
    out.insert(out.end(), header.begin(), header.end());
    out.insert(out.end(), file.begin() + 8 + static_cast<std::ptrdiff_t>(size), file.end());
    return out;
}

TEST(VocabularyFiles, Safetensors) {
    FloatModel model = random_model(config_of(), 1);
    model.vocabulary = kTable;
    Bytes file;
    ASSERT_OK(write_safetensors(model, {}, {}, &file));
    LoadedModel loaded;
    ASSERT_OK(load_model(file.data(), file.size(), nullptr, &loaded));
    ASSERT_TRUE(loaded.shadow);
    EXPECT_EQ(loaded.shadow->vocabulary, kTable);
    EXPECT_EQ(loaded.coded.vocabulary, kTable);
    const std::string tokenizer = "\"tokenizer\":\"pairs\"", hex = "000261620201020301",
                      vocabulary = "\"vocabulary\":\"" + hex + "\"";
    const auto refused = [](const Bytes& bytes) {
        LoadedModel ignored;
        const Status s = load_model(bytes.data(), bytes.size(), nullptr, &ignored);
        EXPECT_EQ(s.code(), Code::bad_file) << s.message();
        return std::string(s.message());
    };
    const auto with_hex = [&](const std::string& digits) { return refused(with_header(file, hex, digits)); };
    EXPECT_EQ(refused(with_header(file, tokenizer, "\"tokenizer\":\"words\"")),
              "metadata tokenizer is 'words': use bytes or pairs");
    EXPECT_EQ(refused(with_header(file, tokenizer, "\"tokenizer\":\"bytes\"")),
              "metadata vocabulary is there, but tokenizer is bytes");
    EXPECT_EQ(refused(with_header(file, tokenizer + ",", "")),
              "metadata vocabulary is there, but tokenizer is bytes");
    EXPECT_EQ(refused(with_header(file, vocabulary, "\"other\":\"\"")),
              "metadata vocabulary is missing, but tokenizer is pairs");
    const std::string digits = "metadata vocabulary is no even number of digits 0-9 and a-f";
    for (const char* bad : {"", "0", "00026162020102030", "0002616202010203g1", "00026162020102030A",
                            "00 26162020102030", "0x0261620201020301"})
        EXPECT_EQ(with_hex(bad), digits) << bad;
    EXPECT_EQ(with_hex("00"), "vocabulary byte 1: it ends early: a vocabulary has at least 4 bytes");
    EXPECT_EQ(with_hex("000261620201030301"), "vocabulary byte 6: merge 0 joins token 3: use 1..2");
    EXPECT_EQ(with_hex("0002616202010203ff"), "vocabulary byte 8: merge 1 joins token 255: use 1..3");
    EXPECT_EQ(with_hex("000261620201020102"), "vocabulary byte 7: merge 1 has the text of token 3");
    EXPECT_EQ(with_hex("0002616202010203"), "vocabulary byte 8: it ends here: 2 merges end at byte 9");

    // A model of bytes says nothing, as before there were others, or that it is one.
    model.vocabulary.clear();
    Bytes plain;
    ASSERT_OK(write_safetensors(model, {}, {}, &plain));
    const std::string header(plain.begin(),
                             plain.begin() + 8 + static_cast<long>(load<uint64_t>(plain.data())));
    EXPECT_EQ(header.find("tokenizer"), std::string::npos);
    EXPECT_EQ(header.find("\"vocabulary\""), std::string::npos);
    const Bytes says = with_header(plain, "\"__metadata__\":{", "\"__metadata__\":{\"tokenizer\":\"bytes\",");
    ASSERT_OK(load_model(says.data(), says.size(), nullptr, &loaded));
    EXPECT_TRUE(loaded.coded.vocabulary.empty());
    const Bytes lacks =
        with_header(plain, "\"__metadata__\":{", "\"__metadata__\":{\"tokenizer\":\"pairs\",");
    EXPECT_EQ(refused(lacks), "metadata vocabulary is missing, but tokenizer is pairs");
    // A table for another V.
    Bytes narrow;
    ASSERT_OK(write_safetensors(random_model(config_of(50), 1), {}, {}, &narrow));
    EXPECT_EQ(refused(with_header(narrow, "\"__metadata__\":{",
                                  "\"__metadata__\":{" + tokenizer + "," + vocabulary + ",")),
              "a vocabulary of pairs is for vocab_size 256: this model has 50");
}

TEST(VocabularyFiles, VanillaModelsHaveTheSame) {
    GptModel model;
    model.config.d_model = 4;
    model.config.n_layers = 1;
    model.config.n_heads = 1;
    model.config.d_ff = 4;
    model.config.max_seq = 8;
    for (uint32_t i = 0; i < tensor_count(model.config); i++)
        model.tensors.emplace_back(tensor_spec(model.config, i).size(), 0.5f);
    model.vocabulary = kTable;
    Bytes file;
    ASSERT_OK(write_gpt_safetensors(model, {}, {}, &file));
    const auto read = [](const Bytes& bytes, GptModel* out) {
        NamedTensors named;
        const Status s = parse_safetensors(bytes.data(), bytes.size(), &named);
        return s.ok() ? read_gpt(named, out) : s;
    };
    GptModel back;
    ASSERT_OK(read(file, &back));
    EXPECT_EQ(back.vocabulary, kTable);
    EXPECT_EQ(read(with_header(file, "000261620201020301", "000261620201030301"), &back).message(),
              "vocabulary byte 6: merge 0 joins token 3: use 1..2");
    EXPECT_EQ(read(with_header(file, "\"pairs\"", "\"bytes\""), &back).message(),
              "metadata vocabulary is there, but tokenizer is bytes");
}

// Whatever table passes every check can be used for any text and any token, within the room that is asked for
// (a sanitizer watches), and gives every text back.
TEST(VocabularyFiles, ResealedDamageNeverGivesABadVocabulary) {
    std::mt19937 random(11);
    CodedModel stories = model_of(story_vocabulary(3));
    Bytes all_bytes(3000);
    for (uint8_t& b : all_bytes) b = static_cast<uint8_t>(random() % 100 < 70 ? random() % 8 : random());
    for (const CodedModel& model :
         {stories, model_of(kTable), model_of(learn_vocabulary(all_bytes.data(), all_bytes.size()))}) {
        const Bytes good = written(model);
        const uint32_t at = section_of(good), size = static_cast<uint32_t>(model.vocabulary.size());
        std::size_t accepted = 0, rejected = 0;
        for (int round = 0; round < 1500; round++) {
            Bytes file = good;
            for (uint32_t i = 0; i <= random() % 3; i++) {
                uint8_t& byte = file[at + random() % size];
                // Any byte, or one near the one that was there, which is more often a token still.
                byte = static_cast<uint8_t>(random() % 2 ? random() : byte + random() % 9 - 4);
            }
            reseal(&file);
            AlignedBytes aligned(file);
            ModelView view;
            if (!ModelView::open(aligned.data(), aligned.size(), &view).ok()) {
                rejected++;
                continue;
            }
            accepted++;
            const Vocabulary& v = view.vocabulary();
            ASSERT_TRUE(v);
            for (uint32_t token = 0; token < 256; token++) {
                std::vector<uint8_t> text(Vocabulary::kMostBytes);
                ASSERT_LE(v.text(token, text.data()), Vocabulary::kMostBytes);
                ASSERT_EQ(v.text(token, text.data()) == 0, token == 0 || token >= v.tokens());
            }
            Bytes text(random() % 40);
            for (uint8_t& b : text) {
                const uint32_t kind = random() % 3;
                b = static_cast<uint8_t>(kind == 0   ? random()
                                         : kind == 1 ? 'a' + random() % 26
                                                     : random() % 8);
            }
            Bytes tokens(2 * text.size()), back;
            tokens.resize(v.encode(text.data(), text.size(), tokens.data()));
            TextOfTokens decoder(v);
            for (const uint8_t token : tokens) {
                std::vector<uint8_t> piece(Vocabulary::kMostBytes);
                piece.resize(decoder.add(token, piece.data()));
                back.insert(back.end(), piece.begin(), piece.end());
            }
            ASSERT_EQ(back, text);
        }
        EXPECT_GT(accepted, 50u);
        EXPECT_GT(rejected, 100u);
    }
}

}  // namespace
}  // namespace atome::test
