// The fixed engine: its arithmetic against real numbers, its logits against the float engine's, its memory,
// and plans that are wrong. That the numbers are those of its definition, tests/python/fixed_oracle.py says.
#include "atome/infer/fixed/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "atome/base/bytes.h"
#include "atome/base/random.h"
#include "atome/infer/fixed/registry.h"
#include "atome/model/file_layout.h"
#include "atome/quant/packing.h"
#include "tests/fixed_plan.h"
#include "tests/infer/golden_case.h"
#include "tests/pairs_model.h"

namespace atome::test {
namespace {

TEST(FixedArithmetic, RoundsHalvesUp) {
    EXPECT_EQ(fixed::round_shift(5, 1), 3);
    EXPECT_EQ(fixed::round_shift(-5, 1), -2);
    EXPECT_EQ(fixed::round_shift(-6, 2), -1);
    EXPECT_EQ(fixed::round_shift(7, 0), 7);
}

TEST(FixedArithmetic, ProductsInQ15AreThoseOf64Bits) {
    Random random(1);
    for (int i = 0; i < 100000; i++) {
        const auto v = static_cast<int32_t>(random.next() % (1u << 31)) - (1 << 30) + 1;
        const auto c = static_cast<int32_t>(random.next() % 65535) - 32767;
        const int64_t exact = (int64_t{v} * c + (1 << 14)) >> 15;
        ASSERT_EQ(fixed::multiply_q15(v, c), exact) << v << " * " << c;
    }
}

TEST(FixedArithmetic, RootsAreThoseOfWholeNumbers) {
    for (const uint32_t v :
         {0u, 1u, 2u, 3u, 4u, 99u, 100u, 65535u, 65536u, 0x7fffffffu, 0xfffe0001u, 0xffffffffu}) {
        const uint64_t root = fixed::square_root(v);
        EXPECT_LE(root * root, v);
        EXPECT_GT((root + 1) * (root + 1), v);
    }
}

TEST(FixedArithmetic, TablesAreNearTheirFunctions) {
    for (int32_t t = 0; t > -20 * 1024; t -= 7)
        ASSERT_NEAR(fixed::exp2(t), 32768 * std::exp2(t / 1024.0), 1.1) << t;
    for (int32_t z = -13 * 1024; z <= 13 * 1024; z += 5)
        ASSERT_NEAR(fixed::sigmoid_down(z), 32768 / (1 + std::exp2(z / 1024.0)), 8.1) << z;
    for (uint32_t share = 1; share <= 32768; share++)
        ASSERT_NEAR(fixed::minus_log2(share), -4096 * std::log2(share / 32768.0), 1.2) << share;
}

TEST(FixedArithmetic, EntropyIsWithinAThousandthOfANat) {
    for (int32_t a = -4000; a <= 4000; a += 111)
        for (int32_t b = -4000; b <= 4000; b += 131) {
            int32_t shares[3] = {a, b, 0};
            fixed::softmax(shares, 3);
            uint16_t r[3];
            double exact = 0;
            for (int p = 0; p < 3; p++) {
                r[p] = static_cast<uint16_t>(shares[p]);
                if (r[p] > 0) exact -= r[p] / 32768.0 * std::log(r[p] / 32768.0);
            }
            EXPECT_NEAR(shares[0] + shares[1] + shares[2], 32768, 3);
            ASSERT_NEAR(fixed::entropy(r, 3) / 32768.0, exact, 0.001) << a << " " << b;
        }
}

// A model in memory with a plan from a text.
struct Planned {
    CodedModel coded;
    std::vector<uint8_t> tokens;
    cli::AlignedBuffer bytes;
    ModelView view;

    explicit Planned(const Config& config) {
        const FloatModel model = pairs_model(config);
        EXPECT_TRUE(quantise(model, &coded).ok());
        for (uint32_t i = 0; i < 300; i++) tokens.push_back(static_cast<uint8_t>(i * 37 % 251));
        open();
        const Status status = plan_of(coded, tokens, 16, &coded.fixed_plan);
        EXPECT_TRUE(status.ok()) << status.message();
        open();
    }
    void open() {
        std::vector<uint8_t> file;
        ASSERT_TRUE(write_atome(coded, Encoding::trit5, &file).ok());
        bytes = cli::AlignedBuffer::copy_of(file);
        ASSERT_TRUE(ModelView::open(bytes.data(), bytes.size(), &view).ok());
    }
};

struct Shape {
    const char* name;
    Quantizer quantizer;
    uint32_t d_model, d_ff;
    uint8_t disabled;
    StateDecay state;
    Gains gains;
};

class FixedShapes : public testing::TestWithParam<Shape> {
  protected:
    static Config config() {
        const Shape& s = GetParam();
        Config c = small_pairs_config();
        c.quantizer = s.quantizer;
        c.d_model = s.d_model;
        c.d_ff = s.d_ff;
        c.disabled = s.disabled;
        c.state = s.state;
        c.gains = s.gains;
        if (s.gains == Gains::rows) c.vectors = Vectors::bf16;
        return c;
    }
};

// Over all positions: where attention of random weights keeps another position, one of them may differ by
// more.
TEST_P(FixedShapes, AreNearTheFloatEngine) {
    const Planned model(config());
    const FixedOptions fixed_options{16};
    EngineOptions options;
    options.window = 16;
    cli::AlignedBuffer memory(arena_bytes(model.view, options));
    cli::AlignedBuffer fixed_memory(arena_bytes(model.view, fixed_options));
    std::memset(fixed_memory.data(), 0xA5, fixed_memory.size());
    Engine engine;
    FixedEngine fixed;
    ASSERT_TRUE(engine.init(model.view, options, memory.data(), memory.size()).ok());
    const Status status = fixed.init(model.view, fixed_options, fixed_memory.data(), fixed_memory.size());
    ASSERT_TRUE(status.ok()) << status.message();
    double squares = 0, all = 0, entropies = 0;
    for (const uint8_t token : model.tokens) {
        ASSERT_TRUE(engine.step(token).ok());
        ASSERT_TRUE(fixed.step(token).ok());
        for (uint32_t v = 0; v < 256; v++) {
            const double exact = static_cast<double>(engine.logits()[v]);
            const double difference = fixed.logits()[v] * std::log(2.0) / 256 - exact;
            squares += difference * difference;
            all += exact * exact;
        }
        for (uint32_t l = 0; l < 2; l++)
            entropies += std::abs(fixed.entropy(l) / 32768.0 - static_cast<double>(engine.entropy(l)));
    }
    EXPECT_LT(std::sqrt(squares / all), 0.1);
    EXPECT_LT(entropies / static_cast<double>(2 * model.tokens.size()), 0.02);
    EXPECT_GT(all, 0);
}

TEST_P(FixedShapes, ExactlyTheReportedBytesWork) {
    const Planned model(config());
    for (const uint32_t window : {1u, 5u, 33u}) {
        const FixedOptions options{window};
        const auto needed = static_cast<std::size_t>(arena_bytes(model.view, options));
        cli::AlignedBuffer memory(needed);
        FixedEngine engine;
        EXPECT_TRUE(engine.init(model.view, options, memory.data(), needed).ok());
        for (const uint8_t token : model.tokens) ASSERT_TRUE(engine.step(token).ok());
        const Status less = engine.init(model.view, options, memory.data(), needed - 1);
        EXPECT_EQ(less.code(), Code::arena_too_small) << less.message();
        EXPECT_EQ(engine.step(1).code(), Code::bad_argument) << "an engine that was not initialised";
    }
}

TEST_P(FixedShapes, ResetForgetsEverything) {
    const Planned model(config());
    const FixedOptions options{7};
    cli::AlignedBuffer memory(arena_bytes(model.view, options));
    FixedEngine engine;
    ASSERT_TRUE(engine.init(model.view, options, memory.data(), memory.size()).ok());
    std::vector<int16_t> first;
    for (int round = 0; round < 2; round++) {
        engine.reset();
        EXPECT_EQ(engine.predict().code(), Code::bad_argument);
        for (int i = 0; i < 20; i++) ASSERT_TRUE(engine.step(model.tokens[static_cast<std::size_t>(i)]).ok());
        const std::vector<int16_t> now(engine.logits(), engine.logits() + 256);
        if (round == 0) first = now;
        EXPECT_EQ(now, first);
    }
    EXPECT_EQ(engine.step(256).code(), Code::bad_argument);
}

INSTANTIATE_TEST_SUITE_P(
    , FixedShapes,
    testing::Values(Shape{"ternary", Quantizer::ternary, 16, 0, 0, StateDecay::fixed, Gains::none},
                    Shape{"int4_ff", Quantizer::int4, 18, 21, 0, StateDecay::fixed, Gains::none},
                    Shape{"selective_gains", Quantizer::ternary, 24, 40, 4, StateDecay::selective,
                          Gains::rows},
                    Shape{"no_state", Quantizer::int4, 17, 16, 2, StateDecay::fixed, Gains::rows},
                    Shape{"state_alone", Quantizer::ternary, 32, 8, 5, StateDecay::selective, Gains::none}),
    [](const auto& info) { return info.param.name; });

// Every way to add, against the definition, for shapes with and without a rest; random codes of every
// encoding.
TEST(FixedSums, EveryWayGivesTheSame) {
    Random random(7);
    for (const Encoding encoding : {Encoding::trit2, Encoding::trit5, Encoding::int4})
        for (int round = 0; round < 300; round++) {
            TensorView w;
            w.rows = 1 + static_cast<uint32_t>(random.next() % 140);
            w.cols = 1 + static_cast<uint32_t>(random.next() % 70);
            if (round % 3 == 0) w.cols = 4 * w.cols;
            if (round % 3 == 1) w.cols = 8 * w.cols;
            w.encoding = encoding;
            const int most = encoding == Encoding::int4 ? 7 : 1;
            std::vector<int8_t> codes(w.rows * w.cols), x(w.cols);
            std::vector<uint8_t> packed, y(w.cols);
            for (int8_t& code : codes)
                code = static_cast<int8_t>(
                    static_cast<int>(random.next() % (2 * static_cast<uint32_t>(most) + 1)) - most);
            for (uint32_t c = 0; c < w.cols; c++) {
                x[c] = static_cast<int8_t>(static_cast<int>(random.next() % 255) - 127);
                y[c] = static_cast<uint8_t>(random.next());
            }
            pack_codes(encoding, codes.data(), codes.size(), &packed);
            w.codes = packed.data();
            const uint32_t first =
                static_cast<uint32_t>(random.next()) % w.rows / kRowsOfPanel * kRowsOfPanel;
            const uint32_t rows = std::min(kSumRows, w.rows - first);
            std::vector<int32_t> expected(rows), expected_unsigned(rows);
            for (uint32_t i = 0; i < rows; i++)
                for (uint32_t c = 0; c < w.cols; c++) {
                    expected[i] += codes[(first + i) * w.cols + c] * x[c];
                    expected_unsigned[i] += codes[(first + i) * w.cols + c] * y[c];
                }
            for (const FixedKernels* set : fixed_kernels()) {
                std::vector<int32_t> out(rows, -1);
                // In one part, in two, with an empty one between.
                const uint32_t half = round % 3 == 0 ? rows / 2 / kRowsOfPanel * kRowsOfPanel : rows;
                CodedMatrix m(w);
                cli::AlignedBuffer unpacked;
                if (set->unpacking) {
                    unpacked = cli::AlignedBuffer(set->unpacking->bytes(w.rows, w.cols));
                    set->unpacking->unpack(w, unpacked.data());
                    m.codes = unpacked.data();
                }
                const SumPart parts[] = {{&m, first, half}, {&m, 0, 0}, {&m, first + half, rows - half}};
                set->sums(parts, 3, x.data(), out.data());
                ASSERT_EQ(out, expected) << set->name;
                set->sums_unsigned(parts, 3, y.data(), out.data());
                ASSERT_EQ(out, expected_unsigned) << set->name;
            }
        }
}

// Models of random shapes, codes and plans: every word that a plan may have, so that all bounds are met. Both
// ways to add give the same, and a sanitizer sees no overflow.
CodedModel random_model(Random& random) {
    const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random.next() % n); };
    CodedModel m;
    Config& c = m.config;
    c.vocab_size = 1 + below(256);
    c.d_model = below(2) ? 4 * (1 + below(12)) : 1 + below(40);
    c.n_layers = 1 + below(3);
    c.d_head = 1 + below(20);
    c.top_k = 1 + below(8);
    c.kernel_size = static_cast<uint16_t>(1 + below(9));
    c.d_ff = below(2) ? 1 + below(60) : 0;
    c.quantizer = below(2) ? Quantizer::ternary : Quantizer::int4;
    c.disabled = static_cast<uint8_t>(below(7));
    c.gains = below(2) ? Gains::rows : Gains::none;
    c.state = below(2) ? StateDecay::selective : StateDecay::fixed;
    m.tensors.resize(tensor_count(c));
    const uint32_t most = c.quantizer == Quantizer::int4 ? 7 : 1;
    for (uint32_t i = 0; i < m.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(c, i);
        const auto n = static_cast<std::size_t>(spec.size());
        CodedTensor& t = m.tensors[i];
        if (spec.coded) {
            t.scales = {1.0f};
            for (std::size_t j = 0; j < n; j++)
                t.codes.push_back(
                    static_cast<int8_t>(static_cast<int>(below(2 * most + 1)) - static_cast<int>(most)));
        } else {
            for (std::size_t j = 0; j < n; j++)
                t.values.push_back(spec.row->role == TensorRole::gain
                                       ? gain_of(static_cast<uint8_t>(1 + below(255)))
                                       : 0.0f);
        }
    }
    // Words of any value, and of the largest more often than chance has them. What is refused is made good.
    m.fixed_plan.resize(fixed::Plan::bytes(c));
    for (std::size_t at = 0; at < m.fixed_plan.size(); at += 2)
        store(m.fixed_plan.data() + at,
              static_cast<int16_t>(below(4) == 0 ? below(2) ? 32767 : -32767
                                                 : static_cast<int32_t>(below(65535)) - 32767));
    return m;
}

TEST(FixedEngine, RandomModelsAndPlansStayInBounds) {
    const auto sets = fixed_kernels();
#ifdef ATOME_SANITIZE
    unsigned long rounds = 150, seed = 99;
#else
    unsigned long rounds = 500, seed = 99;
#endif
    // ATOME_FUZZ=ROUNDS,SEED tries others.
    if (const char* wanted = std::getenv("ATOME_FUZZ")) {
        char* rest = nullptr;
        rounds = std::strtoul(wanted, &rest, 10);
        if (*rest == ',') seed = std::strtoul(rest + 1, nullptr, 10);
    }
    Random random(seed);
    unsigned long ran = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        CodedModel m = random_model(random);
        std::vector<uint8_t> file;
        cli::AlignedBuffer bytes;
        ModelView view;
        fixed::Plan plan;
        // Each refusal names a byte: its word becomes a legal one.
        for (int repairs = 0;; repairs++) {
            ASSERT_LT(repairs, 1000);
            const Status written = write_atome(m, Encoding::trit2, &file);
            ASSERT_TRUE(written.ok()) << written.message();
            bytes = cli::AlignedBuffer::copy_of(file);
            ASSERT_TRUE(ModelView::open(bytes.data(), bytes.size(), &view).ok());
            const Status status = fixed::Plan::of(view, &plan);
            if (status.ok()) break;
            uint32_t size = 0;
            const auto begin =
                static_cast<std::size_t>(view.section(layout::kFixedKind, &size) - bytes.data());
            const std::string text(status.message());
            ASSERT_EQ(text.rfind("byte ", 0), 0u) << text;
            const std::size_t at = std::stoul(text.substr(5)) - begin;
            if (text.find("epsilon") != text.npos) {  // of two words the upper one is too large
                store(m.fixed_plan.data() + at + 2, static_cast<uint16_t>(random.next() % 0x2000));
                continue;
            }
            const bool shifts = text.find("a shift") != text.npos;
            const auto low =
                static_cast<uint16_t>(random.next() % (text.find("finer") != text.npos ? 21 : 31));
            store(m.fixed_plan.data() + at,
                  static_cast<uint16_t>(shifts ? low | random.next() % 31 << 8 : low));
        }
        const uint32_t window = 1 + static_cast<uint32_t>(random.next() % 9);
        std::vector<FixedEngine> engines(sets.size());
        std::vector<cli::AlignedBuffer> memory(sets.size());
        for (std::size_t i = 0; i < sets.size(); i++) {
            const FixedOptions options{window, sets[i]};
            memory[i] = cli::AlignedBuffer(arena_bytes(view, options));
            ASSERT_TRUE(engines[i].init(view, options, memory[i].data(), memory[i].size()).ok());
        }
        for (int t = 0; t < 12; t++) {
            const auto token = static_cast<uint32_t>(random.next() % m.config.vocab_size);
            for (FixedEngine& engine : engines) ASSERT_TRUE(engine.step(token).ok());
            for (std::size_t i = 1; i < sets.size(); i++) {
                ASSERT_EQ(std::memcmp(engines[0].logits(), engines[i].logits(), 2 * m.config.vocab_size), 0);
                for (uint32_t l = 0; l < m.config.n_layers; l++)
                    ASSERT_EQ(engines[0].entropy(l), engines[i].entropy(l));
            }
        }
        ran++;
    }
    EXPECT_EQ(ran, rounds);
}

TEST(FixedPlan, AModelWithoutOneIsRefused) {
    Planned model(small_pairs_config());
    model.coded.fixed_plan.clear();
    model.open();
    fixed::Plan plan;
    const Status status = fixed::Plan::of(model.view, &plan);
    EXPECT_EQ(status.code(), Code::bad_file);
    EXPECT_NE(std::string_view(status.message()).find("--engine fixed"), std::string_view::npos);
}

TEST(FixedPlan, OtherQuantisersSayThatTheyCannot) {
    Config c = small_pairs_config();
    for (const Quantizer q : {Quantizer::power3, Quantizer::power3_pr, Quantizer::none}) {
        c.quantizer = q;
        EXPECT_EQ(fixed::can_be_fixed(c).code(), Code::bad_config) << std::string_view(name(q));
    }
    c.quantizer = Quantizer::int4;
    c.d_ff = 16384;
    EXPECT_EQ(fixed::can_be_fixed(c).code(), Code::bad_config) << "its sums can pass 32 bits";
}

TEST(FixedPlan, WrongWordsAreRefusedByTheirByte) {
    Config c = small_pairs_config();
    c.d_ff = 8;
    Planned model(c);
    const std::vector<uint8_t> good = model.coded.fixed_plan;
    ASSERT_EQ(good.size(), fixed::Plan::bytes(c));
    const auto refused = [&](std::size_t at, uint16_t word, const char* why) {
        model.coded.fixed_plan = good;
        store(model.coded.fixed_plan.data() + at, word);
        model.open();
        fixed::Plan plan;
        const Status status = fixed::Plan::of(model.view, &plan);
        EXPECT_EQ(status.code(), Code::bad_file);
        EXPECT_NE(std::string_view(status.message()).find(why), std::string_view::npos) << status.message();
    };
    refused(2, 0x7fff, "epsilon");
    refused(4, 0x8000, "embed");
    refused(6, 31, "embed");
    refused(6, 31 << 8, "embed");
    refused(8, 0x8000, "norm_gain");
    refused(8 + 4 * c.d_model, 31, "norm_shift");
    model.coded.fixed_plan = good;
    model.coded.fixed_plan.pop_back();
    model.open();
    fixed::Plan plan;
    EXPECT_EQ(fixed::Plan::of(model.view, &plan).code(), Code::bad_file);
}

TEST(FixedPlan, FilesKeepIt) {
    for (const Gains gains : {Gains::none, Gains::rows}) {  // version 1 and 2 of the format
        Config c = small_pairs_config();
        c.gains = gains;
        const Planned model(c);
        CodedModel again;
        ASSERT_TRUE(read_atome(model.bytes.data(), model.bytes.size(), &again).ok());
        EXPECT_EQ(again.fixed_plan, model.coded.fixed_plan);
    }
}

}  // namespace
}  // namespace atome::test
