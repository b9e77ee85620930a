// Formats told by their content, and one entry for all of them.
#include "atome/formats/detect.h"
#include "atome/formats/model_tensors.h"

#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/load.h"
#include "helpers.h"

namespace atome::test {
namespace {

std::string load_message(const Bytes& bytes) {
    LoadedModel model;
    const Status s = load_model(bytes.data(), bytes.size(), nullptr, &model);
    EXPECT_EQ(s.code(), Code::bad_file);
    return std::string(s.message());
}
std::string load_message(const std::string& text) { return load_message(Bytes(text.begin(), text.end())); }

TEST(Load, EveryFormatGivesTheSameModel) {
    const FloatModel shadow = golden_model("default_60k");
    const CodedModel expected = quantised(shadow);
    const auto expect_load = [&](const Bytes& bytes, FileFormat format, bool floats) {
        SCOPED_TRACE(name(format));
        EXPECT_EQ(detect(bytes.data(), bytes.size()), format);
        LoadedModel model;
        ASSERT_OK(load_model(bytes.data(), bytes.size(), nullptr, &model));
        EXPECT_EQ(model.format, format);
        EXPECT_EQ(model.shadow.has_value(), floats);
        if (floats) {
            EXPECT_EQ(model.shadow->tensors, shadow.tensors);
        }
        expect_equal(model.coded, expected);
    };
    Bytes bytes;
    ASSERT_OK(write_atome(expected, Encoding::trit5, &bytes));
    expect_load(bytes, FileFormat::atome, false);
    ASSERT_OK(write_legacy(expected, LegacyFormat::atome01, &bytes));
    expect_load(bytes, FileFormat::atome01, false);
    ASSERT_OK(write_legacy(expected, LegacyFormat::atome02, &bytes));
    expect_load(bytes, FileFormat::atome02, false);
    ASSERT_OK(write_safetensors(shadow, {}, {}, &bytes));
    expect_load(bytes, FileFormat::safetensors, true);
    expect_load(read_file(kGolden + "default_60k.safetensors"), FileFormat::safetensors, true);
}

TEST(Load, HintGivesTheLegacyFormatsTheirDimensions) {
    const CodedModel expected = quantised(golden_model("tiny_power3"));
    Bytes bytes;
    ASSERT_OK(write_legacy(expected, LegacyFormat::atomep3, &bytes));
    EXPECT_EQ(detect(bytes.data(), bytes.size()), FileFormat::atomep3);
    LoadedModel model;
    EXPECT_FALSE(load_model(bytes.data(), bytes.size(), nullptr, &model).ok());
    ASSERT_OK(load_model(bytes.data(), bytes.size(), &expected.config, &model));
    expect_equal(model.coded, expected);
}

TEST(Load, SaysWhatItFoundAndWhatItAccepts) {
    using namespace std::string_literals;
    const std::string accepted = "expected .atome, ATOME01, ATOME02, ATOMEP3, .safetensors, .pt";
    const std::pair<std::string, std::string> cases[] = {
        {"", "the file is empty"},
        {"<!DOCTYPE html><html>", "an HTML page"},
        {"<html>", "an HTML page"},
        {"\x1f\x8b\x08\0\0\0"s, "gzip"},
        {"GGUF\3\0\0\0"s, "GGUF"},
        {"\x7f"
         "ELF\2\1"s,
         "ELF"},
        {"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"},
        {"\x89"
         "ATM\x0a\x1a\x0a\0\0"s,
         "that a transfer as text has changed"},
        {"ATOME99xxxx", "a version of the ATOME format"},
        {"\x80\x02\x8a\x0a\x6c\xfc"s, "a bare pickle"},
        {"Once upon a time", "unknown content (first bytes 4F 6E 63 65 20 75 70 6F)"},
        {"\x01", "unknown content (first bytes 01)"},
    };
    for (const auto& [bytes, part] : cases) {
        const std::string message = load_message(bytes);
        EXPECT_NE(message.find(part), std::string::npos) << message;
        EXPECT_NE(message.find(accepted), std::string::npos) << message;
    }
}

TEST(Load, TruncatedStartsOfEveryFormatAreRefused) {
    const CodedModel model = quantised(golden_model("default_60k"));
    Bytes atome, legacy, tensors;
    ASSERT_OK(write_atome(model, Encoding::trit2, &atome));
    ASSERT_OK(write_legacy(model, LegacyFormat::atome01, &legacy));
    ASSERT_OK(write_safetensors(golden_model("default_60k"), {}, {}, &tensors));
    for (const Bytes& bytes : {atome, legacy, tensors})
        for (std::size_t n : {0, 1, 6, 7, 8, 9, 16, 63, 64, 100, 1000, 20000})
            EXPECT_FALSE(load_message(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(n))).empty());
}

}  // namespace
}  // namespace atome::test
