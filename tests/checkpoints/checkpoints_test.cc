// Every folder under checkpoints/ holds what its card says: sizes, digests, and the bits per byte of an
// evaluation made again here.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/run_atome.h"
#include "tests/shared.h"

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

// Evaluates the model of a folder on a text again.
void expect_as_evaluated(const fs::path& folder, const std::string& text) {
    const Json e = card_of(folder)["evaluation"];
    const Json eval = run_json({"eval", folder / "model.atome", "--data", text, "--seq", e["seq"].dump()});
    EXPECT_NEAR(eval["bpb"].get<double>(), e["bits_per_byte"].get<double>(), 1e-4);
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
            const Json run = run_json(
                {"trace", folder / file, "--text", trace["text"], "--window", trace["window"].dump()});
            EXPECT_EQ(run["digest"], trace["digest"]) << file;
        }
        if (!trace.contains("fixed_digest")) continue;  // no plan in the file
        const Json fixed = run_json({"trace", folder / "model.atome", "--text", trace["text"], "--window",
                                     trace["window"].dump(), "--engine", "fixed"});
        EXPECT_EQ(fixed["digest"], trace["fixed_digest"]);
    }
}

TEST(Checkpoints, PredictTheKitsTextsAsWellAsTheirCardsSay) {
    const TempDir dir;
    const std::string text = dir / "text.txt";
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json e = card_of(folder)["evaluation"];
        if (!e.contains("corpus")) continue;
        run_json({"corpus", e["corpus"], "--bytes", e["bytes"].dump(), "--seed", e["corpus_seed"].dump(),
                  "--out", text});
        expect_as_evaluated(folder, text);
    }
}

// In whole numbers, with the file's plan or one from what the model writes itself.
TEST(Checkpoints, LoseLittleInTheFixedEngine) {
    const TempDir dir;
    const std::string text = dir / "text.txt";
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json card = card_of(folder), e = card["evaluation"];
        if (e.contains("corpus")) {
            run_json({"corpus", e["corpus"], "--bytes", "12000", "--seed", e["corpus_seed"].dump(), "--out",
                      text});
        } else {
            const std::string file = "data/" + e["file"].get<std::string>();
            ATOME_NEEDS_SHARED(file);
            const bool large = card["parameters"] > 300'000;
#ifdef ATOME_SANITIZE
            if (large) continue;
#endif
            std::string bytes(large ? 4096 : 12000, '\0');
            std::ifstream whole(shared_path(file), std::ios::binary);
            whole.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
            write_bytes(text, bytes);
        }
        const auto bpb = [&](const std::string& engine) {
            return run_json({"eval", folder / "model.atome", "--data", text, "--seq", e["seq"].dump(),
                             "--engine", engine})["bpb"]
                .get<double>();
        };
        EXPECT_NEAR(bpb("fixed"), bpb("float"), 0.005);
    }
}

TEST(Checkpoints, PredictPublishedTextsAsWellAsTheirCardsSay) {
    const TempDir dir;
    for (const fs::path& folder : folders()) {
        SCOPED_TRACE(folder.filename());
        const Json e = card_of(folder)["evaluation"];
        if (!e.contains("file")) continue;
        const std::string file = "data/" + e["file"].get<std::string>();
        ATOME_NEEDS_SHARED(file);
        std::string bytes(e["first_bytes"].get<std::size_t>(), '\0');
        std::ifstream whole(shared_path(file), std::ios::binary);
        whole.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        write_bytes(dir / "text.txt", bytes);
        expect_as_evaluated(folder, dir / "text.txt");
    }
}

}  // namespace
}  // namespace atome::test
