// atome calibrate on models whose answers are known, its figure, its errors.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/kernels/kernels.h"
#include "atome/kernels/registry.h"
#include "native/io/files.h"
#include "tests/cli/lookup_model.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

using Json = nlohmann::json;

// After 0 comes 1, as the model expects; after 1 comes 3 and after 3 comes 0, where it expects 2.
std::string cycle(std::size_t size) {
    std::string text;
    while (text.size() < size) text += std::string("\0\1\3", 3);
    text.resize(size);
    return text;
}

class Calibrate : public testing::Test {
  protected:
    void SetUp() override {
        write_lookup_model(model_, 1);
        write_bytes(data_, cycle(3001));
        write_bytes(other_, std::string(500, '\3'));
    }
    std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> args = {"calibrate", model_, "--data", data_, "--ood", "other=" + other_};
        args.insert(args.end(), more.begin(), more.end());
        return args;
    }
    TempDir folder_;
    std::string model_ = folder_ / "model.atome";
    std::string data_ = folder_ / "data.bin";
    std::string other_ = folder_ / "other.bin";
};

const Json& detection(const Json& result, const std::string& text, int window) {
    for (const Json& d : result["ood"])
        if (d["text"] == text && d["window"] == window) return d;
    static const Json none;
    ADD_FAILURE() << text << " " << window;
    return none;
}

// Every number that is not null is finite: JSON has no others, so nothing may have become null in its place.
void expect_numbers(const Json& signal) {
    for (const char* key : {"spearman", "partial", "auroc", "aurc"}) {
        ASSERT_TRUE(signal[key].contains("mean")) << signal;
        EXPECT_TRUE(signal[key].contains("low") && signal[key].contains("high"));
    }
}

TEST_F(Calibrate, ARouterThatKnowsEveryError) {
    const Json got = run_json(arguments({"--seq", "3000"}));
    EXPECT_EQ(got["bytes"], 3000);
    EXPECT_NEAR(got["accuracy"]["mean"].get<double>(), 1.0 / 3, 1e-12);
    ASSERT_EQ(got["signals"].size(), 5u);  // the mean, two layers, two of the prediction
    const char* names[] = {"mean_router_entropy", "router_entropy", "router_entropy", "predictive_entropy",
                           "one_minus_max_probability"};
    for (std::size_t i = 0; i < 5; i++) {
        const Json& s = got["signals"][i];
        expect_numbers(s);
        EXPECT_EQ(s["signal"], names[i]);
        EXPECT_EQ(s["layer"].is_null(), i == 0 || i > 2);
        EXPECT_EQ(s["auroc"]["mean"], 1.0) << i;
        EXPECT_EQ(s["aurc"]["mean"], got["best_aurc"]["mean"]) << i;
        EXPECT_GT(s["spearman"]["mean"], 0.7) << i;
        EXPECT_TRUE(s["auroc"]["low"].is_null());  // one model
    }
    // A third is right; of the k + 1 surest, 1000 / (k + 1) beyond that.
    double best = 0;
    for (int k = 1000; k < 3000; k++) best += 1 - 1000.0 / (k + 1);
    EXPECT_NEAR(got["best_aurc"]["mean"].get<double>(), best / 3000, 1e-12);
    EXPECT_NE(got["words"]["headline"].get<std::string>().find("excellent (AUROC 1.000)"), std::string::npos)
        << got["words"];
    EXPECT_NE(got["words"]["headline"].get<std::string>().find("The last router's: excellent (1.000)"),
              std::string::npos)
        << got["words"];
    EXPECT_NE(got["words"]["ood"][1].get<std::string>().find("router entropy, layer 2 1.000"),
              std::string::npos)
        << got["words"];
    // The loss by hand. LN of a byte: sqrt(3) at its place and -1 / sqrt(3) elsewhere, but for the epsilon.
    const double u = 2 * std::sqrt(3.0), v = 2 / std::sqrt(3.0);
    const double right = std::log(std::exp(u) + std::exp(-u) + 2) - u;
    const double wrong = std::log(std::exp(-v) + std::exp(v) + 2);  // of a byte with logit 0
    EXPECT_NEAR(got["nats"]["mean"].get<double>(), (right + 2 * wrong) / 3, 1e-3);
    // Two bins are filled: after 0, and after the others.
    const double sure = std::exp(-right), unsure = std::exp(v - wrong);
    EXPECT_NEAR(got["ece"]["mean"].get<double>(), (1 - sure) / 3 + 2 * unsure / 3, 1e-3);
    uint64_t count = 0;
    ASSERT_EQ(got["reliability"].size(), 15u);
    for (const Json& bin : got["reliability"]) count += bin["count"].get<uint64_t>();
    EXPECT_EQ(count, 3000u);
    EXPECT_EQ(got["reliability"][14]["accuracy"], 1.0);
    EXPECT_EQ(got["reliability"][14]["count"], 1000);
    EXPECT_TRUE(got["reliability"][0]["accuracy"].is_null());
    // The other text is unsure throughout, the data only two times out of three.
    for (const int window : {16, 64}) {
        const Json& d = detection(got, "other", window);
        EXPECT_EQ(d["data_windows"], 3000 / window);
        EXPECT_EQ(d["text_windows"], 499 / window);
        for (const Json& s : d["signals"]) EXPECT_EQ(s["auroc"]["mean"], 1.0);
        EXPECT_EQ(d["loss_auroc"]["mean"], 1.0);
        EXPECT_GT(detection(got, "shuffled", window)["loss_auroc"]["mean"], 0.9);
    }
    EXPECT_EQ(got["left_out"].size(), 1u);  // no capitals
    EXPECT_EQ(got["texts"].size(), 3u);
    ASSERT_EQ(got["risk_coverage"]["signals"].size(), 5u);
    EXPECT_EQ(got["risk_coverage"]["coverage"].size(), 100u);
    EXPECT_EQ(got["risk_coverage"]["best"].back(), got["risk_coverage"]["signals"][0]["risk"].back());
}

TEST_F(Calibrate, ARouterThatIsUpsideDown) {
    write_lookup_model(model_, -1);
    const Json got = run_json(arguments());
    for (int i = 0; i < 3; i++) EXPECT_EQ(got["signals"][i]["auroc"]["mean"], 0.0);
    EXPECT_EQ(got["signals"][3]["auroc"]["mean"], 1.0);
    EXPECT_LT(got["signals"][0]["spearman"]["mean"], -0.7);
    EXPECT_NE(got["words"]["headline"].get<std::string>().find("inverted, excellent"), std::string::npos);
    EXPECT_EQ(detection(got, "other", 16)["signals"][0]["auroc"]["mean"], 0.0);
}

TEST_F(Calibrate, ARouterThatNeverChanges) {
    write_lookup_model(model_, 0);
    const Json got = run_json(arguments());
    const Json& router = got["signals"][0];
    EXPECT_TRUE(router["spearman"]["mean"].is_null());
    EXPECT_TRUE(router["partial"]["mean"].is_null());
    EXPECT_EQ(router["auroc"]["mean"], 0.5);
    EXPECT_NEAR(router["aurc"]["mean"].get<double>(), 1 - got["accuracy"]["mean"].get<double>(), 1e-9);
    EXPECT_EQ(detection(got, "other", 64)["signals"][0]["auroc"]["mean"], 0.5);
    EXPECT_EQ(got["words"]["headline"].get<std::string>().rfind("No answer", 0), 0u);
}

TEST_F(Calibrate, ATextWithoutErrors) {
    write_bytes(data_, std::string(200, '\2'));  // after 2 comes 2, always
    const std::string svg = folder_ / "figure.svg";
    const Json got = run_json(arguments({"--svg", svg}));
    EXPECT_EQ(got["accuracy"]["mean"], 1.0);
    for (const Json& s : got["signals"]) EXPECT_TRUE(s["auroc"]["mean"].is_null());
    EXPECT_EQ(got["left_out"].size(), 2u);  // nothing to shuffle either
    EXPECT_EQ(cli::read_text(svg).find("nan"), std::string::npos);
    EXPECT_EQ(run_atome(arguments()).code, 0);
}

TEST_F(Calibrate, LowerCaseOfTheData) {
    const std::string model = golden_path("default_60k");
    std::string text;
    for (int i = 0; i < 8; i++) text += "The Cat Sat On The MAT. It Was SURE. ";
    write_bytes(data_, text);
    const Json got = run_json({"calibrate", model, "--data", data_});
    EXPECT_EQ(detection(got, "lower", 16)["text_windows"], (text.size() - 1) / 16);
    EXPECT_TRUE(got["left_out"].empty());
    for (char& c : text) c = static_cast<char>(std::tolower(c));
    write_bytes(other_, text);
    const Json given = run_json({"calibrate", model, "--data", data_, "--ood", "mine=" + other_});
    EXPECT_EQ(detection(given, "mine", 16)["signals"], detection(got, "lower", 16)["signals"]);
    // The same text is no other text.
    const Json same = run_json({"calibrate", model, "--data", data_, "--ood", "same=" + data_});
    for (const Json& s : detection(same, "same", 16)["signals"]) EXPECT_EQ(s["auroc"]["mean"], 0.5);
}

TEST_F(Calibrate, SeveralModelsGiveIntervals) {
    const std::string second = folder_ / "second.atome", third = folder_ / "third.atome";
    write_lookup_model(second, -1);
    write_lookup_model(third, 1, 2.1f);
    std::vector<std::string> args = arguments();
    args.insert(args.begin() + 2, {second, third});
    const Json got = run_json(args);
    ASSERT_EQ(got["models"].size(), 3u);
    EXPECT_EQ(got["models"][1]["model"], second);
    const double values[] = {1, 0, 1};
    for (int m = 0; m < 3; m++) EXPECT_EQ(got["models"][m]["signals"][0]["auroc"], values[m]);
    const Json& auroc = got["signals"][0]["auroc"];
    // Standard deviation sqrt(1/3), t 4.302653 at two degrees.
    EXPECT_NEAR(auroc["mean"].get<double>(), 2.0 / 3, 1e-12);
    EXPECT_NEAR(auroc["high"].get<double>() - auroc["mean"].get<double>(), 4.302653 / 3, 1e-5);
    EXPECT_NEAR(auroc["mean"].get<double>() - auroc["low"].get<double>(), 4.302653 / 3, 1e-5);
    EXPECT_NE(got["words"]["headline"].get<std::string>().find("undecided"), std::string::npos);
    EXPECT_EQ(got["reliability"][14]["count"], 3 * got["models"][0]["reliability"][14]["count"].get<int>());
}

TEST_F(Calibrate, AnyNumberOfThreadsGivesTheSameFiguresAndTheSameFigure) {
    const auto result = [&](const std::string& threads, const std::string& kernels) {
        const std::string svg = folder_ / "figure.svg";
        Json json =
            run_json({"calibrate", golden_path("default_60k"), "--data", data_, "--ood", "other=" + other_,
                      "--seq", "100", "--threads", threads, "--kernels", kernels, "--svg", svg});
        json.erase("kernels");
        return std::make_pair(json, cli::read_text(svg));
    };
    const auto one = result("1", "scalar");
    for (const char* threads : {"2", "3", "200"})
        EXPECT_EQ(result(threads, best_kernels().name), one) << threads;
}

// Checks that tags nest, attributes are quoted and nothing is unescaped.
void expect_well_formed(const std::string& xml) {
    std::vector<std::string> open;
    for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at)) {
        const std::size_t end = xml.find('>', at);
        ASSERT_NE(end, std::string::npos);
        const std::string tag = xml.substr(at + 1, end - at - 1);
        ASSERT_EQ(tag.find('<'), std::string::npos) << tag;
        ASSERT_EQ(std::count(tag.begin(), tag.end(), '"') % 2, 0) << tag;
        const std::string name = tag.substr(tag[0] == '/', tag.find_first_of(" /", 1) - (tag[0] == '/'));
        if (tag[0] == '/') {
            ASSERT_FALSE(open.empty());
            ASSERT_EQ(open.back(), tag.substr(1));
            open.pop_back();
        } else if (tag.back() != '/') {
            open.push_back(name);
        }
        at = end;
    }
    EXPECT_TRUE(open.empty());
    for (std::size_t at = xml.find('&'); at != std::string::npos; at = xml.find('&', at + 1))
        EXPECT_TRUE(xml.compare(at, 5, "&amp;") == 0 || xml.compare(at, 4, "&lt;") == 0 ||
                    xml.compare(at, 4, "&gt;") == 0 || xml.compare(at, 6, "&quot;") == 0);
}

TEST_F(Calibrate, TheFigureHasEveryPanelAndNoBadNumber) {
    const std::string svg = folder_ / "figure.svg";
    // A name with everything that XML minds.
    const std::string odd = folder_ / "a<b>&\"c\".atome";
    std::filesystem::copy_file(model_, odd);
    for (const int8_t router : {1, 0}) {
        write_lookup_model(model_, router);
        for (const bool several : {false, true}) {
            std::vector<std::string> args = arguments({"--svg", svg});
            args.insert(args.begin() + 1, odd);
            if (!several) args.erase(args.begin() + 2);
            const RunResult r = run_atome(args);
            ASSERT_EQ(r.code, 0) << r.err;
            const std::string xml = cli::read_text(svg);
            EXPECT_EQ(xml.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0), 0u);
            expect_well_formed(xml);
            for (const char* id : {"risk-coverage", "reliability", "correlation", "ood"})
                EXPECT_NE(xml.find("<g id=\"" + std::string(id) + "\""), std::string::npos) << id;
            EXPECT_NE(xml.find("prefers-color-scheme: dark"), std::string::npos);
            for (const char* bad : {"nan", "inf\"", "inf,", "\"-inf", "width=\"-", "height=\"-"})
                EXPECT_EQ(xml.find(bad), std::string::npos) << bad;
            EXPECT_NE(xml.find("other"), std::string::npos);
        }
    }
}

TEST_F(Calibrate, PrintsTablesAndWords) {
    const RunResult r = run_atome(arguments());
    ASSERT_EQ(r.code, 0) << r.err;
    for (const char* part :
         {"Spearman", "AURC", "router entropy, mean: AUROC 1.000 for next-byte error: excellent",
          "router entropy, layer 2", "other, windows of 64", "lower is left out", "Chance: AUROC 0.5"})
        EXPECT_NE(r.out.find(part), std::string::npos) << part << "\n" << r.out;
}

TEST_F(Calibrate, BadInputIsNamed) {
    const auto expect = [&](const std::vector<std::string>& args, const std::string& part) {
        const std::string message = expect_failure(run_atome(args), 1);
        EXPECT_NE(message.find(part), std::string::npos) << message;
    };
    const std::string none = folder_ / "none", empty = folder_ / "empty", tiny = folder_ / "tiny";
    write_bytes(empty, std::string());
    write_bytes(tiny, cycle(64));
    expect({"calibrate", none, "--data", data_}, "none");
    expect({"calibrate", model_, "--data", none}, "none");
    expect(arguments({"x=" + none}), "none");
    expect({"calibrate", model_, "--data", empty}, "has 0 bytes: at least 65");
    expect({"calibrate", model_, "--data", tiny}, "has 64 bytes: at least 65");
    expect(arguments({"x=" + tiny}), "tiny: has 64 bytes");
    write_bytes(tiny, cycle(65));
    EXPECT_EQ(run_json({"calibrate", model_, "--data", tiny})["bytes"], 64);
    write_bytes(tiny, cycle(70) + "\7");
    expect({"calibrate", model_, "--data", tiny}, "byte 7 at offset 70");
    expect({"calibrate", golden_path("vanilla_tiny"), "--data", data_}, "vanilla_tiny");
    expect({"calibrate", data_, "--data", data_}, "data.bin");
    expect({"calibrate", model_, model_, "--data", data_}, "given twice");
    const std::string deeper = folder_ / "deeper.atome";
    write_lookup_model(deeper, 1, 2, 3);
    expect({"calibrate", model_, deeper, "--data", data_}, "one architecture");
    const std::vector<uint8_t> before = bytes_of(model_);
    for (const std::string& input : {model_, data_, other_})
        expect(arguments({"--svg", input}), "is a file that is read");
    EXPECT_EQ(bytes_of(model_), before);
    // The figures are shown before the file is found to be impossible.
    expect_failure(run_atome(arguments({"--svg", folder_ / "none/figure.svg"})), 1, true);
    // Weights whose logits overflow.
    write_lookup_model(deeper, 1, 3e38f);
    expect({"calibrate", deeper, "--data", data_}, "pass the largest float");
}

TEST_F(Calibrate, WrongUsage) {
    const std::vector<std::vector<std::string>> wrong = {
        {"calibrate"},
        {"calibrate", model_},
        {"calibrate", "--data", data_},
        arguments({"other=" + data_}),  // one name twice
        arguments({"shuffled=" + data_}),
        arguments({"lower=" + data_}),
        arguments({"no-file"}),
        arguments({"empty="}),
        arguments({"=" + data_}),
        arguments({"two words=" + data_}),
        arguments({"twenty-one-characters=" + data_}),
        arguments({"--bytes", "63"}),
        arguments({"--seq", "63"}),
        arguments({"--bytes", "many"}),
        arguments({"--threads", "0"}),
        arguments({"--window", "0"}),
    };
    for (const std::vector<std::string>& args : wrong) {
        SCOPED_TRACE(args.back());
        const std::string message = expect_failure(run_atome(args), 2);
        EXPECT_NE(message.find("--help"), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace atome::test
