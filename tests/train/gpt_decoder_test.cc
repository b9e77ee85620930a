// Incremental decoding against the forward pass of training, and texts sampled by it.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/decoder.h"
#include "atome/models/gpt/initialise.h"
#include "atome/models/gpt/sampler.h"
#include "tests/kernel_sets.h"

namespace atome::test {
namespace {

// Widths and positions that are no multiples of 16, several blocks of attention rows.
GptConfig odd_config() {
    GptConfig c;
    c.vocab_size = 50;
    c.d_model = 21;
    c.n_layers = 2;
    c.n_heads = 3;
    c.d_ff = 37;
    c.max_seq = 41;
    return c;
}

// Weights large enough for attention to look at some positions more than at others.
GptModel model_of(const GptConfig& config) {
    GptModel model = initialise_gpt(config, 5);
    for (uint32_t l = 0; l < config.n_layers; l++)
        for (float& w : model.tensors[tensor_index(config, GptTensorKind::attn_qkv, l)]) w *= 3;
    return model;
}

struct Prepared {
    GptModel model;
    GptNetwork network;
    explicit Prepared(const GptConfig& config, const KernelSet& set = best_kernel_set(true))
        : model(model_of(config)), network(config) {
        SerialExecutor serial;
        network.prepare(model.tensors, set, serial);
    }
};

std::vector<uint8_t> text_of(uint32_t stream, const GptConfig& c) {
    std::vector<uint8_t> text(c.max_seq);
    Random random(stream + 1);
    for (uint8_t& t : text) t = static_cast<uint8_t>(random.below(c.vocab_size));
    return text;
}

// The largest difference over all positions of all streams. Streams begin at text `first`, and logits are
// asked for at every stride-th position.
double worst_difference(const GptNetwork& network, GptDecoder& decoder, uint32_t first, uint32_t stride) {
    const GptConfig& c = network.config();
    const uint32_t B = decoder.streams(), V = c.vocab_size;
    std::vector<std::vector<uint8_t>> texts;
    std::vector<std::unique_ptr<Workspace>> expected;
    for (uint32_t b = 0; b < B; b++) {
        texts.push_back(text_of(first + b, c));
        expected.push_back(network.make_workspace(c.max_seq));
        network.forward(texts[b].data(), c.max_seq, *expected[b]);
    }
    double worst = 0;
    for (uint32_t t = 0; t < c.max_seq; t++) {
        EXPECT_EQ(decoder.position(), t);
        std::vector<uint8_t> tokens;
        for (const auto& text : texts) tokens.push_back(text[t]);
        if ((t + 1) % stride != 0) {
            decoder.feed(tokens.data());
            continue;
        }
        const float* logits = decoder.step(tokens.data());
        for (std::size_t b = 0; b < B; b++)
            for (uint32_t v = 0; v < V; v++)
                worst = std::max(worst, std::fabs(double{logits[b * padded(V) + v]} -
                                                  double{expected[b]->logits[t * padded(V) + v]}));
    }
    return worst;
}

TEST(GptDecoder, LogitsAreThoseOfTheForwardPass) {
    for (const KernelSet& set : kernel_sets()) {
        const Prepared p(odd_config(), set);
        GptDecoder decoder(p.network, 11);
        const double worst = worst_difference(p.network, decoder, 0, 1);
        EXPECT_LE(worst, 1e-4) << set.name;
        if (!set.fused) {
            EXPECT_EQ(worst, 0) << set.name;
        }
        std::printf("%-11s logits off by %.1e\n", set.name, worst);
    }
}

TEST(GptDecoder, RestartForgets) {
    const Prepared p(odd_config());
    GptDecoder decoder(p.network, 5);
    for (const uint32_t streams : {5u, 2u, 1u, 4u}) {
        decoder.restart(streams);
        EXPECT_EQ(worst_difference(p.network, decoder, 10 * streams, 1), 0) << streams;
    }
}

TEST(GptDecoder, FedTokensCountLikeOthers) {
    const Prepared p(odd_config());
    GptDecoder decoder(p.network, 3);
    for (const uint32_t stride : {2u, 7u, p.model.config.max_seq}) {
        decoder.restart(3);
        EXPECT_EQ(worst_difference(p.network, decoder, 0, stride), 0) << stride;
    }
}

TEST(GptDecoder, OneOfEverything) {
    GptConfig c;
    c.vocab_size = c.d_model = c.n_layers = c.n_heads = c.d_ff = c.max_seq = 1;
    const Prepared p(c);
    GptDecoder decoder(p.network, 1);
    EXPECT_EQ(worst_difference(p.network, decoder, 0, 1), 0);
}

// ---- sampling ------------------------------------------------------------------------------------------

const SamplerOptions kSampling{.temperature = 1, .top_k = 0, .top_p = 0.9f, .seed = 7};

std::string sample_text(GptSampler& sampler, uint32_t stream, uint32_t n) {
    std::string text;
    for (uint32_t i = 0; i < n; i++) text += static_cast<char>(sampler.next()[stream].token);
    return text;
}

// Past the last position: by the definition, the whole context through the forward pass for every byte.
TEST(GptSampler, ContinuesWithTheLastQuarter) {
    for (const uint32_t max_seq : {1u, 2u, 3u, 16u, 41u}) {
        GptConfig c = odd_config();
        c.max_seq = max_seq;
        const Prepared p(c);
        for (const std::string& prompt : {std::string("\1"), std::string(max_seq, '\2')}) {
            SamplerOptions own = kSampling;
            own.seed = Random::mix(Random::mix(kSampling.seed) + 3);
            Sampler reference(own);
            std::string context = prompt, expected;
            const auto workspace = p.network.make_workspace(max_seq);
            while (expected.size() < 3 * max_seq + 5) {
                if (context.size() > max_seq) context.erase(0, context.size() - std::max(1u, max_seq / 4));
                const uint32_t T = static_cast<uint32_t>(context.size());
                p.network.forward(reinterpret_cast<const uint8_t*>(context.data()), T, *workspace);
                float* logits = &workspace->logits[std::size_t{T - 1} * padded(c.vocab_size)];
                const char token = static_cast<char>(reference.sample(logits, c.vocab_size));
                context += token;
                expected += token;
            }
            GptSampler sampler(p.network, 4);
            sampler.start(prompt, kSampling, 0, 4);
            EXPECT_EQ(sample_text(sampler, 3, static_cast<uint32_t>(expected.size())), expected)
                << max_seq << " positions, a prompt of " << prompt.size();
        }
    }
}

TEST(GptSampler, TextsDoNotDependOnTheirCompany) {
    const Prepared p(odd_config());
    GptSampler sampler(p.network, 20);
    std::vector<std::string> texts;
    for (const auto& [first, streams] : std::vector<std::pair<uint32_t, uint32_t>>{{0, 20}, {5, 1}, {3, 9}}) {
        sampler.start("\3\4", kSampling, first, streams);
        texts.push_back(sample_text(sampler, 5 - first, 100));
    }
    EXPECT_EQ(texts[1], texts[0]);
    EXPECT_EQ(texts[2], texts[0]);
    sampler.start("\3\4", kSampling, 4, 1);
    EXPECT_NE(sample_text(sampler, 0, 100), texts[0]);
    SamplerOptions other = kSampling;
    other.seed++;
    sampler.start("\3\4", other, 4, 1);
    EXPECT_NE(sample_text(sampler, 0, 100), texts[0]);
}

}  // namespace
}  // namespace atome::test
