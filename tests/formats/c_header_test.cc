// The C header: its bytes, its figures, its names.
#include "atome/deploy/c_header.h"

#include <algorithm>

#include "atome/formats/atome_file.h"
#include "helpers.h"

namespace atome::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(CHeader, HoldsTheBytesAndTheDimensions) {
    const CodedModel model = quantised(golden_model("odd_ternary"));
    Bytes bytes;
    ASSERT_OK(write_atome(model, Encoding::trit5, &bytes));
    const std::string text = write_c_header(bytes, model.config, "odd_model");
    const std::string start =
        "alignas(16) static const unsigned char odd_model[" + std::to_string(bytes.size()) + "] = {";
    ASSERT_TRUE(contains(text, start));
    Bytes parsed;
    std::size_t at = text.find(start) + start.size();
    const std::size_t end = text.find('}', at);
    while ((at = text.find("0x", at)) < end) {
        parsed.push_back(static_cast<uint8_t>(std::stoi(text.substr(at + 2, 2), nullptr, 16)));
        at += 4;
    }
    EXPECT_EQ(parsed, bytes);
    EXPECT_TRUE(contains(text, "#define ODD_MODEL_SIZE " + std::to_string(bytes.size()) + "u\n"));
    for (const char* line :
         {"VOCAB_SIZE 50", "D_MODEL 20", "N_LAYERS 3", "D_HEAD 6", "TOP_K 3", "KERNEL_SIZE 3", "D_FF 0"})
        EXPECT_TRUE(contains(text, "#define ODD_MODEL_" + std::string(line) + "u\n")) << line;
    EXPECT_EQ(text.find("#ifndef ODD_MODEL_H_INCLUDED\n#define ODD_MODEL_H_INCLUDED\n"),
              text.find("#ifndef"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '{'), 1);
    EXPECT_EQ(text.substr(text.size() - 8), "\n#endif\n");
}

TEST(CHeader, SymbolsBecomeIdentifiers) {
    const auto declares = [](const char* symbol, const char* array) {
        return contains(write_c_header({1}, Config(), symbol),
                        std::string("unsigned char ") + array + "[1] = {");
    };
    EXPECT_TRUE(declares("", "model_blob"));
    EXPECT_TRUE(declares("my-model.v2", "my_model_v2"));
    EXPECT_TRUE(declares("2fast", "m_2fast"));
    EXPECT_TRUE(declares("a/*\n\"b", "a____b"));
}

}  // namespace
}  // namespace atome::test
