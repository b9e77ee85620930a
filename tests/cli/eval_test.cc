// atome eval against the same sums made here.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/infer/engine.h"
#include "tests/cli/run_atome.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

constexpr const char* kText =
    "Once upon a time there was a small robot. It lived on a shelf between a clock and a jar of buttons.\n"
    "Every night it counted the buttons, and every morning it forgot how many there were.\n";

// Mean nats of the predictions in chunks of `seq`, by a packed scalar engine.
double mean_nats(const GoldenCase& c, const std::string& text, uint32_t seq, uint32_t window) {
    const OpenModel m = open_model(c.model);
    const EngineOptions options{.window = window};
    cli::AlignedBuffer memory(arena_bytes(m.view, options));
    Engine engine;
    EXPECT_TRUE(engine.init(m.view, options, memory.data(), memory.size()).ok());
    double nats = 0;
    uint64_t n = 0;
    for (std::size_t first = 0; first + seq <= text.size(); first += seq) {
        engine.reset();
        for (uint32_t t = 0; t + 1 < seq; t++, n++) {
            EXPECT_TRUE(engine.step(static_cast<unsigned char>(text[first + t])).ok());
            double sum = 0;
            for (uint32_t v = 0; v < c.model.config.vocab_size; v++)
                sum += std::exp(static_cast<double>(engine.logits()[v]));
            nats += std::log(sum) -
                    static_cast<double>(engine.logits()[static_cast<unsigned char>(text[first + t + 1])]);
        }
    }
    return nats / static_cast<double>(n);
}

class Eval : public testing::Test {
  protected:
    void SetUp() override { write_bytes(data_, std::string(kText)); }

    TempDir folder_;
    std::string data_ = folder_ / "text.txt";
    std::string model_ = golden_path("default_60k");
};

TEST_F(Eval, ThreadsThatCannotStartAreOneLine) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer takes terabytes of addresses";
#endif
    const RunResult r =
        run_atome({"eval", model_, "--data", data_, "--seq", "2", "--threads", "90", "--json"},
                  {.memory = uint64_t{500} << 20});
    EXPECT_NE(expect_failure(r, 1).find("90 threads cannot be started"), std::string::npos) << r.err;
}

TEST_F(Eval, EqualsTheSumsMadeHere) {
    const GoldenCase c = load_golden(model_);
    const uint64_t size = std::string(kText).size();
    for (const uint32_t seq : {2u, 17u, 64u}) {
        const nlohmann::json got = run_json({"eval", model_, "--data", data_, "--seq", std::to_string(seq)});
        EXPECT_EQ(got["bytes"], size / seq * (seq - 1));
        EXPECT_EQ(got["chunks"], size / seq);
        const double nats = mean_nats(c, kText, seq, 256);
        EXPECT_NEAR(got["nats"].get<double>(), nats, 1e-9 * nats);
        EXPECT_NEAR(got["bpb"].get<double>(), nats / std::log(2.0), 1e-9 * nats);
        EXPECT_NEAR(got["perplexity"].get<double>(), std::exp(nats), 1e-8 * std::exp(nats));
    }
    // The protocol's default.
    EXPECT_EQ(run_json({"eval", model_, "--data", data_})["seq"], 64);
    // A window smaller than the chunk is another number.
    const double narrow = run_json({"eval", model_, "--data", data_, "--window", "4"})["nats"];
    EXPECT_NEAR(narrow, mean_nats(c, kText, 64, 4), 1e-9 * narrow);
}

TEST_F(Eval, AnyNumberOfThreadsAndAnyKernelsGiveTheSameNumber) {
    std::string text;
    for (int i = 0; i < 20; i++) text += kText;
    write_bytes(data_, text);
    const auto result = [&](const std::vector<std::string>& more) {
        std::vector<std::string> args = {"eval", model_, "--data", data_, "--seq", "32"};
        args.insert(args.end(), more.begin(), more.end());
        nlohmann::json got = run_json(args);
        got.erase("kernels");
        return got;
    };
    const nlohmann::json one = result({"--threads", "1"});
    for (const char* threads : {"2", "3", "16"}) EXPECT_EQ(result({"--threads", threads}), one) << threads;
    EXPECT_EQ(result({"--kernels", "scalar"}), one);
}

TEST_F(Eval, ShortFiles) {
    write_bytes(data_, std::string("abc"));
    const nlohmann::json three = run_json({"eval", model_, "--data", data_});
    EXPECT_EQ(three["bytes"], 2);
    EXPECT_EQ(three["seq"], 3);
    write_bytes(data_, std::string("ab"));
    EXPECT_EQ(run_json({"eval", model_, "--data", data_})["bytes"], 1);
    for (const char* text : {"", "a"}) {
        write_bytes(data_, std::string(text));
        const std::string message = expect_failure(run_atome({"eval", model_, "--data", data_}), 1);
        EXPECT_NE(message.find("at least 2 bytes"), std::string::npos) << message;
    }
}

TEST_F(Eval, BytesOutsideTheVocabularyAreNamed) {
    write_bytes(data_, std::string("\x01\x02\x03~\x04"));
    const std::string message =
        expect_failure(run_atome({"eval", golden_path("tiny_ternary"), "--data", data_}), 1);
    EXPECT_NE(message.find("byte 126 at offset 3"), std::string::npos) << message;
    EXPECT_NE(message.find("0..31"), std::string::npos) << message;
}

TEST_F(Eval, PrintsATable) {
    const RunResult r = run_atome({"eval", model_, "--data", data_});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out.rfind("bits per byte", 0), 0u) << r.out;
}

}  // namespace
}  // namespace atome::test
