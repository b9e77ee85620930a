// What the tests of the formats share: files of the golden set, small models, crafted bytes.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/formats/model_tensors.h"
#include "atome/model/file_layout.h"
#include "atome/model/model.h"
#include "atome/quant/coded_model.h"
#include "tests/shared.h"

#define ASSERT_OK(expression)                                             \
    do {                                                                  \
        const ::atome::Status assert_ok_status = (expression);            \
        ASSERT_TRUE(assert_ok_status.ok()) << assert_ok_status.message(); \
    } while (0)

namespace atome::test {

using Bytes = std::vector<uint8_t>;

inline const std::string kGolden = ATOME_SOURCE_DIR "/tests/golden/";

inline Bytes read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in.good()) << "cannot read " << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

inline FloatModel golden_model(const std::string& name) {
    const Bytes bytes = read_file(kGolden + name + ".safetensors");
    NamedTensors file;
    FloatModel model;
    Status s = parse_safetensors(bytes.data(), bytes.size(), &file);
    EXPECT_TRUE(s.ok()) << s.message();
    s = read_model(file, &model);
    EXPECT_TRUE(s.ok()) << s.message();
    return model;
}

inline CodedModel quantised(const FloatModel& model) {
    CodedModel coded;
    const Status s = quantise(model, &coded);
    EXPECT_TRUE(s.ok()) << s.message();
    return coded;
}

// Weights that look like a trained model's, the same on every machine.
inline FloatModel random_model(const Config& config, uint32_t seed) {
    std::mt19937 random(seed);
    FloatModel m;
    m.config = config;
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        std::vector<float> t(tensor_spec(config, i).size());
        for (float& v : t) v = static_cast<float>(static_cast<int32_t>(random())) * 0x1p-31f;
        m.tensors.push_back(std::move(t));
    }
    return m;
}

// Big enough that no dimension equals another, small enough for exhaustive tests.
inline Config small_config(Quantizer quantizer = Quantizer::ternary) {
    Config c;
    c.vocab_size = 7;
    c.d_model = 6;
    c.n_layers = 2;
    c.d_head = 5;
    c.top_k = 2;
    c.kernel_size = 3;
    c.quantizer = quantizer;
    return c;
}

inline void expect_equal(const CodedModel& a, const CodedModel& b) {
    EXPECT_EQ(a.config, b.config);
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (std::size_t i = 0; i < a.tensors.size(); i++) {
        EXPECT_EQ(a.tensors[i].codes, b.tensors[i].codes) << "tensor " << i;
        EXPECT_EQ(a.tensors[i].scales, b.tensors[i].scales) << "tensor " << i;
        EXPECT_EQ(a.tensors[i].values, b.tensors[i].values) << "tensor " << i;
    }
}

// Bytes at an address that is `shift` past a multiple of 16.
class AlignedBytes {
  public:
    explicit AlignedBytes(const Bytes& bytes, std::size_t shift = 0)
        : storage_(bytes.size() + 32), size_(bytes.size()) {
        const std::size_t past = reinterpret_cast<uintptr_t>(storage_.data()) % 16;
        start_ = (16 - past) % 16 + shift;
        std::copy(bytes.begin(), bytes.end(), storage_.begin() + static_cast<std::ptrdiff_t>(start_));
    }
    uint8_t* data() { return storage_.data() + start_; }
    std::size_t size() const { return size_; }

  private:
    Bytes storage_;
    std::size_t size_;
    std::size_t start_;
};

}  // namespace atome::test
