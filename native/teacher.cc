#include "native/teacher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "atome/bytes.h"
#include "atome/digest.h"
#include "atome/formats/load.h"
#include "atome/train/gpt_network.h"
#include "atome/train/routed_network.h"
#include "atome/train/settings.h"
#include "native/files.h"
#include "native/gpt_file.h"
#include "native/output.h"
#include "native/progress.h"

namespace atome::cli {
namespace {

constexpr char kMagic[] = "ATOMESFT";
constexpr uint32_t kVersion = 1;
constexpr std::size_t kHeader = 48;
constexpr uint32_t kLeastKept = 4, kMostKept = 32;
constexpr uint32_t kRoutedContext = 256;  // of a teacher whose sequences have no end
constexpr uint64_t kMegabyte = 1'000'000;

uint64_t digest_of(const std::vector<uint8_t>& bytes) {
    Digest d;
    d.add(static_cast<uint32_t>(bytes.size()));
    for (const uint8_t b : bytes) d.add(b);
    return d.value();
}

struct Header {
    uint32_t vocab_size = 0, kept = 0, context = 0;
    uint64_t positions = 0, text = 0, teacher = 0;
    bool operator==(const Header&) const = default;
};

std::vector<uint8_t> header_bytes(const Header& h) {
    std::vector<uint8_t> bytes(kHeader);
    std::memcpy(bytes.data(), kMagic, 8);
    const uint32_t words[] = {kVersion, h.vocab_size, h.kept, h.context};
    std::memcpy(&bytes[8], words, sizeof words);
    const uint64_t longs[] = {h.positions, h.text, h.teacher};
    std::memcpy(&bytes[24], longs, sizeof longs);
    return bytes;
}

class StoredTargets : public SoftTargets {
  public:
    StoredTargets(const Header& header, std::vector<uint8_t> file)
        : header_(header), file_(std::move(file)) {}
    std::size_t positions() const override { return header_.positions; }
    void read(std::size_t position, float* out) const override {
        // The file was checked when it was opened.
        unpack_soft_target(record(position), header_.kept, header_.vocab_size, out);
    }
    const uint8_t* record(std::size_t position) const {
        return &file_[kHeader + position * header_.kept * kSoftPair];
    }

  private:
    Header header_;
    std::vector<uint8_t> file_;
};

NetworkModel load_teacher(const std::vector<uint8_t>& bytes, const std::string& path) {
    if (const auto gpt = find_gpt(bytes, path)) return gpt_network(gpt->model);
    LoadedModel loaded;
    require(load_model(bytes.data(), bytes.size(), nullptr, &loaded), path);
    return routed_network(loaded.shadow ? *loaded.shadow : dequantise(loaded.coded));
}

// Fills the records of all positions but the first, which nothing precedes.
void compute(const Header& h, NetworkModel teacher, const std::vector<uint8_t>& text,
             const KernelSet& kernels, Executor& executor, bool quiet, std::vector<uint8_t>* file) {
    Network& network = *teacher.network;
    network.prepare(teacher.weights, kernels, executor);
    std::vector<std::unique_ptr<Workspace>> workspaces(executor.workers());
    const std::size_t record = h.kept * kSoftPair, stride = padded(h.vocab_size), step = h.context / 2;
    const std::size_t windows =
        text.size() <= h.context ? 1 : (text.size() - h.context + step - 1) / step + 1;
    Progress progress(text.size(), "bytes", quiet);
    constexpr std::size_t kAtOnce = 64;
    for (std::size_t first = 0; first < windows; first += kAtOnce) {
        executor.run(static_cast<uint32_t>(std::min(kAtOnce, windows - first)), [&](uint32_t i,
                                                                                    uint32_t worker) {
            const std::size_t window = first + i, start = window * step;
            auto& w = workspaces[worker];
            if (!w) w = network.make_workspace(h.context);
            const uint32_t T = static_cast<uint32_t>(std::min<std::size_t>(h.context, text.size() - start));
            network.forward(&text[start], T, *w);
            // What an earlier window has not told; the last position predicts a byte of the next window.
            for (std::size_t t = window == 0 ? 0 : h.context - step - 1; t + 1 < T; t++)
                pack_soft_target(&w->logits[t * stride], h.vocab_size, h.kept,
                                 &(*file)[kHeader + (start + t + 1) * record]);
        });
        progress.update(std::min((first + kAtOnce) * step, text.size()));
    }
    progress.finish();
}

}  // namespace

std::unique_ptr<SoftTargets> open_teacher(const TeacherCommand& c, const std::vector<uint8_t>& text,
                                          uint32_t vocab_size, const KernelSet& kernels, Executor& executor) {
    const std::vector<uint8_t> bytes = read_file(c.model);
    NetworkModel teacher = load_teacher(bytes, c.model);
    Header h;
    h.vocab_size = teacher.network->vocab_size();
    if (h.vocab_size != vocab_size)
        throw Failure(fmt::format("{}: knows {} different bytes, the student {}: use the same --vocab-size",
                                  c.model, h.vocab_size, vocab_size));
    h.context = std::min(teacher.network->max_positions(), kRoutedContext);
    if (h.context < 2) throw Failure(fmt::format("{}: sees a single byte: it cannot teach", c.model));
    h.positions = text.size();
    h.text = digest_of(text);
    h.teacher = digest_of(bytes);
    const uint64_t room = c.megabytes * kMegabyte / (text.size() * kSoftPair);
    if (room < std::min(kLeastKept, h.vocab_size))
        throw Failure(fmt::format("{}: {} MB are too few for a text of {} bytes: use --cache-mb {} or more",
                                  c.cache, c.megabytes, text.size(),
                                  text.size() * kSoftPair * kLeastKept / kMegabyte + 1));
    h.kept = static_cast<uint32_t>(std::min<uint64_t>({room, kMostKept, h.vocab_size}));
    const std::size_t record = h.kept * kSoftPair;
    std::vector<uint8_t> file = header_bytes(h);
    if (std::filesystem::exists(c.cache)) {
        const std::vector<uint8_t> saved = read_file(c.cache, kHeader + h.positions * record);
        if (saved.size() < kHeader || !std::equal(file.begin(), file.end(), saved.begin()))
            throw Failure(
                fmt::format("{}: was not made by this teacher for this text and --cache-mb: remove it, "
                            "or give another --cache",
                            c.cache));
        if (saved.size() != kHeader + h.positions * record)
            throw Failure(fmt::format("{}: is cut off at byte {}: remove it", c.cache, saved.size()));
        std::vector<float> probabilities(vocab_size);
        for (std::size_t i = 1; i < h.positions; i++)
            if (!unpack_soft_target(&saved[kHeader + i * record], h.kept, h.vocab_size, probabilities.data()))
                throw Failure(
                    fmt::format("{}: damaged at byte {}: remove it", c.cache, kHeader + i * record));
        return std::make_unique<StoredTargets>(h, saved);
    }
    file.resize(kHeader + h.positions * record);
    write_file_atomic(c.cache, header_bytes(h));  // a path that cannot be written shows at once
    std::filesystem::remove(c.cache);
    compute(h, std::move(teacher), text, kernels, executor, c.quiet, &file);
    write_file_atomic(c.cache, file);
    return std::make_unique<StoredTargets>(h, std::move(file));
}

}  // namespace atome::cli
