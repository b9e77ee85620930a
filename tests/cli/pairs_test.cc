// The commands on models whose tokens are pairs, held against an encoder that is nothing but the definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "atome/corpus/corpus.h"
#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

using Json = nlohmann::json;
using Tokens = std::vector<uint32_t>;

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A vocabulary read from the metadata of a .safetensors file, by its description in the format's words.
struct PlainVocabulary {
    Tokens own = Tokens(256);  // of bytes; 0: none
    std::vector<std::pair<uint32_t, uint32_t>> merges;
    std::vector<std::string> texts = {""};
    uint32_t first_merge = 0;

    explicit PlainVocabulary(const std::string& path) {
        const std::string file = contents(path);
        uint64_t size = 0;
        for (int i = 7; i >= 0; i--)
            size = size << 8 | static_cast<uint8_t>(file[static_cast<std::size_t>(i)]);
        const Json header = Json::parse(file.substr(8, size));
        EXPECT_EQ(header["__metadata__"]["tokenizer"], "pairs");
        const std::string hex = header["__metadata__"]["vocabulary"];
        std::vector<uint32_t> table;
        for (std::size_t i = 0; i < hex.size(); i += 2)
            table.push_back(static_cast<uint32_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
        const uint32_t bytes = table[1];
        for (uint32_t i = 0; i < bytes; i++) {
            own[table[2 + i]] = 1 + i;
            texts.emplace_back(1, static_cast<char>(table[2 + i]));
        }
        first_merge = 1 + bytes;
        for (uint32_t i = 0; i < table[2 + bytes]; i++) {
            merges.emplace_back(table[3 + bytes + 2 * i], table[4 + bytes + 2 * i]);
            texts.push_back(texts[merges.back().first] + texts[merges.back().second]);
        }
    }
    Tokens encode(const std::string& text) const {
        // -1: the value of a byte, which no merge touches.
        std::vector<std::pair<uint32_t, bool>> tokens;
        for (const char c : text) {
            const uint32_t byte = static_cast<uint8_t>(c);
            tokens.emplace_back(own[byte], false);
            if (own[byte] == 0) tokens.emplace_back(byte, true);
        }
        for (uint32_t m = 0; m < merges.size(); m++)
            for (std::size_t i = 0; i + 1 < tokens.size(); i++)
                if (!tokens[i].second && !tokens[i + 1].second && tokens[i].first == merges[m].first &&
                    tokens[i + 1].first == merges[m].second) {
                    tokens[i].first = first_merge + m;
                    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                }
        Tokens result;
        for (const auto& [token, value] : tokens) result.push_back(token);
        return result;
    }
};

std::string list(const Tokens& tokens) {
    std::string text;
    for (const uint32_t t : tokens) text += (text.empty() ? "" : ",") + std::to_string(t);
    return text;
}

// Stories in which some letters have accents, so that tokens end within characters.
std::string accented(std::size_t bytes, uint64_t seed) {
    std::string text;
    for (const char c : corpus::write_stories(bytes, seed))
        text += c == 'e' ? (text.size() % 3 == 0   ? "\xc3\xa9"
                            : text.size() % 3 == 1 ? "\xc3\xa8"
                                                   : "e")
                         : std::string(1, c);
    return text;
}

bool is_utf8(const std::string& text) {
    try {
        (void)Json(text).dump();
        return true;
    } catch (const Json::exception&) {
        return false;
    }
}

class Pairs : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new TempDir;
        write_bytes(data(), accented(30000, 1));
        trained(routed(), {});
        trained(vanilla(), {"--model", "vanilla"});
        ASSERT_EQ(run_atome({"export", routed(), "--out", coded()}).code, 0);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }
    static std::vector<std::string> arguments(const std::string& text, const std::string& out,
                                              const std::vector<std::string>& more,
                                              const std::string& steps = "60") {
        std::vector<std::string> words = {"train",   "--data",    text,      "--out",      out,
                                          "--steps", steps,       "--batch", "8",          "--seq",
                                          "32",      "--d-model", "24",      "--n-layers", "1"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    static Json trained(const std::string& out, const std::vector<std::string>& more,
                        const std::string& steps = "60") {
        return run_json(arguments(data(), out, more, steps));
    }
    static std::string data() { return *folder_ / "text.txt"; }
    static std::string routed() { return *folder_ / "routed.safetensors"; }
    static std::string vanilla() { return *folder_ / "vanilla.safetensors"; }
    static std::string coded() { return *folder_ / "routed.atome"; }
    static void refuses(const std::vector<std::string>& words, const std::string& says) {
        const std::string message = expect_failure(run_atome(words), 1);
        EXPECT_NE(message.find(says), std::string::npos) << message;
    }

    TempDir dir;

  private:
    static inline TempDir* folder_ = nullptr;
};

TEST_F(Pairs, InspectListsTheVocabulary) {
    const PlainVocabulary plain(routed());
    for (const std::string& path : {routed(), vanilla(), coded()}) {
        const Json got = run_json({"inspect", path});
        EXPECT_EQ(got["tokenizer"], "pairs");
        EXPECT_EQ(got["merge_rule"], "words");
        ASSERT_EQ(got["vocabulary"].size(), 256u);
        for (std::size_t token = 0; token < 256; token++) {
            std::string hex;
            if (token < plain.texts.size())
                for (const char c : plain.texts[token]) {
                    constexpr char kDigits[] = "0123456789abcdef";
                    hex += kDigits[static_cast<uint8_t>(c) >> 4];
                    hex += kDigits[c & 15];
                }
            EXPECT_EQ(got["vocabulary"][token], hex) << path << " " << token;
        }
        const RunResult text = run_atome({"inspect", path});
        EXPECT_NE(
            text.out.find("tokens      pairs: " + std::to_string(plain.first_merge - 1) + " bytes and " +
                          std::to_string(plain.merges.size()) + " merges by rule words"),
            std::string::npos)
            << text.out;
    }
    trained(dir / "b.safetensors", {"--tokenizer", "bytes"}, "1");
    const Json bytes = run_json({"inspect", dir / "b.safetensors"});
    EXPECT_EQ(bytes["tokenizer"], "bytes");
    EXPECT_EQ(bytes["vocabulary"], Json::array());
    // The file has room for what it says: its section is part of what a chip's flash holds.
    const Json with = run_json({"fit", routed()}), without = run_json({"fit", dir / "b.safetensors"});
    EXPECT_GT(with["flash"]["trit2"].get<int>(), without["flash"]["trit2"].get<int>() + 2 * 100);
    EXPECT_EQ(with["flash"]["trit2"], std::filesystem::file_size(coded()));
}

TEST_F(Pairs, EvalIsTheSumOfTheTracesNats) {
    const PlainVocabulary plain(routed());
    // Six chunks and a rest; one begins with a byte without a token, one has such bytes within.
    std::string text = accented(3000, 2).substr(0, 6 * 40 + 7);
    text[40] = '\x01';
    text[100] = text[101] = '\xfe';
    write_bytes(dir / "eval.txt", text);
    double nats = 0;
    std::size_t tokens = 0;
    for (std::size_t chunk = 0; chunk < 6; chunk++) {
        Tokens fed = plain.encode(text.substr(chunk * 40, 1));
        const std::size_t given = fed.size();
        EXPECT_EQ(given, chunk == 1 ? 2u : 1u);
        for (const uint32_t t : plain.encode(text.substr(chunk * 40 + 1, 39))) fed.push_back(t);
        tokens += fed.size() - given;
        const Json traced = run_json({"trace", routed(), "--tokens", list(fed)});
        for (std::size_t t = given; t < fed.size(); t++) {
            const auto logits = traced["logits"][t - 1].get<std::vector<double>>();
            double sum = 0;
            for (const double l : logits) sum += std::exp(l);
            nats += std::log(sum) - logits[fed[t]];
        }
    }
    for (const std::string& path : {routed(), coded()}) {
        const Json got = run_json({"eval", path, "--data", dir / "eval.txt", "--seq-bytes", "40"});
        EXPECT_EQ(got["bytes"], 6 * 39);
        EXPECT_EQ(got["tokens"], tokens);
        EXPECT_NEAR(got["nats"].get<double>() * 6 * 39, nats, 1e-3);
        EXPECT_NEAR(got["bpb"].get<double>(), nats / (6 * 39) / std::log(2.0), 1e-5);
        EXPECT_NEAR(got["perplexity"].get<double>(), std::exp(nats / (6 * 39)), 1e-4);
    }
    const Json gpt = run_json({"eval", vanilla(), "--data", dir / "eval.txt", "--seq-bytes", "40"});
    EXPECT_EQ(gpt["bytes"], 6 * 39);
    EXPECT_EQ(gpt["tokens"], tokens);
    EXPECT_NE(run_atome({"eval", routed(), "--data", dir / "eval.txt"}).out.find("stand for them"),
              std::string::npos);
}

TEST_F(Pairs, TraceShowsTokensAsText) {
    const PlainVocabulary plain(routed());
    const std::string text = "One day,\nL\xc3\xa9o was \x01 sad.";
    const Tokens tokens = plain.encode(text);
    const Json by_text = run_json({"trace", routed(), "--text", text}),
               by_tokens = run_json({"trace", routed(), "--tokens", list(tokens)});
    EXPECT_EQ(by_text, by_tokens);
    EXPECT_EQ(by_text["tokens"].get<Tokens>(), tokens);
    ASSERT_EQ(by_text["texts"].size(), tokens.size());
    std::string shown;
    for (const Json& t : by_text["texts"]) shown += t.get<std::string>();
    EXPECT_NE(shown.find("day,"), std::string::npos) << shown;
    EXPECT_NE(shown.find("\\n"), std::string::npos) << shown;
    EXPECT_NE(shown.find("<0>"), std::string::npos) << shown;  // the escape
    const RunResult table = run_atome({"trace", routed(), "--text", text, "--greedy", "3"});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_NE(table.out.find("token"), std::string::npos);
    EXPECT_TRUE(is_utf8(table.out)) << table.out;
}

TEST_F(Pairs, GenerateCountsBytesOfText) {
    for (const std::string& path : {routed(), vanilla()}) {
        const auto written = [&](const std::string& n) {
            const RunResult r = run_atome({"generate", path, "--prompt", "One d", "-n", n, "--seed", "3"});
            EXPECT_EQ(r.code, 0) << r.err;
            return r.out;
        };
        const std::string longest = written("60");
        ASSERT_EQ(longest.size(), 60u);
        for (const int n : {1, 2, 3, 7, 20, 59})
            EXPECT_EQ(written(std::to_string(n)), longest.substr(0, static_cast<std::size_t>(n))) << n;
        EXPECT_EQ(run_json({"generate", path, "-n", "33"})["bytes"], 33);

        const std::string out = dir / "out.txt";
        run_json({"generate", path, "--prompt", "One d", "-n", "303", "--seed", "3", "--streams", "5",
                  "--out", out});
        const std::string file = contents(out);
        ASSERT_EQ(file.size(), 303u);
        EXPECT_EQ(file.substr(0, 60), longest);  // 61 bytes each, of the last two 60
        for (const char* threads : {"1", "4"}) {
            run_json({"generate", path, "--prompt", "One d", "-n", "303", "--seed", "3", "--streams", "5",
                      "--out", out, "--threads", threads});
            EXPECT_EQ(contents(out), file);
        }
    }
}

// The last token of a prompt is taken back, and the first one written is the most probable of all that begin
// with its text.
TEST_F(Pairs, APromptMayEndWithinAToken) {
    const PlainVocabulary plain(routed());
    for (const std::string prompt : {"One d", "Once there was a li", "Lily sai", "x", "\x01", "a\xc3"}) {
        Tokens tokens = plain.encode(prompt);
        std::string held, expected;
        if (plain.own[static_cast<uint8_t>(prompt.back())] != 0) {
            held = plain.texts[tokens.back()];
            tokens.pop_back();
        }
        // The first byte held back leaves nothing to read: the text then begins after a new line.
        if (tokens.empty()) tokens = plain.encode("\n");
        for (int step = 0; expected.size() < 12; step++) {
            const auto logits = run_json({"trace", routed(), "--tokens", list(tokens)})["logits"]
                                    .back()
                                    .get<std::vector<float>>();
            uint32_t best = 0;
            bool any = false;
            for (uint32_t t = 0; t < plain.texts.size(); t++) {
                const bool begins = plain.texts[t].compare(0, held.size(), held) == 0;
                if (begins && (!any || logits[t] > logits[best])) best = t, any = true;
            }
            ASSERT_NE(best, 0u) << "an escape: use another prompt in this test";
            expected += plain.texts[best].substr(held.size());
            held.clear();
            tokens.push_back(best);
        }
        const Json got =
            run_json({"generate", routed(), "--prompt", prompt, "-n", "12", "--temperature", "0"});
        Tokens bytes;
        for (const char c : expected.substr(0, 12)) bytes.push_back(static_cast<uint8_t>(c));
        EXPECT_EQ(got["tokens"].get<Tokens>(), bytes) << prompt;
    }
}

TEST_F(Pairs, ChatNeverCutsACharacter) {
    const Json chat = Json::parse(
        run_atome({"chat", routed(), "-n", "37", "--json"}, {.input = "Hello\nL\xc3\xa9o is s\n"}).out);
    for (const Json& turn : chat["turns"]) EXPECT_EQ(turn["bytes"], 37);
    for (const char* n : {"20", "21", "22", "23", "24", "60", "61"}) {
        for (const char* command : {"chat", "generate"}) {
            std::vector<std::string> words = {command, routed(), "-n", n, "--temperature", "1"};
            RunOptions options;
            options.terminal = true;
            if (std::string(command) == "chat") options.input = "Hi L\xc3\xa9o\n";
            const RunResult r = run_atome(words, options);
            EXPECT_EQ(r.code, 0) << r.err;
            EXPECT_TRUE(is_utf8(r.out)) << command << " " << n << "\n" << r.out;
        }
    }
}

TEST_F(Pairs, SamplesOfTrainingAreWhole) {
    const RunResult r = run_atome(arguments(
        data(), dir / "m.safetensors", {"--sample-every", "5", "--prompt", "One d", "--tokenizer", "pairs"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.err.find("figures are per byte of text"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("step 5: One d"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("step 55: One d"), std::string::npos) << r.err;
    EXPECT_TRUE(is_utf8(r.err)) << r.err;
}

TEST_F(Pairs, TheTextDecidesWhereNothingIsSaid) {
    const Json pairs = trained(dir / "p.safetensors", {}, "2");
    EXPECT_EQ(pairs["tokenizer"], "pairs");
    EXPECT_GT(pairs["bytes_per_token"], 1.5);
    write_bytes(dir / "short.txt", accented(15000, 1));
    const auto tokenizer = [&](const std::vector<std::string>& more) {
        return run_json(arguments(dir / "short.txt", dir / "s.safetensors", more, "2"))["tokenizer"];
    };
    EXPECT_EQ(tokenizer({}), "bytes");
    EXPECT_EQ(tokenizer({"--tokenizer", "pairs"}), "pairs");
    EXPECT_EQ(trained(dir / "k.safetensors", {"--seed-recipe"}, "2")["tokenizer"], "bytes");
    EXPECT_EQ(trained(dir / "k.safetensors", {"--tokenizer", "bytes"}, "2")["bytes_per_token"], 1);
}

TEST_F(Pairs, AResumedRunKeepsItsVocabulary) {
    const std::string out = dir / "m.safetensors";
    trained(out, {}, "2");
    const Json inspected = run_json({"inspect", out});
    const auto resumed = [&](const std::string& tokenizer) {
        return arguments(data(), out, {"--resume", "--tokenizer", tokenizer}, "2");
    };
    // What automatic has chosen may be said, and no other.
    EXPECT_EQ(run_json(resumed("pairs"))["tokenizer"], "pairs");
    refuses(resumed("bytes"), "was trained with another --tokenizer: leave it out to continue that run");
    EXPECT_EQ(run_json({"inspect", out})["vocabulary"], inspected["vocabulary"]);
    trained(out, {"--tokenizer", "bytes"}, "2");
    EXPECT_EQ(run_json(resumed("bytes"))["tokenizer"], "bytes");
    refuses(resumed("pairs"), "another --tokenizer");
    refuses(resumed("auto"), "another --tokenizer");
}

TEST_F(Pairs, AStudentsTokensAreItsTeachers) {
    trained(dir / "bytes.safetensors", {"--tokenizer", "bytes"}, "2");
    const auto distill = [&](const std::string& teacher, const std::vector<std::string>& more) {
        std::filesystem::remove(dir / "student.teacher");
        std::vector<std::string> words = arguments(data(), dir / "student.safetensors", more, "2");
        words[0] = "distill";
        words.insert(words.end(), {"--teacher", teacher});
        return words;
    };
    EXPECT_EQ(run_json(distill(routed(), {}))["tokenizer"], "pairs");
    EXPECT_EQ(run_json(distill(vanilla(), {"--tokenizer", "pairs"}))["tokenizer"], "pairs");
    EXPECT_EQ(run_json(distill(dir / "bytes.safetensors", {}))["tokenizer"], "bytes");
    refuses(
        distill(routed(), {"--tokenizer", "bytes"}),
        "routed.safetensors: its tokens are pairs, and a student's are its teacher's: leave --tokenizer out");
    refuses(distill(dir / "bytes.safetensors", {"--tokenizer", "pairs"}), "its tokens are bytes");
    refuses(arguments(data(), dir / "v.safetensors", {"--tokenizer", "pairs", "--vocab-size", "200"}), "256");
}

TEST_F(Pairs, EveryTextTrainsOrIsALine) {
    std::string random;
    uint32_t state = 1;
    for (int i = 0; i < 40000; i++) {
        state = state * 1664525 + 1013904223;
        random += static_cast<char>(state >> 24);
    }
    const auto train = [&](const std::string& text, const char* model) {
        write_bytes(dir / "t.txt", text);
        return run_atome(arguments(dir / "t.txt",
                                   dir / (std::to_string(text.size()) + model + ".safetensors"),
                                   {"--tokenizer", "pairs", "--json", "--model", model}));
    };
    for (const char* model : {"routed", "vanilla"}) {
        for (const std::string& text : {std::string(30000, 'a'), std::string(30000, '\0'), std::string("xy"),
                                        std::string("xyz"), std::string(16, 'a')}) {
            const RunResult r = train(text, model);
            ASSERT_EQ(r.code, 0) << text.size() << " " << r.err;
            const double size = Json::parse(r.out)["bytes_per_token"].get<double>();
            EXPECT_EQ(size, text.size() > 16 ? 16 : text.size() == 16 ? 8 : 1) << text.size();
        }
        for (const std::string& text : {std::string("x"), std::string()})
            EXPECT_NE(expect_failure(train(text, model), 1).find("at least 2"), std::string::npos);
    }
    EXPECT_EQ(train(random, "routed").code, 0);
    // A byte without a token takes two positions. That a chunk does not fit shows before the training.
    const std::string message = expect_failure(train(random, "vanilla"), 1);
    EXPECT_NE(message.find("use shorter chunks"), std::string::npos) << message;
    EXPECT_FALSE(std::filesystem::exists(dir / "40000vanilla.safetensors"));
}

// How fast is for people to read; what is measured must be the same text.
TEST_F(Pairs, BenchMeasuresBothKinds) {
    const Json results = run_json({"bench", "infer", "--repeats", "1", "--window", "16"})["results"];
    const std::vector<std::string> names = {
        "infer-60k",  "infer-60k-pairs",  "infer-60k-fixed",  "infer-60k-fixed-pairs",
        "infer-944k", "infer-944k-pairs", "infer-944k-fixed", "infer-944k-fixed-pairs"};
    ASSERT_EQ(results.size(), names.size());
    for (std::size_t i = 0; i < names.size(); i++) {
        EXPECT_EQ(results[i]["name"], names[i]);
        const double size =
            results[i]["bytes_per_second"].get<double>() / results[i]["tokens_per_second"].get<double>();
        if (i % 2 == 0) {
            EXPECT_DOUBLE_EQ(size, 1);
            EXPECT_TRUE(results[i]["against_bytes"].is_null());
        } else {
            EXPECT_GT(size, 2);
            EXPECT_NEAR(results[i]["against_bytes"].get<double>(),
                        results[i]["bytes_per_second"].get<double>() /
                            results[i - 1]["bytes_per_second"].get<double>(),
                        1e-9);
        }
    }
}

TEST_F(Pairs, CalibrateSpeaksOfTokens) {
    write_bytes(dir / "valid.txt", accented(4000, 3));
    write_bytes(dir / "other.txt", corpus::write_thermostat(4000, 1));
    const std::vector<std::string> words = {"calibrate",       routed(), "--data",
                                            dir / "valid.txt", "--ood",  "other=" + (dir / "other.txt")};
    const Json got = run_json(words);
    EXPECT_EQ(got["tokenizer"], "pairs");
    const std::string text = contents(dir / "valid.txt");
    const PlainVocabulary plain(routed());
    const Tokens tokens = plain.encode(text);
    ASSERT_LT(tokens.size(), 3000u);
    const std::size_t predicted = (tokens.size() - 1) / 1024 * 1024;
    EXPECT_EQ(got["tokens"], predicted);
    std::size_t bytes = 0;
    for (std::size_t i = 1; i <= predicted; i++) bytes += plain.texts[tokens[i]].size();
    EXPECT_EQ(got["bytes"], bytes);
    // The loss of the first stream by hand, per byte of text.
    const RunResult shown = run_atome(words);
    EXPECT_NE(shown.out.find("next-token error"), std::string::npos);
    EXPECT_NE(shown.out.find("other, windows of 64 tokens"), std::string::npos);
    EXPECT_EQ(shown.out.find("next-byte"), std::string::npos);
    const Json traced =
        run_json({"trace", routed(), "--tokens", list({tokens.begin(), tokens.begin() + 1025}), "--window",
                  std::to_string(got["window"].get<int>())});
    double nats = 0;
    for (std::size_t t = 0; t < 1024; t++) {
        const auto logits = traced["logits"][t].get<std::vector<double>>();
        double sum = 0;
        for (const double l : logits) sum += std::exp(l);
        nats += std::log(sum) - logits[tokens[t + 1]];
    }
    if (predicted == 1024) {
        EXPECT_NEAR(got["nats"]["mean"].get<double>(), nats / static_cast<double>(bytes), 1e-4);
    }
    // A text that is long in bytes and short in tokens.
    write_bytes(dir / "short.txt", text.substr(0, 70));
    refuses({"calibrate", routed(), "--data", dir / "short.txt"}, "tokens: at least 65 are needed");
    // Models of one shape and two vocabularies.
    write_bytes(dir / "t.txt", corpus::write_thermostat(30000, 1));
    run_json(arguments(dir / "t.txt", dir / "t.safetensors", {}, "1"));
    refuses({"calibrate", routed(), dir / "t.safetensors", "--data", dir / "valid.txt"}, "one vocabulary");
}

}  // namespace
}  // namespace atome::test
