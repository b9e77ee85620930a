// Text into tokens and back where a text ends within a token, against a plain definition: of the text that
// was read, what the encoding's last token stands for is held back, and the next token is any that begins
// with it.
#include "atome/infer/text_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

#include "atome/base/random.h"
#include "atome/infer/stream.h"
#include "tests/infer/golden_case.h"
#include "tests/pairs_model.h"

namespace atome::test {
namespace {

using Bytes = std::vector<uint8_t>;

const uint8_t* data_of(const std::string& text) { return reinterpret_cast<const uint8_t*>(text.data()); }

Vocabulary opened(const Bytes& table) {
    Vocabulary v;
    const Status s = Vocabulary::of(table.data(), table.size(), 256, &v);
    EXPECT_TRUE(s.ok()) << s.c_str();
    return v;
}

std::string text_of(const Vocabulary& v, uint32_t token) {
    uint8_t out[Vocabulary::kMostBytes];
    return std::string(out, out + v.text(token, out));
}

// The definition.
struct Plain {
    Vocabulary vocabulary;
    uint32_t V = 256;
    std::string held = "";
    bool escaped = false;

    // The tokens to feed.
    Bytes read(const std::string& more) {
        if (more.empty()) return {};
        const std::string text = held + more;
        Bytes tokens(2 * text.size());
        tokens.resize(vocabulary.encode(data_of(text), text.size(), tokens.data()));
        held.clear();
        if (!vocabulary) return tokens;
        bool value = false;
        for (std::size_t i = 1; i < tokens.size(); i++) value = !value && tokens[i - 1] == 0;
        if (value) return tokens;
        held = text_of(vocabulary, tokens.back());
        tokens.pop_back();
        return tokens;
    }
    void fed(uint32_t token) { escaped = !escaped && vocabulary.is_escape(token); }
    // What a token would add to the text and to what is held back.
    std::string whole(uint32_t token) const {
        return escaped ? std::string(1, static_cast<char>(token)) : text_of(vocabulary, token);
    }
    // The logits of the tokens that may come, and of the others what no sampling takes.
    std::vector<float> candidates_only(const float* logits) const {
        std::vector<float> out(V, -1e20f);
        for (const uint32_t t : candidates()) out[t] = logits[t];
        out.resize(vocabulary && !escaped ? vocabulary.tokens() : V);
        return out;
    }
    std::vector<uint32_t> candidates() const {
        std::vector<uint32_t> out;
        const uint32_t n = vocabulary && !escaped ? vocabulary.tokens() : V;
        for (uint32_t t = 0; t < n; t++)
            if (whole(t).compare(0, held.size(), held) == 0) out.push_back(t);
        return out;
    }
};

// Which tokens the writer chooses when nothing but they could be wanted.
std::vector<uint32_t> candidates(const TextWriter& writer, uint32_t V = 256) {
    std::vector<uint32_t> out;
    Sampler greedy;
    for (uint32_t t = 0; t < V; t++) {
        std::vector<float> logits(V, -5.0f);
        logits[t] = 1;
        if (writer.choose(greedy, logits.data()).token == t) out.push_back(t);
    }
    return out;
}

// A text with bytes of the stories and bytes that are no tokens of theirs.
std::string some_text(Random& random, std::size_t n) {
    static const std::string story = corpus::write_stories(20'000, 5);
    std::string text;
    while (text.size() < n) {
        const std::size_t at = random.below(19'000);
        text += random.below(4) == 0 ? std::string(1, static_cast<char>(random.next()))
                                     : story.substr(at, 1 + random.below(30));
    }
    return text.substr(0, n);
}

TEST(TextWriter, HoldsBackWhatMayGoOn) {
    Random random(1);
    const Bytes stories = story_vocabulary(16), few = learn_vocabulary(data_of(std::string("abcabc")), 6);
    for (const Bytes* table : {&stories, &few}) {
        const Vocabulary v = opened(*table);
        std::size_t held = 0;
        for (int round = 0; round < 60; round++) {
            TextWriter writer(v, 256);
            Plain plain{v};
            const std::string text = some_text(random, 1 + random.below(40));
            // In one piece, byte by byte, or in pieces.
            const uint32_t most = round % 3 == 0 ? 100 : round % 3 == 1 ? 1 : 9;
            Bytes all;
            for (std::size_t at = 0, n; at < text.size(); at += n) {
                n = std::min<std::size_t>(text.size() - at, 1 + random.below(most));
                const std::string piece = text.substr(at, n);
                Bytes tokens(TextWriter::room_for(n));
                tokens.resize(writer.read(data_of(piece), n, tokens.data()));
                ASSERT_EQ(tokens, plain.read(piece));
                for (const uint8_t token : tokens) {
                    writer.fed(token);
                    plain.fed(token);
                    all.push_back(token);
                }
            }
            ASSERT_EQ(candidates(writer), plain.candidates());
            ASSERT_EQ(writer.escaped(), plain.escaped);
            held += !plain.held.empty();
            // Nothing is lost, and nothing is there twice.
            TextOfTokens decoder(v);
            std::string fed;
            uint8_t out[Vocabulary::kMostBytes];
            for (const uint8_t token : all) fed.append(out, out + decoder.add(token, out));
            ASSERT_EQ(fed + plain.held, text);
        }
        EXPECT_GT(held, 3u);
    }
}

TEST(TextWriter, AnEmptyTextChangesNothing) {
    const Bytes table = story_vocabulary(16);
    const Vocabulary v = opened(table);
    TextWriter writer(v, 256);
    uint8_t tokens[TextWriter::room_for(8)];
    EXPECT_EQ(writer.read(nullptr, 0, tokens), 0u);
    EXPECT_EQ(candidates(writer).size(), v.tokens());
    writer.read(data_of(std::string("Once")), 4, tokens);
    const std::vector<uint32_t> before = candidates(writer);
    EXPECT_LT(before.size(), v.tokens());
    EXPECT_EQ(writer.read(nullptr, 0, tokens), 0u);
    EXPECT_EQ(candidates(writer), before);
}

// Sampled among the candidates as if there were no other tokens.
TEST(TextWriter, SamplesAmongTheCandidates) {
    const Bytes table = story_vocabulary(16);
    const Vocabulary v = opened(table);
    Random random(2);
    for (const SamplerOptions& options :
         {SamplerOptions{0.8f, 0, 1, 1}, SamplerOptions{1, 0, 0.9f, 2}, SamplerOptions{1.5f, 3, 1, 3},
          SamplerOptions{0.01f, 0, 1, 4}, SamplerOptions{100, 0, 1, 5}}) {
        Sampler ours(options), theirs(options);
        for (int round = 0; round < 200; round++) {
            TextWriter writer(v, 256);
            Plain plain{v};
            const std::string text = some_text(random, 1 + random.below(20));
            Bytes tokens(TextWriter::room_for(text.size()));
            tokens.resize(writer.read(data_of(text), text.size(), tokens.data()));
            plain.read(text);
            for (const uint8_t token : tokens) writer.fed(token);
            std::vector<float> logits(256);
            // Also where every candidate is far below all others.
            for (float& x : logits) x = 8 * random.uniform() - 4;
            const std::vector<uint32_t> wanted = plain.candidates();
            if (wanted.size() < v.tokens() && round % 2 == 0)
                for (const uint32_t t : wanted) logits[t] -= 30'000;
            std::vector<float> among = plain.candidates_only(logits.data());
            const uint32_t expected = theirs.sample(among.data(), static_cast<uint32_t>(among.size()));
            const Piece piece = writer.choose(ours, logits.data());
            ASSERT_EQ(piece.token, expected) << round;
            ASSERT_TRUE(std::count(wanted.begin(), wanted.end(), expected)) << round;
            ASSERT_EQ(plain.held + std::string(piece.text, piece.text + piece.size), plain.whole(expected));
        }
    }
}

TEST(TextWriter, APartOfAPieceIsHeldBack) {
    const Bytes table = story_vocabulary(16);
    const Vocabulary v = opened(table);
    Sampler greedy;
    for (uint32_t t = 1; t < v.tokens(); t++) {
        const std::string text = text_of(v, t);
        for (uint32_t first = 0; first <= text.size(); first++) {
            TextWriter writer(v, 256);
            const auto choose = [&] {
                std::vector<float> logits(256, -5.0f);
                logits[t] = 1;
                return writer.choose(greedy, logits.data());
            };
            Piece piece = choose();
            ASSERT_EQ(std::string(piece.text, piece.text + piece.size), text);
            if (writer.accept(piece, first)) {
                ASSERT_EQ(first, text.size());
                ASSERT_EQ(candidates(writer).size(), v.tokens());
                continue;
            }
            Plain plain{v, 256, text.substr(0, first)};
            ASSERT_EQ(candidates(writer), plain.candidates());
            piece = choose();
            ASSERT_EQ(piece.token, t);
            ASSERT_EQ(std::string(piece.text, piece.text + piece.size), text.substr(first));
            ASSERT_TRUE(writer.accept(piece, piece.size));
            ASSERT_EQ(candidates(writer).size(), v.tokens());
        }
    }
}

// A stream by the definition: an engine, and every rule in the plainest way.
class PlainStream {
  public:
    PlainStream(const ModelView& view, const EngineOptions& options, const SamplerOptions& sampling)
        : memory_(arena_bytes(view, options)),
          plain_{view.vocabulary(), view.config().vocab_size},
          sampler_(sampling) {
        EXPECT_TRUE(engine_.init(view, options, memory_.data(), memory_.size()).ok());
    }
    void read(const std::string& text) {
        for (const uint8_t token : plain_.read(text)) feed(token);
    }
    std::string write(std::size_t n) {
        if (engine_.position() == 0) {
            if (!plain_.vocabulary) {
                feed(plain_.V > '\n' ? '\n' : 0);
            } else {
                const uint32_t line = plain_.vocabulary.token_of('\n');
                feed(line);
                if (line == 0) feed('\n');
            }
        }
        std::string text;
        while (text.size() < n) {
            std::vector<float> among = plain_.candidates_only(engine_.logits());
            const uint32_t token = sampler_.sample(among.data(), static_cast<uint32_t>(among.size()));
            const std::string added = plain_.whole(token).substr(plain_.held.size());
            escapes_ += plain_.escaped;
            if (added.size() > n - text.size()) {
                parts_++;
                plain_.held += added.substr(0, n - text.size());
                return text + added.substr(0, n - text.size());
            }
            text += added;
            plain_.held.clear();
            feed(token);
        }
        return text;
    }
    uint64_t position() const { return engine_.position(); }
    std::size_t escapes() const { return escapes_; }
    std::size_t parts() const { return parts_; }

  private:
    void feed(uint32_t token) {
        EXPECT_TRUE(engine_.step(token).ok());
        plain_.fed(token);
    }

    cli::AlignedBuffer memory_;
    Engine engine_;
    Plain plain_;
    Sampler sampler_;
    std::size_t escapes_ = 0, parts_ = 0;
};

class Streams {
  public:
    explicit Streams(const OpenModel& model, uint32_t window = 16) : options_{.window = window} {
        memory_ = cli::AlignedBuffer(stream_bytes(model.view, options_));
        EXPECT_TRUE(FloatStream::create(model.view, options_, memory_.data(), memory_.size(), &stream_).ok());
    }
    FloatStream* operator->() { return stream_; }
    void read(const std::string& text) {
        Bytes scratch(TextWriter::room_for(text.size()));
        const Status s = stream_->read(data_of(text), text.size(), scratch.data());
        EXPECT_TRUE(s.ok()) << s.c_str();
    }
    std::string write(std::size_t n) {
        EXPECT_TRUE(stream_->begin().ok());
        std::string text;
        while (text.size() < n) {
            const Piece piece = stream_->choose();
            const auto shown = static_cast<uint32_t>(std::min<std::size_t>(piece.size, n - text.size()));
            text.append(piece.text, piece.text + shown);
            EXPECT_TRUE(stream_->accept(piece, shown).ok());
        }
        return text;
    }

  private:
    EngineOptions options_;
    cli::AlignedBuffer memory_;
    FloatStream* stream_ = nullptr;
};

const SamplerOptions kSamplings[] = {{}, {0.8f, 0, 1, 1}, {1, 0, 0.9f, 2}, {1.2f, 40, 1, 3}};

TEST(Stream, ReadsAndWritesByTheDefinition) {
    const OpenModel model = open_model(pairs_model(small_pairs_config()));
    const EngineOptions options{.window = 16};
    Random random(3);
    std::size_t escapes = 0, parts = 0;
    for (const SamplerOptions& sampling : kSamplings)
        for (int round = 0; round < 20; round++) {
            Streams stream(model);
            ASSERT_TRUE(stream->sampling(sampling).ok());
            PlainStream plain(model.view, options, sampling);
            for (int turn = 0; turn < 6; turn++) {
                const std::string text = some_text(random, random.below(30));
                stream.read(text);
                plain.read(text);
                const std::size_t n = random.below(40);
                ASSERT_EQ(stream.write(n), plain.write(n)) << round << " " << turn;
                ASSERT_EQ(stream->engine().position(), plain.position());
            }
            escapes += plain.escapes();
            parts += plain.parts();
        }
    EXPECT_GT(escapes, 3u);
    EXPECT_GT(parts, 50u);
}

TEST(Stream, GreedyTextInPartsIsTheTextInOneGo) {
    const OpenModel model = open_model(pairs_model(small_pairs_config()));
    Streams whole(model);
    whole.read("There once was a ha");
    const std::string text = whole.write(100);
    for (const std::size_t n : {1u, 2u, 3u, 9u}) {
        Streams parts(model);
        parts.read("There once was a ha");
        std::string got;
        while (got.size() < text.size()) got += parts.write(std::min(n, text.size() - got.size()));
        EXPECT_EQ(got, text) << n;
    }
}

TEST(Stream, APartLeavesTheLogitsAsTheyWere) {
    const OpenModel model = open_model(pairs_model(small_pairs_config()));
    for (const SamplerOptions& sampling : kSamplings) {
        Streams stream(model);
        ASSERT_TRUE(stream->sampling(sampling).ok());
        stream.read("There once was a ");
        ASSERT_TRUE(stream->begin().ok());
        std::size_t parts = 0;
        for (int i = 0; i < 50; i++) {
            const std::vector<float> logits(stream->engine().logits(), stream->engine().logits() + 256);
            const Piece piece = stream->choose();
            if (piece.size > 1) {
                parts++;
                ASSERT_TRUE(stream->accept(piece, 1).ok());
                ASSERT_EQ(std::vector<float>(stream->engine().logits(), stream->engine().logits() + 256),
                          logits);
            }
            ASSERT_TRUE(stream->accept(stream->choose()).ok());
        }
        EXPECT_GT(parts, 5u);
    }
}

TEST(Stream, AnEmptyTextStartsAsAfterANewLine) {
    FloatModel weights = pairs_model(small_pairs_config());
    {
        const OpenModel model = open_model(weights);
        Streams stream(model);
        ASSERT_TRUE(stream->begin().ok());
        EXPECT_EQ(stream->engine().position(), 1u);
        ASSERT_TRUE(stream->begin().ok());
        EXPECT_EQ(stream->engine().position(), 1u);
        Streams fed(model);
        ASSERT_TRUE(fed->feed(model.view.vocabulary().token_of('\n')).ok());
        EXPECT_EQ(stream.write(50), fed.write(50));
    }
    // Where it is no token: as the escape and its value.
    weights.vocabulary = learn_vocabulary(data_of(std::string("abcabc")), 6);
    const OpenModel model = open_model(weights);
    Streams stream(model);
    ASSERT_TRUE(stream->begin().ok());
    EXPECT_EQ(stream->engine().position(), 2u);
    PlainStream plain(model.view, {.window = 16}, {});
    EXPECT_EQ(stream.write(50), plain.write(50));
    // A text whose only token is held back, too.
    Streams held(model);
    PlainStream plain_held(model.view, {.window = 16}, {});
    held.read("a");
    plain_held.read("a");
    EXPECT_EQ(held->engine().position(), 0u);
    EXPECT_EQ(held.write(50), plain_held.write(50));
}

TEST(Stream, ResetForgetsAll) {
    const OpenModel model = open_model(pairs_model(small_pairs_config()));
    const SamplerOptions sampling{1, 0, 1, 4};
    Streams fresh(model), used(model);
    ASSERT_TRUE(fresh->sampling(sampling).ok());
    const std::string text = fresh.write(60);
    ASSERT_TRUE(used->sampling(sampling).ok());
    used.read("There once was a ha");
    used.write(7);
    used->reset();
    EXPECT_EQ(used.write(60), text);
    ASSERT_TRUE(used->feed(Vocabulary::kEscape).ok());
    used->reset();
    EXPECT_EQ(used.write(60), text);
}

// Without a vocabulary nothing is held back: engine and sampler as they always were, also of fewer tokens.
TEST(Stream, BytesAreTokens) {
    const GoldenCase golden = load_golden(golden_path("tiny_ternary"));
    FloatModel all_bytes = pairs_model(small_pairs_config());
    all_bytes.vocabulary.clear();
    for (const FloatModel* weights : std::initializer_list<const FloatModel*>{&golden.model, &all_bytes}) {
        const OpenModel model = open_model(*weights);
        const uint32_t V = model.view.config().vocab_size;
        for (const SamplerOptions& sampling : kSamplings) {
            Streams stream(model);
            ASSERT_TRUE(stream->sampling(sampling).ok());
            const EngineOptions options{.window = 16};
            cli::AlignedBuffer memory(arena_bytes(model.view, options));
            Engine engine;
            ASSERT_TRUE(engine.init(model.view, options, memory.data(), memory.size()).ok());
            Sampler sampler(sampling);
            const Bytes prompt = {1, 2, 0, 31, 3};
            ASSERT_TRUE(stream->read(prompt.data(), prompt.size(), nullptr).ok());
            for (const uint8_t byte : prompt) ASSERT_TRUE(engine.step(byte).ok());
            EXPECT_EQ(stream->engine().position(), prompt.size());
            for (const char c : stream.write(100)) {
                const uint32_t token = sampler.sample(engine.logits(), V);
                ASSERT_EQ(static_cast<uint8_t>(c), token);
                ASSERT_TRUE(engine.step(token).ok());
            }
            EXPECT_EQ(stream->engine().position(), prompt.size() + 100);
        }
    }
    const OpenModel model = open_model(golden.model);
    Streams stream(model);
    const Bytes foreign = {1, 2, 32};
    const Status s = stream->read(foreign.data(), foreign.size(), nullptr);
    EXPECT_EQ(s.code(), Code::bad_argument);
    EXPECT_EQ(s.message(), "byte 32 at offset 2 is outside the model's vocabulary: use bytes 0..31");
    EXPECT_EQ(stream->engine().position(), 0u);
    EXPECT_EQ(candidates(TextWriter(Vocabulary(), 32), 32).size(), 32u);
}

}  // namespace
}  // namespace atome::test
