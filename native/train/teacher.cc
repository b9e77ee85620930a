#include "native/train/teacher.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "atome/base/bytes.h"
#include "atome/base/digest.h"
#include "atome/formats/load.h"
#include "atome/formats/model_tensors.h"
#include "atome/formats/pt.h"
#include "atome/kernels/registry.h"
#include "atome/models/routed/network.h"
#include "atome/quant/coded_model.h"
#include "native/cli/progress.h"
#include "native/io/failure.h"
#include "native/io/file_lock.h"
#include "native/io/files.h"
#include "native/train/train_model.h"

namespace atome::cli {
namespace {

constexpr char kMagic[] = "ATOMESFT";
constexpr uint32_t kVersion = 1;
constexpr std::size_t kHeader = 48;
constexpr uint32_t kLeastKept = 4, kMostKept = 32;
constexpr uint32_t kRoutedContext = 256;  // of a teacher whose sequences have no end
constexpr uint64_t kMegabyte = 1'000'000;

struct Header {
    uint32_t vocab_size = 0, kept = 0, context = 0;
    uint64_t positions = 0, text = 0, teacher = 0;
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
    const FileFormat format = detect(bytes.data(), bytes.size());
    if (format == FileFormat::safetensors || format == FileFormat::pt) {
        NamedTensors file;
        require(format == FileFormat::pt ? parse_pt(bytes.data(), bytes.size(), &file)
                                         : parse_safetensors(bytes.data(), bytes.size(), &file),
                path);
        AnyConfig config;
        return saved_model(file, path, &config);
    }
    LoadedModel loaded;
    require(load_model(bytes.data(), bytes.size(), nullptr, &loaded), path);
    return routed_network(dequantise(loaded.coded));
}

// Fills the records of all positions but the first, which nothing precedes. Throws Failure naming `path`, the
// teacher, where one cannot be filled.
void compute(const Header& h, NetworkModel teacher, const std::string& path,
             const std::vector<uint8_t>& tokens, const KernelSet& kernels, Executor& executor,
             std::vector<uint8_t>* file) {
    Network& network = *teacher.network;
    network.prepare(teacher.weights, kernels, executor);
    std::vector<std::unique_ptr<Workspace>> workspaces(executor.workers());
    const std::size_t record = h.kept * kSoftPair, stride = padded(h.vocab_size), step = h.context / 2;
    const std::size_t windows =
        tokens.size() <= h.context ? 1 : (tokens.size() - h.context + step - 1) / step + 1;
    Progress progress(tokens.size(), "tokens");
    constexpr std::size_t kAtOnce = 64;
    for (std::size_t first = 0; first < windows; first += kAtOnce) {
        std::size_t bad[kAtOnce] = {};  // the first position of each window that is not finite; 0: none
        executor.run(static_cast<uint32_t>(std::min(kAtOnce, windows - first)), [&](uint32_t i,
                                                                                    uint32_t worker) {
            const std::size_t window = first + i, start = window * step;
            auto& w = workspaces[worker];
            if (!w) w = network.make_workspace(h.context);
            const uint32_t T = static_cast<uint32_t>(std::min<std::size_t>(h.context, tokens.size() - start));
            network.forward(&tokens[start], T, *w);
            // What an earlier window has not told; the last position predicts a token of the next window.
            for (std::size_t t = window == 0 ? 0 : h.context - step - 1; t + 1 < T; t++)
                if (!pack_soft_target(&w->logits[t * stride], h.vocab_size, h.kept,
                                      &(*file)[kHeader + (start + t + 1) * record]) &&
                    bad[i] == 0)
                    bad[i] = start + t + 1;
        });
        for (const std::size_t position : bad)
            if (position > 0)
                throw Failure(
                    fmt::format("{}: its prediction of token {} of the text is not finite: use a "
                                "teacher whose logits are numbers",
                                path, position));
        progress.update(std::min((first + kAtOnce) * step, tokens.size()), "teacher");
    }
    progress.finish();
}

std::size_t file_size(const Header& h) { return kHeader + h.positions * h.kept * kSoftPair; }

std::unique_ptr<SoftTargets> read_cache(const std::string& path, const Header& h) {
    std::vector<uint8_t> file = read_file(path);
    const auto refuse = [&](const std::string& what) {
        throw Failure(fmt::format("{}: {}: remove it, or use another cache", path, what));
    };
    if (file.size() < 8 || std::memcmp(file.data(), kMagic, 8) != 0)
        throw Failure(path + ": holds no teacher's opinions: use another file as the cache");
    if (file.size() < kHeader) refuse(fmt::format("is cut off at byte {}", file.size()));
    const std::vector<uint8_t> expected = header_bytes(h);
    const auto differs = [&](std::size_t first, std::size_t end) {
        return !std::equal(&expected[first], &expected[first] + (end - first), &file[first]);
    };
    if (differs(8, 12)) refuse(fmt::format("is of version {}, not {}", load<uint32_t>(&file[8]), kVersion));
    if (differs(24, 40)) refuse("is about another text");
    if (differs(12, 16) || differs(20, 24) || differs(40, 48)) refuse("is another teacher's");
    if (differs(16, 20)) refuse("was made with another bound on its size");
    if (file.size() != file_size(h))
        refuse(file.size() < file_size(h) ? fmt::format("is cut off at byte {}", file.size())
                                          : "goes on behind its end");
    for (std::size_t at = kHeader + h.kept * kSoftPair; at < file.size(); at += h.kept * kSoftPair)
        if (!is_soft_target(&file[at], h.kept, h.vocab_size))
            refuse(fmt::format("is damaged at byte {}", at));
    return std::make_unique<StoredTargets>(h, std::move(file));
}

}  // namespace

std::vector<uint8_t> teacher_vocabulary(const TeacherOptions& o, Tokenizer wanted) {
    std::vector<uint8_t> vocabulary = load_teacher(read_file(o.model), o.model).network->vocabulary();
    if (wanted == (vocabulary.empty() ? Tokenizer::pairs : Tokenizer::bytes))
        throw Failure(
            fmt::format("{}: its tokens are {}, and a student's are its teacher's: leave --tokenizer out",
                        o.model, tokenizer_name(vocabulary)));
    return vocabulary;
}

std::unique_ptr<SoftTargets> open_teacher(const TeacherOptions& o, const std::vector<uint8_t>& tokens,
                                          const Network& student, const KernelSet& kernels,
                                          Executor& executor) {
    const std::vector<uint8_t> bytes = read_file(o.model);
    NetworkModel teacher = load_teacher(bytes, o.model);
    Header h;
    h.vocab_size = teacher.network->vocab_size();
    if (h.vocab_size != student.vocab_size())
        throw Failure(fmt::format("{}: knows {} different tokens, the student {}: use the same --vocab-size",
                                  o.model, h.vocab_size, student.vocab_size()));
    if (teacher.network->vocabulary() != student.vocabulary())
        throw Failure(o.model +
                      ": its tokens stand for other strings than the student's: use the teacher that "
                      "the student was begun with");
    h.context = std::min(teacher.network->max_positions(), kRoutedContext);
    if (h.context < 2) throw Failure(fmt::format("{}: sees a single token: it cannot teach", o.model));
    h.positions = tokens.size();
    h.text = digest_of(tokens.data(), tokens.size());
    h.teacher = digest_of(bytes.data(), bytes.size());
    const uint64_t room = o.megabytes * kMegabyte / (tokens.size() * kSoftPair);
    const uint32_t least = std::min(kLeastKept, h.vocab_size);
    if (room < least)
        throw Failure(fmt::format("{}: {} MB are too few for a text of {} tokens: use --cache-mb {} or more",
                                  o.cache, o.megabytes, tokens.size(),
                                  (tokens.size() * kSoftPair * least + kMegabyte - 1) / kMegabyte));
    h.kept = static_cast<uint32_t>(std::min<uint64_t>({room, kMostKept, h.vocab_size}));
    if (std::filesystem::exists(o.cache)) return read_cache(o.cache, h);
    require_writable(o.cache);
    const FileLock lock(o.cache + ".lock", "another process asks this teacher");
    if (std::filesystem::exists(o.cache)) return read_cache(o.cache, h);
    std::vector<uint8_t> file = header_bytes(h);
    file.resize(file_size(h));
    compute(h, std::move(teacher), o.model, tokens, kernels, executor, &file);
    write_file_atomic(o.cache, file);
    return std::make_unique<StoredTargets>(h, std::move(file));
}

}  // namespace atome::cli
