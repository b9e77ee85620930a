// The worked example of FORMAT.md is what the writer writes.
#include <iomanip>
#include <sstream>

#include "atome/formats/atome_file.h"
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

// The lines "0010  12 34 ... | comment" of the document's first block marked hex.
Bytes example_of_document() {
    const Bytes file = read_file(ATOME_SOURCE_DIR "/core/atome/formats/FORMAT.md");
    std::istringstream in(std::string(file.begin(), file.end()));
    Bytes bytes;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line == "```hex") {
            inside = true;
        } else if (line == "```") {
            if (inside) break;
        } else if (inside) {
            std::istringstream words(line.substr(0, line.find('|')));
            std::size_t offset = 0;
            words >> std::hex >> offset;
            EXPECT_EQ(offset, bytes.size()) << line;
            for (unsigned b; words >> std::hex >> b;) bytes.push_back(static_cast<uint8_t>(b));
        }
    }
    return bytes;
}

TEST(FormatMd, ExampleIsWhatTheWriterWrites) {
    Bytes written;
    ASSERT_OK(write_atome(quantised(example_model()), Encoding::trit2, &written));
    const Bytes documented = example_of_document();
    std::ostringstream dump;  // what to put into the document when the format changes
    dump << std::hex << std::setfill('0');
    for (std::size_t i = 0; i < written.size(); i++) {
        if (i % 16 == 0) dump << "\n" << std::setw(4) << i << " ";
        dump << " " << std::setw(2) << unsigned{written[i]};
    }
    EXPECT_EQ(documented, written) << dump.str();
}

TEST(FormatMd, ExampleReads) {
    const Bytes bytes = example_of_document();
    CodedModel model;
    ASSERT_OK(read_atome(bytes.data(), bytes.size(), &model));
    EXPECT_EQ(model.window, 32u);
    EXPECT_EQ(model.config.disabled, 4);
    EXPECT_EQ(model.tensors[0].scales, std::vector<float>{0.75f});
    EXPECT_EQ(model.tensors[0].codes, (std::vector<int8_t>{1, -1, 0, 1, -1, -1}));
    EXPECT_EQ(model.tensors[3].codes, (std::vector<int8_t>{1, 1, 0, 1, 0, -1}));
}

}  // namespace
}  // namespace atome::test
