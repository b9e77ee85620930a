// The vectors of tests/golden (see oracle.py), and models in memory for tests.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "atome/formats/atome_file.h"
#include "atome/formats/model_tensors.h"
#include "atome/model/model.h"
#include "atome/model/view.h"
#include "atome/quant/coded_model.h"
#include "native/io/aligned_buffer.h"
#include "tests/shared.h"

namespace atome::test {

// The cases with a router whose weights are in the file.
inline const std::vector<std::string>& routed_cases() {
    static const std::vector<std::string> names = {
        "tiny_ternary",
        "tiny_power3",
        "tiny_power3_pr",
        "tiny_none",
        "tiny_no_local",
        "tiny_no_state",
        "tiny_no_sparse",
        "tiny_no_local_state",
        "tiny_ffn_ternary",
        "tiny_ffn_power3_pr",
        "tiny_int4",
        "tiny_ffn_int4",
        "tiny_gains_ffn_ternary",
        "tiny_gains_int4",
        "tiny_gains_power3_pr",
        "odd_ternary",
        "odd_window8",
        "default_60k",
    };
    return names;
}

// Every float output of an engine or an oracle over T positions.
struct Outputs {
    std::vector<float> logits;   // (T, V)
    std::vector<float> router;   // (L, T, P)
    std::vector<float> entropy;  // (L, T)
    std::vector<uint32_t> greedy;
};

struct GoldenCase {
    std::string path;
    uint32_t window = 0;  // 0: the whole prefix
    std::vector<uint32_t> tokens;
    Outputs expected;
    FloatModel model;  // without tensors where the file holds no weights

    // The window with which a stream of all tokens is what the oracle computed.
    uint32_t stream_window() const {
        return window ? window : static_cast<uint32_t>(tokens.size() + expected.greedy.size());
    }
};

inline std::vector<uint8_t> bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::string golden_path(const std::string& name) {
    return ATOME_GOLDEN_DIR "/" + name + ".safetensors";
}

inline GoldenCase load_golden(const std::string& path) {
    GoldenCase c;
    c.path = path;
    const std::vector<uint8_t> bytes = bytes_of(path);
    NamedTensors file;
    Status status = parse_safetensors(bytes.data(), bytes.size(), &file);
    EXPECT_TRUE(status.ok()) << path << ": " << status.message();
    const auto integers = [&](const char* name) {
        std::vector<int64_t> wide;
        const NamedTensor* t = file.find(name);
        EXPECT_TRUE(!t || to_integers(*t, &wide).ok()) << name;
        return std::vector<uint32_t>(wide.begin(), wide.end());
    };
    const auto floats = [&](const char* name) {
        std::vector<float> values;
        const NamedTensor* t = file.find(name);
        EXPECT_TRUE(!t || to_floats(*t, &values).ok()) << name;
        return values;
    };
    c.tokens = integers("tokens");
    c.expected = {floats("logits"), floats("router"), floats("entropy"), integers("greedy")};
    if (const std::string* w = file.meta("window")) c.window = static_cast<uint32_t>(std::stoul(*w));
    if (file.find("param/embed.weight")) {
        status = read_model(file, &c.model);
        EXPECT_TRUE(status.ok()) << path << ": " << status.message();
    }
    return c;
}

// A model of f32 vectors whose values are those that `model` has with vectors of bf16.
inline FloatModel with_rounded_vectors(FloatModel model) {
    for (uint32_t i = 0; i < model.tensors.size(); i++)
        if (tensor_spec(model.config, i).row->role == TensorRole::vector)
            for (float& v : model.tensors[i]) v = rounded(Encoding::bf16, v);
    return model;
}

// An opened `.atome` file in memory.
struct OpenModel {
    cli::AlignedBuffer bytes;
    ModelView view;
};

inline OpenModel open_coded(const CodedModel& coded, Encoding encoding = Encoding::trit2) {
    std::vector<uint8_t> file;
    Status status = write_atome(coded, encoding, &file);
    EXPECT_TRUE(status.ok()) << status.message();
    OpenModel m{cli::AlignedBuffer::copy_of(file), {}};
    status = ModelView::open(m.bytes.data(), m.bytes.size(), &m.view);
    EXPECT_TRUE(status.ok()) << status.message();
    return m;
}

inline OpenModel open_model(const FloatModel& model, Encoding encoding = Encoding::trit2) {
    CodedModel coded;
    const Status status = quantise(model, &coded);
    EXPECT_TRUE(status.ok()) << status.message();
    return open_coded(coded, encoding);
}

inline double max_difference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    double most = 0;
    for (std::size_t i = 0; i < a.size() && i < b.size(); i++) {
        // NaN must not pass for a small difference.
        const double d = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        most = d <= most ? most : d;
    }
    return most;
}

}  // namespace atome::test
