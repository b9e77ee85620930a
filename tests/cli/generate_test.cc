// atome generate and atome chat.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/kernels/registry.h"
#include "tests/cli/lookup_model.h"
#include "tests/cli/run_atome.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

const std::string& model() {
    static const std::string path = golden_path("default_60k");
    return path;
}

TEST(Generate, GreedyIsTheGoldenContinuation) {
    const GoldenCase c = load_golden(model());
    std::string prompt;
    for (const uint32_t token : c.tokens) prompt += static_cast<char>(token);
    const std::string n = std::to_string(c.expected.greedy.size());
    const nlohmann::json got =
        run_json({"generate", model(), "--prompt", prompt, "-n", n, "--temperature", "0"});
    EXPECT_EQ(got["tokens"].get<std::vector<uint32_t>>(), c.expected.greedy);
    EXPECT_EQ(got["bytes"], c.expected.greedy.size());
    EXPECT_EQ(got["prompt"], prompt);
    EXPECT_GT(got["bytes_per_second"].get<double>(), 0);
}

TEST(Generate, PrintsExactlyTheBytes) {
    const std::vector<std::string> args = {"generate", model(), "--prompt", "Once",
                                           "-n",       "300",   "--seed",   "5"};
    const RunResult r = run_atome(args);
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.err, "");
    ASSERT_EQ(r.out.size(), 300u);
    const nlohmann::json got = run_json(args);
    std::vector<uint32_t> tokens;
    for (const char c : r.out) tokens.push_back(static_cast<unsigned char>(c));
    EXPECT_EQ(got["tokens"].get<std::vector<uint32_t>>(), tokens);
}

TEST(Generate, ASeedIsAText) {
    const auto text = [](const char* seed, const char* kernels) {
        return run_json({"generate", model(), "-n", "100", "--seed", seed, "--kernels", kernels, "--top-k",
                         "40", "--top-p", "0.9"})["tokens"];
    };
    EXPECT_EQ(text("1", "scalar"), text("1", "scalar"));
    EXPECT_EQ(text("1", "scalar"), text("1", best_kernels().name));
    EXPECT_NE(text("1", "scalar"), text("2", "scalar"));
    EXPECT_NE(text("1", "scalar"), text("18446744073709551615", "scalar"));
}

TEST(Generate, AnEmptyPromptIsANewLine) {
    const nlohmann::json none = run_json({"generate", model(), "-n", "20", "--temperature", "0"});
    const nlohmann::json empty =
        run_json({"generate", model(), "--prompt", "", "-n", "20", "--temperature", "0"});
    const nlohmann::json line =
        run_json({"generate", model(), "--prompt", "\n", "-n", "20", "--temperature", "0"});
    EXPECT_EQ(none["tokens"], line["tokens"]);
    EXPECT_EQ(empty["tokens"], line["tokens"]);
}

TEST(Generate, TextThatIsNotUtf8StaysValidJson) {
    // A model that has learned nothing says bytes of all kinds; parsing in run_json is the test.
    const nlohmann::json got =
        run_json({"generate", model(), "--prompt", "\xff\xfe", "-n", "500", "--temperature", "5"});
    EXPECT_EQ(got["tokens"].size(), 500u);
    EXPECT_NE(got["text"].get<std::string>().find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(Generate, ShowsEntropyBars) {
    const RunResult r = run_atome({"generate", model(), "-n", "50", "--show-entropy"});
    EXPECT_EQ(r.code, 0) << r.err;
    for (const char* part : {"layer 0", "layer 3", "of ln 3", "local", "state", "sparse"})
        EXPECT_NE(r.out.find(part), std::string::npos) << part;
    EXPECT_EQ(r.out.find("layer 4 "), std::string::npos);
    // Colours and blocks are for terminals.
    EXPECT_EQ(r.out.find("\x1b["), std::string::npos);
    const nlohmann::json json = run_json({"generate", model(), "-n", "50", "--show-entropy"});
    ASSERT_EQ(json["entropy"].size(), 4u);
    for (const double e : json["entropy"]) {
        EXPECT_GT(e, 0);
        EXPECT_LE(e, std::log(3.0) + 1e-6);
    }
    for (const auto& row : json["router"])
        EXPECT_NEAR(row[0].get<double>() + row[1].get<double>() + row[2].get<double>(), 1, 1e-5);
}

TEST(Generate, EveryRoutedModelRuns) {
    for (const std::string& name : routed_cases()) {
        const RunResult r =
            run_atome({"generate", golden_path(name), "-n", "40", "--show-entropy", "--seed", "3"});
        EXPECT_EQ(r.code, 0) << name << ": " << r.err;
    }
}

TEST(Generate, BytesOutsideTheVocabularyAreNamed) {
    const std::string message =
        expect_failure(run_atome({"generate", golden_path("tiny_ternary"), "--prompt", "\x01Hi"}), 1);
    EXPECT_NE(message.find("--prompt: byte 72 at offset 1"), std::string::npos) << message;
}

// ---- a terminal ----------------------------------------------------------------------------------------

// What a model that says `cycle` over and over shows in `n` bytes.
std::string shown(const std::string& cycle, const std::string& n, bool terminal, const char* command) {
    const TempDir folder;
    const std::string path = folder / "m.atome";
    write_cycle_model(path, cycle);
    std::vector<std::string> args = {command, path, "-n", n, "--temperature", "0"};
    RunOptions options{.terminal = terminal, .environment = {"NO_COLOR=1"}};
    if (std::string(command) == "chat") options.input = "x\n";
    const RunResult r = run_atome(args, options);
    EXPECT_EQ(r.code, 0) << r.err;
    return r.out;
}

// CSI and OSC, which are one byte in Latin-1 and two in UTF-8; the model says them byte by byte.
constexpr const char* kC1 =
    "\xc2\x9b"
    "31m";

TEST(Terminal, AModelCannotSteerIt) {
    EXPECT_EQ(shown(kC1, "5", true, "generate"), "\\xc2\\x9b31m\n");
    EXPECT_EQ(shown("\x1b[31m", "5", true, "generate"), "\\x1b[31m\n");
    EXPECT_EQ(shown("\x9d", "2", true, "generate"), "\\x9d\\x9d\n");
    const std::string reply = shown(kC1, "5", true, "chat");
    EXPECT_EQ(reply.substr(0, reply.find("layer 0")), "\\xc2\\x9b31m\n");
}

TEST(Terminal, ShowsWholeCharacters) {
    EXPECT_EQ(shown("\xc3\xa9\xe4\xb8\xad.", "6", true, "generate"), "\xc3\xa9\xe4\xb8\xad.\n");
    // The end of the text cuts one, which is not shown.
    EXPECT_EQ(shown("\xe4\xb8\xad", "5", true, "generate"), "\xe4\xb8\xad\n");
}

TEST(Terminal, APipeGetsTheBytes) {
    EXPECT_EQ(shown(kC1, "7", false, "generate"), std::string(kC1) + "\xc2\x9b");
    const std::string reply = shown(kC1, "5", false, "chat");
    EXPECT_EQ(reply.substr(0, reply.find("layer 0")), std::string(kC1) + "\n");
}

// ---- stopping when unsure -------------------------------------------------------------------------------

// Of the lines of text that this model continues, the router is unsure in different places.
TEST(StopWhenUnsure, EndsTheTextAndSaysWhere) {
    const std::vector<std::string> args = {"generate", model(), "--prompt",      "Once",
                                           "-n",       "60",    "--temperature", "0"};
    const auto with = [&](const std::string& limit, bool json) {
        std::vector<std::string> more = args;
        more.insert(more.end(), {"--stop-when-unsure", limit});
        if (json) more.push_back("--json");
        return run_atome(more);
    };
    const std::string whole = run_atome(args).out;
    ASSERT_EQ(whole.size(), 60u);
    EXPECT_EQ(with("1", false).out, whole);
    EXPECT_EQ(with("1", false).err, "");
    EXPECT_TRUE(nlohmann::json::parse(with("1", true).out)["stopped"].is_null());
    std::size_t within = 0, last = 0;
    for (const char* limit : {"0", "0.6", "0.7", "0.8", "0.85", "0.9", "0.95", "0.97", "0.98", "0.99"}) {
        const RunResult r = with(limit, false);
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(r.out, whole.substr(0, r.out.size())) << limit;
        EXPECT_GE(r.out.size(), last) << "a higher limit stops later";
        last = r.out.size();
        if (last == whole.size()) break;
        within += last > 0;
        const nlohmann::json got = nlohmann::json::parse(with(limit, true).out);
        EXPECT_EQ(got["stopped"]["bytes"], last);
        EXPECT_GT(got["stopped"]["uncertainty"].get<double>(), std::stod(limit));
        EXPECT_EQ(got["bytes"], last);
        EXPECT_NE(
            r.err.find("stopped after " + std::to_string(last) + " bytes: the last router's entropy is "),
            std::string::npos)
            << r.err;
    }
    EXPECT_GT(within, 0u);
    EXPECT_EQ(with("0", false).out, "");
}

TEST(StopWhenUnsure, RefusesWhatHasNoRouterEntropy) {
    const auto refused = [](const std::string& path, const std::string& why) {
        const RunResult r = run_atome({"generate", path, "-n", "5", "--stop-when-unsure", "0.5"});
        EXPECT_EQ(r.code, 1);
        EXPECT_NE(r.err.find(why), std::string::npos) << r.err;
    };
    refused(golden_path("vanilla_tiny"), "a vanilla model has no router: leave out --stop-when-unsure");
    refused(golden_path("tiny_no_local_state"), "has one pathway, and so no router entropy");
    const auto wrong = [](const std::vector<std::string>& more) {
        std::vector<std::string> args = {"generate", model(), "-n", "5"};
        args.insert(args.end(), more.begin(), more.end());
        expect_failure(run_atome(args), 2);
    };
    wrong({"--stop-when-unsure", "1.5"});
    wrong({"--stop-when-unsure", "0.5", "--out", "never.txt"});
}

TEST(StopWhenUnsure, EndsAReply) {
    const auto talk = [](const std::string& limit, bool json) {
        std::vector<std::string> args = {"chat", model(), "-n", "30", "--stop-when-unsure", limit};
        if (json) args.push_back("--json");
        return run_atome(args, {.input = "Hello\n"}).out;
    };
    const nlohmann::json stopped = nlohmann::json::parse(talk("0", true))["turns"][0];
    EXPECT_EQ(stopped["bytes"], 0);
    EXPECT_EQ(stopped["stopped"]["bytes"], 0);
    EXPECT_GT(stopped["stopped"]["uncertainty"].get<double>(), 0);
    const nlohmann::json whole = nlohmann::json::parse(talk("1", true))["turns"][0];
    EXPECT_EQ(whole["bytes"], 30);
    EXPECT_TRUE(whole["stopped"].is_null());
    EXPECT_NE(talk("0", false).find("(stopped after 0 bytes: "), std::string::npos);
}

// ---- chat ----------------------------------------------------------------------------------------------

TEST(Chat, RepliesAndShowsBars) {
    const RunResult r = run_atome({"chat", model(), "-n", "30"}, {.input = "Hello\nHow are you?\n"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.err, "");
    std::size_t bars = 0;
    for (std::size_t at = 0; (at = r.out.find("\nlayer 0 ", at)) != std::string::npos; at++) bars++;
    EXPECT_EQ(bars, 2u) << r.out;
    EXPECT_EQ(r.out.find("\x1b["), std::string::npos);
}

TEST(Chat, EndsAtQuitAndAtTheEndOfTheInput) {
    EXPECT_EQ(run_atome({"chat", model()}, {.input = ""}).code, 0);
    const RunResult r = run_atome({"chat", model(), "-n", "10"}, {.input = "/quit\nHello\n"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "");
    // The last line may lack its end.
    EXPECT_NE(run_atome({"chat", model(), "-n", "10"}, {.input = "Hello"}).out.find("layer 0"),
              std::string::npos);
    EXPECT_NE(run_atome({"chat", model()}, {.input = "/help\n"}).out.find("/temperature"), std::string::npos);
}

TEST(Chat, CommandsChangeTheTalk) {
    const auto turns = [](const std::string& input) {
        const RunResult r = run_atome({"chat", model(), "-n", "40", "--json"}, {.input = input});
        EXPECT_EQ(r.code, 0) << r.err;
        return nlohmann::json::parse(r.out)["turns"];
    };
    const nlohmann::json again = turns("Hello\n/reset\nHello\nHello\n");
    ASSERT_EQ(again.size(), 3u);
    EXPECT_EQ(again[0]["tokens"], again[1]["tokens"]);
    EXPECT_NE(again[1]["tokens"], again[2]["tokens"]);
    const nlohmann::json seeds = turns("/seed 1\nHi\n/reset\n/seed 2\nHi\n/reset\n/seed 1\nHi\n");
    EXPECT_NE(seeds[0]["tokens"], seeds[1]["tokens"]);
    EXPECT_EQ(seeds[0]["tokens"], seeds[2]["tokens"]);
    // At temperature 0 the seed does not matter.
    const nlohmann::json greedy = turns("/temperature 0\nHi\n/reset\n/seed 9\nHi\n");
    EXPECT_EQ(greedy[0]["tokens"], greedy[1]["tokens"]);
    EXPECT_EQ(greedy[0]["entropy"].size(), 4u);
}

TEST(Chat, ScriptsHearOfSlips) {
    for (const char* slip : {"/foo", "/temperature", "/temperature hot", "/temperature 101",
                             "/temperature nan", "/seed -1", "/seed", "/seed 1x"}) {
        const RunResult r =
            run_atome({"chat", model(), "-n", "5"}, {.input = "Hi\n" + std::string(slip) + "\n"});
        const std::string message = expect_failure(r, 1, true);
        EXPECT_NE(message.find("line 2"), std::string::npos) << message;
    }
    expect_failure(run_atome({"chat", golden_path("tiny_ternary")}, {.input = "Hello\n"}), 1);
}

}  // namespace
}  // namespace atome::test
