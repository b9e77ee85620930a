// atome export, inspect and fit.
#include <gtest/gtest.h>

#include <algorithm>

#include "atome/deploy/fit.h"
#include "tests/cli/run_atome.h"
#include "tests/formats/published_files.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

std::string digest(const std::string& path, const Config& c) {
    return run_json({"trace", path, "--tokens", "1,2,3,4,5,6,7,8,9,10", "--vocab-size",
                     std::to_string(c.vocab_size), "--d-model", std::to_string(c.d_model), "--n-layers",
                     std::to_string(c.n_layers), "--d-head", std::to_string(c.d_head), "--kernel-size",
                     std::to_string(c.kernel_size), "--top-k", std::to_string(c.top_k)})["digest"];
}

TEST(Export, EveryFormatThatHoldsTheModelGivesTheSameDigest) {
    const TempDir folder;
    for (const std::string& name : routed_cases()) {
        const GoldenCase c = load_golden(golden_path(name));
        const Config& config = c.model.config;
        const std::string expected = digest(c.path, config);
        const bool legacy = config.d_ff == 0 && config.disabled == 0;
        std::vector<std::string> outputs = {"m.atome", "m.safetensors"};
        if (legacy && config.quantizer == Quantizer::ternary)
            outputs.insert(outputs.end(), {"m.atome01", "m.bin", "m.atome02"});
        if (legacy && config.quantizer == Quantizer::power3) outputs.push_back("m.atomep3");
        for (const std::string& output : outputs) {
            const std::string path = folder / output;
            const nlohmann::json got = run_json({"export", c.path, "--out", path});
            EXPECT_EQ(got["bytes"], std::filesystem::file_size(path)) << path;
            EXPECT_EQ(digest(path, config), expected) << name << " as " << output;
            // And from there back.
            run_json({"export", path, "--out", folder / "back.atome", "--vocab-size",
                      std::to_string(config.vocab_size), "--d-model", std::to_string(config.d_model),
                      "--n-layers", std::to_string(config.n_layers), "--d-head",
                      std::to_string(config.d_head), "--kernel-size", std::to_string(config.kernel_size),
                      "--top-k", std::to_string(config.top_k)});
            EXPECT_EQ(digest(folder / "back.atome", config), expected)
                << name << " as " << output << " and back";
        }
        run_json({"export", c.path, "--out", folder / "five.atome", "--trits", "trit5"});
        EXPECT_EQ(digest(folder / "five.atome", config), expected) << name;
        const bool ternary = config.quantizer == Quantizer::ternary;
        EXPECT_EQ(std::filesystem::file_size(folder / "five.atome") <
                      std::filesystem::file_size(folder / "m.atome"),
                  ternary)
            << name;
    }
}

TEST(Export, WritesThePublishedKitsBytes) {
    const TempDir folder;
    for (const PublishedFile& s : kPublishedFiles) {
        const std::string path = folder / (std::string(s.model) + s.extension);
        run_json({"export", golden_path(s.model), "--out", path});
        EXPECT_EQ(sha256(bytes_of(path)), s.digest) << path;
    }
}

TEST(Export, WritesACHeader) {
    const TempDir folder;
    const nlohmann::json one = run_json(
        {"export", golden_path("tiny_ternary"), "--c-header", folder / "m.h", "--symbol", "my_model"});
    EXPECT_EQ(one["format"], "c-header");
    const std::vector<uint8_t> bytes = bytes_of(folder / "m.h");
    const std::string header(bytes.begin(), bytes.end());
    EXPECT_NE(header.find("my_model["), std::string::npos);
    EXPECT_NE(header.find("MY_MODEL_D_MODEL 16"), std::string::npos);
    const nlohmann::json two = run_json(
        {"export", golden_path("tiny_ternary"), "--out", folder / "m.atome", "--c-header", folder / "n.h"});
    EXPECT_EQ(two["format"], "atome");
    EXPECT_EQ(two["c_header"]["bytes"], std::filesystem::file_size(folder / "n.h"));
    EXPECT_EQ(folder.files(), (std::vector<std::string>{"m.atome", "m.h", "n.h"}));
}

TEST(Export, WritesTheProgramThatGoesWithTheHeader) {
    const TempDir folder;
    const std::string m = golden_path("default_60k");
    const nlohmann::json got = run_json({"export", m, "--c-header", folder / "story.h", "--main-c",
                                         folder / "main.c", "--symbol", "story", "--prompt", "Once", "-n",
                                         "50", "--window", "32", "--top-p", "0.9", "--seed", "7"});
    EXPECT_EQ(got["format"], "c-header");
    EXPECT_EQ(got["main_c"]["out"], folder / "main.c");
    EXPECT_EQ(got["main_c"]["bytes"], std::filesystem::file_size(folder / "main.c"));
    EXPECT_EQ(got["main_c"]["window"], 32);
    EXPECT_EQ(got["main_c"]["arena_bytes"], 50752);
    const auto holds = [&](const std::string& part) {
        const std::vector<uint8_t> bytes = bytes_of(folder / "main.c");
        return std::string(bytes.begin(), bytes.end()).find(part) != std::string::npos;
    };
    for (const char* part :
         {"#include \"story.h\"", "sizeof story,", "\"Once\"", "BYTES_TO_WRITE 50u", "WINDOW 32",
          "ARENA_BYTES 50752", "temperature = 0.8f", "top_p = 0.9f", "seed = 7u"})
        EXPECT_TRUE(holds(part)) << part;
    // Defaults are those of generate.
    run_json({"export", m, "--out", folder / "m.atome", "--c-header", folder / "m.h", "--main-c",
              folder / "main.c"});
    for (const char* part : {"#include \"m.h\"", "sizeof model_blob,", "BYTES_TO_WRITE 200u", "WINDOW 256"})
        EXPECT_TRUE(holds(part)) << part;
    EXPECT_EQ(folder.files(), (std::vector<std::string>{"m.atome", "m.h", "main.c", "story.h"}));
}

TEST(Export, RefusesAProgramThatCannotWork) {
    const TempDir folder;
    const std::string m = golden_path("tiny_ternary"), h = folder / "m.h", c = folder / "main.c";
    const auto fails = [](const std::vector<std::string>& args, int code, const std::string& word) {
        EXPECT_NE(expect_failure(run_atome(args), code).find(word), std::string::npos) << word;
    };
    fails({"export", m, "--main-c", c}, 2, "--c-header FILE is required");
    fails({"export", m, "--out", folder / "m.atome", "--main-c", c}, 2, "--c-header FILE is required");
    fails({"export", m, "--c-header", h, "--prompt", "a"}, 2, "--prompt requires --main-c");
    fails({"export", m, "--c-header", h, "--main-c", c, "--temperature", "0.001"}, 2, "temperature");
    fails({"export", m, "--c-header", h, "--main-c", c, "--window", "0"}, 2, "--window");
    fails({"export", m, "--c-header", h, "--main-c", h}, 1, "both --c-header and --main-c");
    fails({"export", m, "--c-header", h, "--main-c", m}, 1, "the model that is read");
    fails({"export", m, "--c-header", h, "--main-c", c, "--symbol", "atome_model"}, 1,
          "symbol 'atome_model'");
    fails({"export", m, "--c-header", h, "--main-c", c, "--prompt", "Once"}, 1,
          "outside the model's vocabulary");
    EXPECT_EQ(folder.files(), std::vector<std::string>{});
}

// The fixed engine's plan, from a text and from what the model writes; the loss hardly changes.
TEST(Export, MakesModelsForTheFixedEngine) {
    const TempDir folder;
    const std::string m = golden_path("default_60k"), text = folder / "text.txt";
    run_json({"corpus", "stories", "--bytes", "3000", "--out", text});
    const auto bpb = [&](const std::string& model, const std::string& engine) {
        return run_json({"eval", model, "--data", text, "--engine", engine})["bpb"].get<double>();
    };
    for (const std::vector<std::string>& how :
         {std::vector<std::string>{"--engine", "fixed"}, {"--engine", "fixed", "--calibrate", text}}) {
        const std::string out = folder / "m.atome";
        std::vector<std::string> args = {"export", m, "--out", out};
        args.insert(args.end(), how.begin(), how.end());
        run_json(args);
        EXPECT_EQ(bpb(out, "float"), bpb(m, "float"));
        EXPECT_NEAR(bpb(out, "fixed"), bpb(m, "float"), 0.05) << "random weights";
        // It writes, and says its numbers, which are not the float engine's.
        const auto text_by = [&](const std::string& engine) {
            return run_json({"generate", out, "-n", "40", "--engine", engine, "--temperature", "0", "--seed",
                             "3"})["tokens"];
        };
        EXPECT_EQ(text_by("fixed").size(), 40u);
        EXPECT_EQ(text_by("fixed"), text_by("fixed"));
        const auto digest_by = [&](const std::string& engine) {
            return run_json({"trace", out, "--text", "One day", "--engine", engine})["digest"];
        };
        EXPECT_NE(digest_by("fixed"), digest_by("float"));
        // Written again, the plan stays.
        run_json({"export", out, "--out", folder / "again.atome", "--trits", "trit5"});
        EXPECT_EQ(bpb(folder / "again.atome", "fixed"), bpb(out, "fixed"));
    }
    // Not exported so, a model is measured on the same text of its own each time.
    run_json({"export", m, "--out", folder / "own.atome", "--engine", "fixed"});
    EXPECT_EQ(bpb(m, "fixed"), bpb(folder / "own.atome", "fixed"));
}

TEST(Export, SaysWhatHasNoFixedEngine) {
    const TempDir folder;
    const auto fails = [](const std::vector<std::string>& args, int code, const std::string& word) {
        EXPECT_NE(expect_failure(run_atome(args), code).find(word), std::string::npos) << word;
    };
    const std::string out = folder / "m.atome", m = golden_path("tiny_ternary");
    for (const char* quantizer : {"power3", "none"})
        fails({"export", golden_path(std::string("tiny_") + quantizer), "--out", out, "--engine", "fixed"}, 1,
              "use ternary or int4");
    fails({"export", m, "--out", out, "--calibrate", m}, 2, "--engine fixed");
    fails({"export", m, "--out", folder / "m.safetensors", "--engine", "fixed"}, 2, "only .atome files");
    fails({"export", m, "--out", out, "--engine", "fixed", "--calibrate", folder / "none"}, 1, "none");
    fails({"export", m, "--out", out, "--engine", "integer"}, 2, "--engine");
    EXPECT_EQ(folder.files(), std::vector<std::string>{});
}

TEST(Export, QuantisesAgainOnRequest) {
    const TempDir folder;
    run_json({"export", golden_path("tiny_none"), "--out", folder / "t.atome", "--quantizer", "ternary"});
    EXPECT_EQ(run_json({"inspect", folder / "t.atome"})["config"]["quantizer"], "ternary");
    // Codes cannot be quantised again, and no legacy format holds float matrices.
    expect_failure(
        run_atome({"export", folder / "t.atome", "--out", folder / "u.atome", "--quantizer", "power3"}), 1);
    expect_failure(run_atome({"export", golden_path("tiny_none"), "--out", folder / "u.atome01"}), 1);
    expect_failure(run_atome({"export", golden_path("tiny_ffn_ternary"), "--out", folder / "u.atome01"}), 1);
    expect_failure(run_atome({"export", golden_path("tiny_power3"), "--out", folder / "u.atome02"}), 1);
    EXPECT_EQ(folder.files(), std::vector<std::string>{"t.atome"});
}

// default_60k's weights as an int4 model, from shadow weights to what a chip holds.
TEST(Export, Int4FromShadowWeightsToTheChip) {
    const TempDir folder;
    const std::string floats = folder / "q.safetensors", coded = folder / "q.atome";
    run_json({"export", golden_path("default_60k"), "--out", floats, "--quantizer", "int4"});
    run_json({"export", floats, "--out", coded});
    const auto text = [](const std::string& path) {
        return run_json({"generate", path, "--prompt", "Once", "-n", "80", "--temperature", "0.8"})["tokens"];
    };
    EXPECT_EQ(text(coded), text(floats));
    const nlohmann::json inspected = run_json({"inspect", coded});
    EXPECT_EQ(inspected["config"]["quantizer"], "int4");
    EXPECT_EQ(inspected["tensors"], run_json({"inspect", floats})["tensors"]);
    const nlohmann::json& embed = inspected["tensors"][0];
    EXPECT_EQ(embed["encoding"], "int4");
    EXPECT_EQ(embed["bytes"], 256 * 64 / 2 + 4);
    EXPECT_EQ(embed["counts"].size(), 15u);
    const nlohmann::json flash = run_json({"fit", floats})["flash"];
    EXPECT_EQ(flash["trit2"], std::filesystem::file_size(coded));
    EXPECT_EQ(flash["trit5"], std::filesystem::file_size(coded));
    for (const char* legacy : {"q.atome01", "q.atome02", "q.atomep3"})
        EXPECT_NE(expect_failure(run_atome({"export", floats, "--out", folder / legacy}), 1)
                      .find("cannot hold codes -7..7 (quantizer int4): use .atome"),
                  std::string::npos);
    EXPECT_EQ(folder.files(), (std::vector<std::string>{"q.atome", "q.safetensors"}));
}

TEST(Inspect, TellsWhatIsInTheFile) {
    for (const std::string& name : routed_cases()) {
        const GoldenCase c = load_golden(golden_path(name));
        const Config& config = c.model.config;
        const nlohmann::json got = run_json({"inspect", c.path});
        EXPECT_EQ(got["format"], "safetensors");
        EXPECT_EQ(got["parameters"], parameter_count(config));
        EXPECT_EQ(got["bytes"], std::filesystem::file_size(c.path));
        EXPECT_EQ(got["config"]["d_model"], config.d_model);
        EXPECT_EQ(got["config"]["d_ff"], config.d_ff);
        EXPECT_EQ(got["config"]["disable_pathways"].size(), 3 - config.active_pathways());
        std::size_t active = 0;
        for (uint32_t i = 0; i < tensor_count(config); i++) active += tensor_spec(config, i).active;
        ASSERT_EQ(got["tensors"].size(), active) << name;
        for (const auto& tensor : got["tensors"]) {
            if (!tensor.contains("counts")) continue;
            uint64_t sum = 0;
            for (const auto& [code, count] : tensor["counts"].items()) sum += count.get<uint64_t>();
            EXPECT_EQ(sum, tensor["rows"].get<uint64_t>() * tensor["cols"].get<uint64_t>()) << tensor["name"];
            EXPECT_NEAR(tensor["sparsity"].get<double>(),
                        tensor["counts"]["0"].get<double>() / static_cast<double>(sum), 1e-12);
        }
        const RunResult text = run_atome({"inspect", c.path});
        EXPECT_EQ(text.code, 0) << text.err;
        EXPECT_NE(text.out.find("embed.weight"), std::string::npos);
    }
}

TEST(Fit, UsesTheEnginesOwnFigures) {
    const GoldenCase c = load_golden(golden_path("default_60k"));
    const OpenModel two = open_model(c.model), five = open_model(c.model, Encoding::trit5);
    const nlohmann::json got = run_json({"fit", c.path, "--window", "1,16,100"});
    EXPECT_EQ(got["flash"]["trit2"], two.bytes.size());
    EXPECT_EQ(got["flash"]["trit5"], five.bytes.size());
    ASSERT_EQ(got["ram"].size(), 3u);
    for (const auto& row : got["ram"])
        EXPECT_EQ(row["bytes"], ram_bytes(two.view, row["window"].get<uint32_t>()));
    ASSERT_GE(got["boards"].size(), 14u);
    for (const auto& board : got["boards"]) {
        const uint32_t window = board["window"];
        if (!board["fits"]) {
            EXPECT_EQ(window, 0u) << board["name"];
            continue;
        }
        const uint64_t ram = board["ram"];
        EXPECT_LE(ram_bytes(two.view, window) + beside_model(false).ram, ram) << board["name"];
        EXPECT_GT(ram_bytes(two.view, window + 1) + beside_model(false).ram, ram) << board["name"];
    }
    // 16 KB of RAM are too few for the float engine, and give the fixed one a window of its own.
    const auto micro_bit = [&](const char* engine) {
        const nlohmann::json report = run_json({"fit", c.path, "--engine", engine});
        for (const auto& board : report["boards"])
            if (board["name"] == "micro:bit v1") return board["window"].get<uint32_t>();
        return 0u;
    };
    EXPECT_GE(micro_bit("fixed"), 32u);
    EXPECT_LT(micro_bit("float"), 8u);
    EXPECT_FALSE(got["boards"][0]["fits"]);  // 8 bits
}

TEST(Fit, AModelThatDoesNotExistYetHasTheSizesOfOneThatDoes) {
    for (const std::string& name : routed_cases()) {
        const GoldenCase c = load_golden(golden_path(name));
        std::vector<std::string> plan = {"fit"};
        for (const ConfigField<Config>& f : fields(c.model.config)) {
            std::string option = std::string("--") + f.name;
            std::replace(option.begin(), option.end(), '_', '-');
            plan.insert(plan.end(), {option, std::string(field_text(f, c.model.config).view())});
        }
        const nlohmann::json real = run_json({"fit", c.path}), planned = run_json(plan);
        EXPECT_EQ(planned, real) << name;
    }
}

TEST(Fit, PrintsATable) {
    const RunResult r = run_atome({"fit", "--d-model", "64"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("Blue Pill"), std::string::npos);
    EXPECT_NE(r.out.find("KB of code"), std::string::npos);
}

}  // namespace
}  // namespace atome::test
