// Every folder under checkpoints/ holds what its card says: sizes, digests, and the bits per byte of an
// evaluation made again here.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<fs::path> folders() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(ATOME_CHECKPOINTS_DIR))
        if (entry.is_directory()) found.push_back(entry.path());
    return found;
}

Json card_of(const fs::path& folder) {
    std::ifstream in(folder / "card.json");
    return Json::parse(in);
}

TEST(Checkpoints, ThereAreSome) { EXPECT_FALSE(folders().empty()); }

TEST(Checkpoints, HaveTheSizesOfTheirCards) {
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json card = card_of(folder);
        const std::string model = folder / "model.atome";
        EXPECT_EQ(fs::file_size(model), card["flash_bytes"]);
        EXPECT_EQ(run_json({"inspect", model})["parameters"], card["parameters"]);
        const Json fit = run_json({"fit", model, "--window", card["ram_bytes"]["window"].dump()});
        EXPECT_EQ(fit["ram"][0]["bytes"], card["ram_bytes"]["bytes"]);
        for (const char* file : {"model.safetensors", "log.jsonl"}) EXPECT_TRUE(fs::exists(folder / file));
    }
}

TEST(Checkpoints, ComputeWhatTheirCardsSay) {
    const TempDir dir;
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json card = card_of(folder), trace = card["trace"];
        for (const char* file : {"model.atome", "model.safetensors"}) {
            const Json run = run_json({"trace", folder / file, "--text", trace["text"], "--window", trace["window"].dump()});
            EXPECT_EQ(run["digest"], trace["digest"]) << file;
        }
        const Json e = card["evaluation"];
        const std::string text = dir / "text.txt";
        run_json({"corpus", e["corpus"], "--bytes", e["bytes"].dump(), "--seed", e["corpus_seed"].dump(), "--out", text});
        const Json eval = run_json({"eval", folder / "model.atome", "--data", text, "--seq", e["seq"].dump()});
        EXPECT_NEAR(eval["bpb"].get<double>(), e["bits_per_byte"].get<double>(), 1e-4);
    }
}

}  // namespace
}  // namespace atome::test
