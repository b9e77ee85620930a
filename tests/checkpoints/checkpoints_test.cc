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
        if (fs::exists(entry.path() / "card.json")) found.push_back(entry.path());
    return found;
}

Json card_of(const fs::path& folder) {
    std::ifstream in(folder / "card.json");
    return Json::parse(in);
}

// The text that a card was evaluated on, in a file of `dir`; empty where it is not on this machine: text that
// is not the kit's own lies beside the project.
std::string evaluation_text(const Json& evaluation, const TempDir& dir) {
    const std::string text = dir / "text.txt";
    if (evaluation.contains("corpus")) {
        run_json({"corpus", evaluation["corpus"], "--bytes", evaluation["bytes"].dump(), "--seed",
                  evaluation["corpus_seed"].dump(), "--out", text});
        return text;
    }
    const fs::path whole = fs::path(ATOME_SHARED_DIR) / "data" / evaluation["file"].get<std::string>();
    if (!fs::exists(whole)) return {};
    std::string bytes(evaluation["first_bytes"].get<std::size_t>(), '\0');
    std::ifstream(whole, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::ofstream(text, std::ios::binary) << bytes;
    return text;
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
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json trace = card_of(folder)["trace"];
        for (const char* file : {"model.atome", "model.safetensors"}) {
            const Json run =
                run_json({"trace", folder / file, "--text", trace["text"], "--window", trace["window"].dump()});
            EXPECT_EQ(run["digest"], trace["digest"]) << file;
        }
    }
}

TEST(Checkpoints, PredictAsWellAsTheirCardsSay) {
    const TempDir dir;
    std::string missing;
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json e = card_of(folder)["evaluation"];
        const std::string text = evaluation_text(e, dir);
        if (text.empty()) {
            missing += " " + folder.filename().string();
            continue;
        }
        const Json eval = run_json({"eval", folder / "model.atome", "--data", text, "--seq", e["seq"].dump()});
        EXPECT_NEAR(eval["bpb"].get<double>(), e["bits_per_byte"].get<double>(), 1e-4);
    }
    if (!missing.empty())
        GTEST_SKIP() << "not evaluated, for their text is not beside the project (../shared/data):" << missing;
}

}  // namespace
}  // namespace atome::test
