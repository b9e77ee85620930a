// Writes the parity cases as C++ sources, from the golden vectors, from random weights with a vocabulary of
// pairs and, where it is there, from the reference model:
//     make_cases OUT_DIR GOLDEN_DIR [SHARED_DIR]
// OUT_DIR receives cases_{small,default,reference,wide}.cc for parity.h, every model as NAME.atome, its
// window, greedy tokens and text's tokens as NAME.tokens, and the prompts, which end within a token, as
// NAME.prompt.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "atome/deploy/fit.h"
#include "atome/formats/atome_file.h"
#include "atome/formats/load.h"
#include "atome/formats/named_tensors.h"
#include "atome/formats/safetensors.h"
#include "atome/infer/fixed/plan.h"
#include "atome/quant/coded_model.h"
#include "atome/tokens/vocabulary.h"
#include "tests/fixed_plan.h"
#include "tests/pairs_model.h"
#include "tests/wide_config.h"

namespace atome::parity {
namespace {

using Bytes = std::vector<uint8_t>;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

Bytes read_bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) fail(path + ": cannot be read");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Leaves a file that has these bytes already alone, so that what is built from it is not built again.
void write_bytes(const std::string& path, const Bytes& bytes) {
    if (std::filesystem::exists(path) && read_bytes(path) == bytes) return;
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) fail(path + ": cannot be written");
}

// What a case does, as parity.h has it.
struct Task {
    Bytes text;
    uint32_t greedy = 0;
    uint32_t window = 0;
    uint32_t prompt = 0, written = 0;
};

Task read_golden(const Bytes& file, const std::string& path) {
    NamedTensors named;
    Task g;
    if (const Status s = parse_safetensors(file.data(), file.size(), &named); !s.ok())
        fail(path + ": " + s.c_str());
    std::vector<int64_t> tokens, greedy;
    const NamedTensor *t = named.find("tokens"), *n = named.find("greedy");
    if (!t || !n || !to_integers(*t, &tokens).ok() || !to_integers(*n, &greedy).ok())
        fail(path + ": has no tokens or no greedy bytes");
    for (const int64_t token : tokens) g.text.push_back(static_cast<uint8_t>(token));
    g.greedy = static_cast<uint32_t>(greedy.size());
    const std::string* window = named.meta("window");
    g.window = window ? static_cast<uint32_t>(std::stoul(*window)) : 0;
    // Where the oracle had the whole prefix, all positions.
    if (g.window == 0) g.window = static_cast<uint32_t>(g.text.size()) + g.greedy;
    return g;
}

// The case's text as the model's tokens.
Bytes tokens_of(const std::string& name, const CodedModel& model, const Task& task) {
    if (model.vocabulary.empty()) return task.text;
    Vocabulary vocabulary;
    if (const Status s = Vocabulary::of(model.vocabulary.data(), model.vocabulary.size(),
                                        model.config.vocab_size, &vocabulary);
        !s.ok())
        fail(name + ": " + s.c_str());
    Bytes tokens(2 * task.text.size());
    tokens.resize(vocabulary.encode(task.text.data(), task.text.size(), tokens.data()));
    return tokens;
}

// One generated source.
class Source {
  public:
    Source(std::string directory, std::string function)
        : directory_(std::move(directory)), function_(std::move(function)) {}

    void add(const std::string& name, CodedModel model, Encoding encoding, const Task& task) {
        Bytes blob;
        if (task.window < Limits::window && fixed::can_be_fixed(model.config).ok())
            if (const Status status =
                    test::plan_of(model, tokens_of(name, model, task), task.window, &model.fixed_plan);
                !status.ok())
                fail(name + ": " + status.c_str());
        if (const Status s = write_atome(model, encoding, &blob); !s.ok()) fail(name + ": " + s.c_str());
        write_bytes(directory_ + "/" + name + ".atome", blob);
        std::string tokens = std::to_string(task.window) + " " + std::to_string(task.greedy);
        for (const uint8_t token : tokens_of(name, model, task)) tokens += " " + std::to_string(token);
        write_bytes(directory_ + "/" + name + ".tokens", {tokens.begin(), tokens.end()});
        array(name + "_blob", blob);
        array(name + "_text", task.text);
        table_ += "    {\"" + name + "\", " + name + "_blob, " + std::to_string(blob.size()) + ", " + name +
                  "_text";
        for (const std::size_t n : {task.text.size(), std::size_t{task.window}, std::size_t{task.greedy},
                                    std::size_t{task.prompt}, std::size_t{task.written}})
            table_ += ", " + std::to_string(n);
        table_ += "},\n";
        count_++;
    }
    void finish(const std::string& file) const {
        std::string text = "// Generated by tests/parity/make_cases.cc. Do not edit.\n";
        text += "#include \"tests/parity/parity.h\"\n\nnamespace atome::parity {\nnamespace {\n" + arrays_;
        if (count_ > 0) text += "const Case cases[] = {\n" + table_ + "};\n";
        text += "}  // namespace\n\nCaseList " + function_ + "() { return {";
        text += (count_ > 0 ? "cases" : "nullptr") + std::string(", ") + std::to_string(count_) + "}; }\n\n";
        text += "}  // namespace atome::parity\n";
        write_bytes(directory_ + "/" + file, {text.begin(), text.end()});
    }

  private:
    void array(const std::string& name, const Bytes& bytes) {
        arrays_ += "alignas(16) const uint8_t " + name + "[] = {";
        for (std::size_t i = 0; i < bytes.size(); i++) {
            if (i % 32 == 0) arrays_ += '\n';
            arrays_ += std::to_string(bytes[i]);
            arrays_ += ',';
        }
        arrays_ += "\n};\n";
    }

    std::string directory_, function_, arrays_, table_;
    int count_ = 0;
};

CodedModel with_vectors_of_16_bits(CodedModel model) {
    model.config.vectors = Vectors::bf16;
    for (uint32_t i = 0; i < model.tensors.size(); i++)
        if (const TensorSpec spec = tensor_spec(model.config, i); !spec.coded)
            for (float& v : model.tensors[i].values) v = rounded(plain_encoding(model.config, spec), v);
    return model;
}

// How many tokens begin with a text, and are longer.
uint32_t longer_tokens(const Vocabulary& vocabulary, const uint8_t* begin, uint32_t n) {
    uint8_t text[Vocabulary::kMostBytes];
    uint32_t count = 0;
    for (uint32_t t = 0; t < vocabulary.tokens(); t++)
        count += vocabulary.text(t, text) > n && std::equal(begin, begin + n, text);
    return count;
}

// A model with a vocabulary, and a text of bytes that have tokens and of some that have none. The prompt ends
// where a token of the text goes on. story: so many bytes of the text are of one.
void add_pairs(Source* source, const std::string& out, const std::string& name, Config config,
               std::size_t story = 80, uint32_t window = 16) {
    const FloatModel model = test::pairs_model(config);
    CodedModel coded;
    if (const Status s = quantise(model, &coded); !s.ok()) fail(name + ": " + s.c_str());
    Vocabulary vocabulary;
    if (const Status s =
            Vocabulary::of(model.vocabulary.data(), model.vocabulary.size(), config.vocab_size, &vocabulary);
        !s.ok())
        fail(name + ": " + s.c_str());

    const std::string text = "Zo\xc3\xab {7} " + corpus::write_stories(2'000, 1).substr(0, story);
    Task task{{text.begin(), text.end()}, window, 24, 0, 200};
    for (const uint8_t byte : {0x00, 0x01, 0xff, 0x00}) task.text.push_back(byte);
    Bytes tokens(2 * task.text.size());
    tokens.resize(vocabulary.encode(task.text.data(), task.text.size(), tokens.data()));
    TextOfTokens decoder(vocabulary);
    uint8_t piece[Vocabulary::kMostBytes];
    uint32_t at = 0, escapes = 0;
    for (const uint8_t token : tokens) {
        const uint32_t n = decoder.add(token, piece);
        escapes += n == 0;
        // The first two bytes of a token that has more, and what the prompt's own last token is.
        if (n > 2 && at < 60) {
            Bytes own(2 * (at + 2));
            own.resize(vocabulary.encode(task.text.data(), at + 2, own.data()));
            const uint32_t last = vocabulary.text(own.back(), piece);
            if (longer_tokens(vocabulary, piece, last) > 1) task.prompt = at + 2;
        }
        at += n;
    }
    if (task.prompt == 0 || escapes < 4) fail(name + ": its text has no such prompt, or too few escapes");
    source->add(name, coded, Encoding::trit5, task);
    write_bytes(out + "/" + name + ".prompt", {task.text.begin(), task.text.begin() + task.prompt});
}

void make_cases(const std::string& out, const std::string& golden_dir, const std::string& shared_dir) {
    std::filesystem::create_directories(out);
    const auto load = [](const Bytes& bytes, const std::string& path) {
        LoadedModel m;
        if (const Status s = load_model(bytes.data(), bytes.size(), nullptr, &m); !s.ok())
            fail(path + ": " + s.c_str());
        return m.coded;
    };
    Source small(out, "small_cases");
    for (const char* name :
         {"tiny_ternary", "tiny_power3", "tiny_power3_pr", "tiny_none", "tiny_no_local", "tiny_no_state",
          "tiny_no_sparse", "tiny_no_local_state", "tiny_ffn_ternary", "tiny_ffn_power3_pr", "tiny_int4",
          "tiny_ffn_int4", "tiny_gains_ffn_ternary", "tiny_gains_int4", "tiny_gains_power3_pr",
          "tiny_selective_ternary", "tiny_selective_int4", "odd_ternary", "odd_window8"}) {
        const std::string path = golden_dir + "/" + name + ".safetensors";
        const Bytes bytes = read_bytes(path);
        const Task golden = read_golden(bytes, path);
        // odd_window8 is the odd model through a window; its file has no weights of its own.
        const std::string weights =
            name == std::string("odd_window8") ? golden_dir + "/odd_ternary.safetensors" : path;
        const CodedModel model = load(read_bytes(weights), weights);
        small.add(name, model, Encoding::trit2, golden);
        if (name == std::string("tiny_ternary") || name == std::string("odd_ternary"))
            small.add(name + std::string("_trit5"), model, Encoding::trit5, golden);
    }
    const std::string path_bf16 = golden_dir + "/tiny_ffn_ternary.safetensors";
    const Bytes bytes_bf16 = read_bytes(path_bf16);
    small.add("tiny_ffn_bf16", with_vectors_of_16_bits(load(bytes_bf16, path_bf16)), Encoding::trit5,
              read_golden(bytes_bf16, path_bf16));
    Config pairs = test::small_pairs_config();
    add_pairs(&small, out, "pairs_ternary", pairs);
    pairs.d_model = 18;
    pairs.d_ff = 21;
    pairs.quantizer = Quantizer::int4;
    add_pairs(&small, out, "pairs_ffn_int4", pairs);
    small.finish("cases_small.cc");

    // Far past the window.
    Source normal(out, "default_cases");
    const std::string path = golden_dir + "/default_60k.safetensors";
    const Bytes bytes = read_bytes(path);
    Task golden = read_golden(bytes, path);
    golden.window = 32;
    golden.greedy = 256;
    normal.add("default_60k", load(bytes, path), Encoding::trit2, golden);
    add_pairs(&normal, out, "pairs_60k", Config(), 600, golden.window);
    normal.finish("cases_default.cc");

    Source reference(out, "reference_cases");
    const std::string model = shared_dir + "/reference/atome_944k.bin";
    const std::string vectors = shared_dir + "/golden/reference_944k.safetensors";
    if (!shared_dir.empty() && std::filesystem::exists(model) && std::filesystem::exists(vectors))
        reference.add("reference_944k", load(read_bytes(model), model), Encoding::trit2,
                      read_golden(read_bytes(vectors), vectors));
    reference.finish("cases_reference.cc");

    Source wide(out, "wide_cases");
    wide.add("wide", blank_model(test::wide_config()), Encoding::trit5, {{0}, 0, Limits::window, 0, 0});
    wide.finish("cases_wide.cc");
}

}  // namespace
}  // namespace atome::parity

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        std::fprintf(stderr, "usage: make_cases OUT_DIR GOLDEN_DIR [SHARED_DIR]\n");
        return 2;
    }
    try {
        atome::parity::make_cases(argv[1], argv[2], argc == 4 ? argv[3] : "");
    } catch (const std::exception& e) {
        std::fprintf(stderr, "make_cases: %s\n", e.what());
        return 1;
    }
    return 0;
}
