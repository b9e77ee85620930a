// The fixed engine alone, for compilers and flags that the float engine does not allow:
//     fixed_main CASES NAME...     prints of each case what the parity program prints of it
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "atome/infer/trace.h"

namespace {

struct alignas(16) Block {
    uint8_t bytes[16];
};

// In whole blocks, which begin at multiples of 16.
std::vector<Block> blocks(uint64_t bytes) { return std::vector<Block>(bytes / sizeof(Block) + 1); }

bool run(const std::string& folder, const std::string& name) {
    std::ifstream file(folder + "/" + name + ".atome", std::ios::binary),
        words(folder + "/" + name + ".tokens");
    const std::vector<char> read{std::istreambuf_iterator<char>(file), {}};
    std::vector<Block> blob = blocks(read.size());
    std::copy(read.begin(), read.end(), reinterpret_cast<char*>(blob.data()));
    atome::FixedOptions options;
    options.kernels = &atome::pairs_fixed_kernels();
    uint32_t greedy = 0;
    words >> options.window >> greedy;
    std::vector<uint8_t> tokens;
    for (uint32_t token; words >> token;) tokens.push_back(static_cast<uint8_t>(token));

    atome::ModelView model;
    atome::FixedEngine engine;
    atome::Status status = atome::ModelView::open(blob[0].bytes, read.size(), &model);
    if (!status.ok()) return std::fprintf(stderr, "%s: %s\n", name.c_str(), status.c_str()), false;
    std::vector<Block> arena = blocks(atome::arena_bytes(model, options));
    status = engine.init(model, options, arena.data(), arena.size() * sizeof(Block));
    uint64_t digest = 0;
    if (status.ok())
        status = atome::trace(
            engine, tokens.data(), tokens.size(), greedy, &digest, [](std::size_t) {}, [](uint32_t) {});
    if (!status.ok()) return std::fprintf(stderr, "%s: %s\n", name.c_str(), status.c_str()), false;
    std::printf("case %s_fixed tokens %" PRIu64 " digest %016" PRIx64 "\n", name.c_str(), engine.position(),
                digest);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    int failed = argc < 3;
    for (int i = 2; i < argc; i++) failed += !run(argv[1], argv[i]);
    return failed;
}
