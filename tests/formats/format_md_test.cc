// The worked examples of FORMAT.md are what is written and learned.
#include <iomanip>
#include <sstream>

#include "atome/formats/atome_file.h"
#include "atome/tokens/learn.h"
#include "helpers.h"

namespace atome::test {
namespace {

// The model that FORMAT.md describes.
FloatModel example_model() {
    FloatModel m;
    m.config.vocab_size = 3;
    m.config.d_model = 2;
    m.config.n_layers = 1;
    m.config.d_head = 1;
    m.config.top_k = 1;
    m.config.kernel_size = 3;
    m.config.disabled = 1u << static_cast<unsigned>(Pathway::sparse);
    m.window = 32;
    m.tensors = {
        {1.0f, -1.0f, 0.25f, 1.0f, -0.5f, -0.75f},  // embed (3, 2)
        {1.0f, 0.5f},
        {0.0f, -0.25f},                         // norm gamma, beta
        {0.0f, 0.5f, 1.0f, -1.0f, 0.0f, 0.5f},  // conv (2, 3), the last tap is the current position
        {1.5f, 2.0f},
        {0.5f, 0.25f},
        {1.0f, -1.0f},  // state a_raw, b, c_out
        {},
        {},
        {},                         // Wq, Wk, Wv: the sparse pathway is off
        {0.5f, -0.5f, 0.0f, 1.0f},  // router (2, 2)
        {1.0f, 1.0f},
        {0.0f, 0.0f},                           // final gamma, beta
        {1.0f, 0.0f, -1.0f, 1.0f, 0.0f, 1.0f},  // unembed (3, 2)
    };
    return m;
}

// The lines "0010  12 34 ... | comment" of the document's blocks marked hex, block after block.
std::vector<Bytes> examples_of_document() {
    const Bytes file = read_file(ATOME_SOURCE_DIR "/core/atome/formats/FORMAT.md");
    std::istringstream in(std::string(file.begin(), file.end()));
    std::vector<Bytes> examples;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line == "```hex") {
            inside = true;
            examples.emplace_back();
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            Bytes& bytes = examples.back();
            std::istringstream words(line.substr(0, line.find('|')));
            std::size_t offset = 0;
            words >> std::hex >> offset;
            EXPECT_EQ(offset, bytes.size()) << line;
            for (unsigned b; words >> std::hex >> b;) bytes.push_back(static_cast<uint8_t>(b));
        }
    }
    EXPECT_EQ(examples.size(), 3u);
    examples.resize(3);
    return examples;
}

Bytes vocabulary_of_document() { return examples_of_document()[0]; }
// `version`: 1, or 2 of the same model with vectors of 16 bits.
Bytes file_of_document(uint32_t version) { return examples_of_document()[version]; }

TEST(FormatMd, VocabularyIsWhatIsLearned) {
    const auto bytes_of = [](const std::string& text) { return Bytes(text.begin(), text.end()); };
    const Bytes text = bytes_of("banana bandana"), table = learn_vocabulary(text.data(), text.size());
    EXPECT_EQ(vocabulary_of_document(), table);
    Vocabulary v;
    ASSERT_OK(Vocabulary::open(table.data(), table.size(), &v));
    const auto encoded = [&v](const Bytes& plain) {
        Bytes tokens(2 * plain.size());
        tokens.resize(v.encode(plain.data(), plain.size(), tokens.data()));
        return tokens;
    };
    EXPECT_EQ(encoded(text), (Bytes{7, 8, 1, 7, 4, 8}));
    EXPECT_EQ(encoded(bytes_of("a band?")), (Bytes{2, 1, 7, 4, 0, 63}));
}

void expect_documented(const FloatModel& model, uint32_t version) {
    Bytes written;
    ASSERT_OK(write_atome(quantised(model), Encoding::trit2, &written));
    const Bytes documented = file_of_document(version);
    std::ostringstream dump;  // what to put into the document when the format changes
    dump << std::hex << std::setfill('0');
    for (std::size_t i = 0; i < written.size(); i++) {
        if (i % 16 == 0) dump << "\n" << std::setw(4) << i << " ";
        dump << " " << std::setw(2) << unsigned{written[i]};
    }
    EXPECT_EQ(documented, written) << dump.str();
}

TEST(FormatMd, ExamplesAreWhatTheWriterWrites) {
    FloatModel model = example_model();
    expect_documented(model, 1);
    model.config.vectors = Vectors::bf16;
    expect_documented(model, 2);
}

TEST(FormatMd, ExamplesRead) {
    for (const uint32_t version : {1u, 2u}) {
        const Bytes bytes = file_of_document(version);
        CodedModel model;
        ASSERT_OK(read_atome(bytes.data(), bytes.size(), &model));
        EXPECT_EQ(model.window, 32u);
        EXPECT_EQ(model.config.disabled, 4);
        EXPECT_EQ(model.config.vectors, version == 1 ? Vectors::f32 : Vectors::bf16);
        EXPECT_EQ(model.tensors[0].scales, std::vector<float>{0.75f});
        EXPECT_EQ(model.tensors[0].codes, (std::vector<int8_t>{1, -1, 0, 1, -1, -1}));
        EXPECT_EQ(model.tensors[3].codes, (std::vector<int8_t>{1, 1, 0, 1, 0, -1}));
        EXPECT_EQ(model.tensors[4].values, (std::vector<float>{1.5f, 2.0f}));
    }
}

}  // namespace
}  // namespace atome::test
