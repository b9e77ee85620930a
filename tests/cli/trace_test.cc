// atome trace against the golden vectors.
#include <gtest/gtest.h>

#include "tests/cli/run_atome.h"
#include "tests/infer/golden_case.h"
#include "tests/kernel_sets.h"

namespace atome::test {
namespace {

constexpr double kTolerance = 1e-4;

// All numbers of nested arrays, in order.
void flatten(const nlohmann::json& value, std::vector<float>* out) {
    if (value.is_array())
        for (const auto& element : value) flatten(element, out);
    else
        out->push_back(value.get<float>());
}

std::vector<float> flat(const nlohmann::json& value) {
    std::vector<float> out;
    flatten(value, &out);
    return out;
}

std::string joined(const std::vector<uint32_t>& tokens) {
    std::string list;
    for (const uint32_t token : tokens) {
        if (!list.empty()) list += ',';
        list += std::to_string(token);
    }
    return list;
}

std::vector<std::string> trace_args(const GoldenCase& c, const std::string& model) {
    std::vector<std::string> args = {"trace",          model,      "--tokens",
                                     joined(c.tokens), "--greedy", std::to_string(c.expected.greedy.size())};
    if (c.window) args.insert(args.end(), {"--window", std::to_string(c.window)});
    return args;
}

void expect_golden(const GoldenCase& c, const nlohmann::json& got) {
    EXPECT_EQ(got["tokens"].get<std::vector<uint32_t>>(), c.tokens);
    const std::size_t T = c.tokens.size();
    ASSERT_EQ(got["logits"].size(), T);
    ASSERT_EQ(got["router"][0].size(), T);
    ASSERT_EQ(got["entropy"][0].size(), T);
    const double logits = max_difference(flat(got["logits"]), c.expected.logits);
    const double router = max_difference(flat(got["router"]), c.expected.router);
    const double entropy = max_difference(flat(got["entropy"]), c.expected.entropy);
    std::printf("    largest difference: logits %.2e, router %.2e, entropy %.2e\n", logits, router, entropy);
    EXPECT_LE(logits, kTolerance);
    EXPECT_LE(router, kTolerance);
    EXPECT_LE(entropy, kTolerance);
    EXPECT_EQ(got["greedy"].get<std::vector<uint32_t>>(), c.expected.greedy);
    EXPECT_EQ(got["digest"].get<std::string>().size(), 16u);
    EXPECT_EQ(got["digest"].get<std::string>().find_first_not_of("0123456789abcdef"), std::string::npos);
}

class TraceGolden : public testing::TestWithParam<std::string> {};

TEST_P(TraceGolden, EqualsTheOracleWithEveryKernelSet) {
    const GoldenCase c = load_golden(golden_path(GetParam()));
    const nlohmann::json best = run_json(trace_args(c, c.path));
    expect_golden(c, best);
    EXPECT_EQ(best["kernels"], best_kernels().name);
    for (const KernelSet& set : exact_sets()) {
        std::vector<std::string> args = trace_args(c, c.path);
        args.insert(args.end(), {"--kernels", set.name});
        const nlohmann::json got = run_json(args);
        EXPECT_EQ(got["kernels"], set.name);
        EXPECT_EQ(got["digest"], best["digest"]) << set.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, TraceGolden, testing::ValuesIn(routed_cases()),
                         [](const auto& param) { return param.param; });

class TraceReference : public testing::TestWithParam<std::string> {};

TEST_P(TraceReference, EqualsTheOracle) {
    ATOME_NEEDS_SHARED("reference/atome_944k.bin");
    const GoldenCase c = load_golden(shared_path("golden/" + GetParam() + ".safetensors"));
    expect_golden(c, run_json(trace_args(c, shared_path("reference/atome_944k.bin"))));
}

INSTANTIATE_TEST_SUITE_P(Cases, TraceReference, testing::Values("reference_944k", "reference_944k_window32"),
                         [](const auto& param) { return param.param; });

// The other formats: files_commands_test.cc.
TEST(Trace, ThePublishedKitsCheckpointGivesTheSameDigest) {
    ATOME_NEEDS_SHARED("golden/odd_ternary.pt");
    const GoldenCase c = load_golden(golden_path("odd_ternary"));
    EXPECT_EQ(
        run_json({"trace", shared_path("golden/odd_ternary.pt"), "--tokens", joined(c.tokens)})["digest"],
        run_json({"trace", c.path, "--tokens", joined(c.tokens)})["digest"]);
}

TEST(Trace, TextIsItsBytes) {
    const std::string model = golden_path("default_60k");
    const nlohmann::json text = run_json({"trace", model, "--text", "A\xc3\xa9"});
    const nlohmann::json tokens = run_json({"trace", model, "--tokens", "65,195,169"});
    EXPECT_EQ(text, tokens);
    EXPECT_EQ(text["window"], 3);
    EXPECT_EQ(text["logits"][0].size(), 256u);
    EXPECT_EQ(text["greedy"].size(), 0u);
}

TEST(Trace, DigestCoversGreedyBytesThatAreFed) {
    const std::string model = golden_path("default_60k");
    const auto digest = [&](const std::vector<std::string>& more) {
        std::vector<std::string> args = {"trace", model, "--text", "Once upon", "--window", "64"};
        args.insert(args.end(), more.begin(), more.end());
        return run_json(args);
    };
    const nlohmann::json none = digest({}), one = digest({"--greedy", "1"}), five = digest({"--greedy", "5"});
    // The one greedy byte is read off the last position and not fed.
    EXPECT_EQ(none["digest"], one["digest"]);
    EXPECT_NE(none["digest"], five["digest"]);
    std::vector<uint32_t> tokens = five["tokens"];
    for (int i = 0; i < 4; i++) tokens.push_back(five["greedy"][i].get<uint32_t>());
    EXPECT_EQ(run_json({"trace", model, "--tokens", joined(tokens), "--window", "64"})["digest"],
              five["digest"]);
}

TEST(Trace, PrintsATable) {
    const RunResult r = run_atome({"trace", golden_path("default_60k"), "--text", "Once", "--greedy", "3"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("digest"), std::string::npos);
    EXPECT_NE(r.out.find("router entropy"), std::string::npos);
    EXPECT_EQ(r.err, "");
}

}  // namespace
}  // namespace atome::test
