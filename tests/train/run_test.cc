// Training runs: what they may depend on, and what not.
#include "atome/models/routed/run.h"
#include "atome/kernels/registry.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "atome/base/bytes.h"
#include "atome/base/math.h"
#include "atome/formats/atome_file.h"
#include "atome/formats/model_tensors.h"
#include "atome/formats/safetensors.h"
#include "atome/infer/engine.h"
#include "atome/models/routed/network.h"
#include "atome/quant/coded_model.h"
#include "atome/tokens/learn.h"
#include "atome/train/options_table.h"
#include "atome/train/recipe.h"
#include "atome/train/settings.h"
#include "native/io/aligned_buffer.h"
#include "tests/train/small_run.h"
#if !defined(__EMSCRIPTEN__)
#include "native/io/thread_pool.h"
#endif

namespace atome::test {
namespace {

TEST(TrainingRun, ThreadsDoNotChangeTheWeights) {
    for (const Config& config : {small_config(Quantizer::ternary), small_config(Quantizer::int4),
                                 small_config(Quantizer::ternary, StateDecay::selective)})
        for (const bool exact : {true, false}) {
            const std::string_view q = name(config.quantizer);
            const auto digest = [&](Executor& executor) {
                return train_to_end(*make_run(best_kernel_set(exact), executor, small_options(), config));
            };
            SerialExecutor serial;
            const uint64_t expected = digest(serial);
#if !defined(__EMSCRIPTEN__)
            for (const uint32_t workers : {2u, 3u, 4u, 8u}) {
                cli::ThreadPool pool(workers);
                EXPECT_EQ(digest(pool), expected) << q << ", " << workers << " threads";
            }
#endif
            BackwardsExecutor backwards;
            EXPECT_EQ(digest(backwards), expected) << q;
        }
}

TEST(TrainingRun, ExactTrainingIsTheSameForEveryKernelSet) {
    SerialExecutor serial;
    for (const Config& config :
         {small_config(Quantizer::ternary), small_config(Quantizer::power3_pr), small_config(Quantizer::none),
          small_config(Quantizer::int4), small_config(Quantizer::ternary, StateDecay::selective),
          small_config(Quantizer::power3_pr, StateDecay::selective)}) {
        const auto digest = [&](KernelSet set) {
            return train_to_end(*make_run(set, serial, small_options(), config));
        };
        const uint64_t expected = digest(scalar_set());
        for (const KernelSet& set : exact_sets()) EXPECT_EQ(digest(set), expected) << set.name;
    }
}

TEST(TrainingRun, PiecesOfValidationAreTheWhole) {
    SerialExecutor serial;
    const TrainOptions o = small_options();
    const auto run = make_run(best_kernel_set(false), serial, o);
    Evaluation whole, piece;
    ASSERT_TRUE(run->validate(true, &whole).ok());
    for (const std::size_t most : {std::size_t{1}, std::size_t{o.seq} * 3 + 1, std::size_t{1} << 20}) {
        double nats = 0;
        uint64_t predictions = 0;
        std::size_t first = 0, covered = 1;
        for (; covered > 0; first += covered) {
            ASSERT_TRUE(run->validate_piece(first, most, &piece, &covered).ok());
            nats += piece.nats * static_cast<double>(piece.predictions);
            predictions += piece.predictions;
        }
        EXPECT_EQ(predictions, whole.predictions);
        EXPECT_NEAR(nats / static_cast<double>(predictions), whole.nats, 1e-12);
    }
    std::size_t covered;
    EXPECT_FALSE(run->validate_piece(1, 100, &piece, &covered).ok());
}

TEST(TrainingRun, LossFalls) {
    SerialExecutor serial;
    TrainOptions o = small_options();
    o.steps = 200;
    const auto run = make_run(best_kernel_set(false), serial, o);
    Evaluation before, after;
    ASSERT_TRUE(run->validate(false, &before).ok());
    train_to_end(*run);
    ASSERT_TRUE(run->validate(false, &after).ok());
    EXPECT_GT(before.bits(), 6.0);
    EXPECT_LT(after.bits(), 2.0);
}

TEST(TrainingRun, ResumedRunEndsWithTheSameBytes) {
    SerialExecutor serial;
    const KernelSet kernels = best_kernel_set(false);
    Config config = small_config(Quantizer::ternary, StateDecay::selective);
    config.gains = Gains::rows;
    const auto whole = make_run(kernels, serial, small_options(), config);
    train_to_end(*whole);
    std::vector<uint8_t> expected;
    ASSERT_TRUE(whole->checkpoint({}, &expected).ok());
    for (const uint32_t stop : {0u, 1u, 11u, 23u, 24u}) {
        auto run = make_run(kernels, serial, small_options(), config);
        StepResult result;
        while (run->steps_done() < stop) ASSERT_TRUE(run->step(&result).ok());
        std::vector<uint8_t> saved;
        ASSERT_TRUE(run->checkpoint({{"run.note", "x"}}, &saved).ok());
        std::unique_ptr<TrainingRun> resumed;
        RunNotes notes;
        const Status status = resume_run(saved, some_text(), kernels, serial, &resumed, &notes);
        ASSERT_TRUE(status.ok()) << status.message();
        EXPECT_EQ(notes["run.note"], "x");
        EXPECT_EQ(resumed->steps_done(), stop);
        EXPECT_EQ(resumed->options(), run->options());
        train_to_end(*resumed);
        std::vector<uint8_t> bytes;
        ASSERT_TRUE(resumed->checkpoint({}, &bytes).ok());
        EXPECT_EQ(bytes, expected) << "stopped after " << stop;
    }
}

TEST(TrainingRun, ResumeRefusesWhatIsNotItsOwn) {
    SerialExecutor serial;
    const KernelSet kernels = best_kernel_set(true);
    const auto run = make_run(kernels, serial);
    std::vector<uint8_t> saved;
    ASSERT_TRUE(run->checkpoint({}, &saved).ok());
    std::unique_ptr<TrainingRun> resumed;

    Status status = resume_run(saved, some_text(3999), kernels, serial, &resumed);
    EXPECT_NE(status.message().find("another text"), std::string_view::npos) << status.message();

    std::vector<uint8_t> model_only;
    ASSERT_TRUE(write_safetensors(run->model(), {}, {}, &model_only).ok());
    status = resume_run(model_only, some_text(), kernels, serial, &resumed);
    EXPECT_NE(status.message().find("no checkpoint"), std::string_view::npos) << status.message();

    // Any damage to the settings is seen; damage to numbers that still are numbers cannot be.
    for (const char* key : {"train.steps", "train.lr", "train.steps_done", "train.schedule"}) {
        std::string text(saved.begin(), saved.end());
        const std::size_t at = text.find(std::string(key) + "\":\"") + std::string(key).size() + 3;
        ASSERT_LT(at, text.size());
        text[at] = 'g';
        const std::vector<uint8_t> damaged(text.begin(), text.end());
        EXPECT_FALSE(resume_run(damaged, some_text(), kernels, serial, &resumed).ok()) << key;
    }
    EXPECT_EQ(resumed, nullptr);
}

TEST(TrainingRun, ResumesARunFromBeforeThereWerePairs) {
    SerialExecutor serial;
    const KernelSet kernels = best_kernel_set(true);
    TrainOptions options = small_options();
    for (const TrainOptionRow& row : train_option_rows())
        if (row.added > 0) row.set(options, row.before);
    const auto run = make_run(kernels, serial, options);
    StepResult result;
    for (int i = 0; i < 5; i++) ASSERT_TRUE(run->step(&result).ok());
    std::vector<uint8_t> saved;
    ASSERT_TRUE(run->checkpoint({}, &saved).ok());
    NamedTensors file;
    ASSERT_TRUE(parse_safetensors(saved.data(), saved.size(), &file).ok());
    const auto resume = [&](std::unique_ptr<TrainingRun>* resumed) {
        FloatModel model;
        ATOME_TRY(read_model(file, &model));
        return TrainingRun::resume(file, routed_network(std::move(model)), some_text(), kernels, serial,
                                   resumed);
    };
    // Such a checkpoint lacks all options that have come since; one that lacks some of them is damaged.
    Strings older = file.metadata;
    for (const TrainOptionRow& row : train_option_rows()) {
        if (row.added > 0) {
            EXPECT_EQ(older.erase("train." + std::string(row.key)), 1u);
        }
    }
    file.metadata = older;
    std::unique_ptr<TrainingRun> resumed;
    ASSERT_TRUE(resume(&resumed).ok());
    EXPECT_EQ(resumed->options().tokenizer, Tokenizer::bytes);
    EXPECT_EQ(resumed->options().valid_seq, 0u);
    EXPECT_EQ(train_to_end(*resumed), train_to_end(*run));
    file.metadata["train.valid_seq"] = hex64(0);
    EXPECT_EQ(resume(&resumed).code(), Code::bad_file);
    // One of the first addition has all of that, and nothing later.
    for (const TrainOptionRow& row : train_option_rows())
        if (row.added == 1) file.metadata["train." + std::string(row.key)] = hex64(row.before);
    ASSERT_TRUE(resume(&resumed).ok());
    EXPECT_EQ(resumed->options().router_calibration, 0.0f);
    file.metadata["train.merges"] = hex64(0);
    file.metadata["train.tokenizer"] = hex64(static_cast<uint64_t>(Tokenizer::pairs));
    const Status status = resume(&resumed);
    EXPECT_EQ(status.code(), Code::bad_file);
    EXPECT_NE(status.message().find("tokenizer is pairs, but the model's tokens are bytes"),
              std::string_view::npos)
        << status.message();
}

// A root is taken of it: training would go on with weights that are not numbers.
TEST(TrainingRun, ResumeRefusesANegativeSecondMoment) {
    SerialExecutor serial;
    const KernelSet kernels = best_kernel_set(true);
    const auto run = make_run(kernels, serial);
    StepResult result;
    ASSERT_TRUE(run->step(&result).ok());
    std::vector<uint8_t> saved;
    ASSERT_TRUE(run->checkpoint({}, &saved).ok());
    NamedTensors file;
    ASSERT_TRUE(parse_safetensors(saved.data(), saved.size(), &file).ok());
    const auto resume_with = [&](const char* name, float value) {
        std::vector<uint8_t> changed = saved;
        const NamedTensor* t = file.find(name);
        store(changed.data() + (t->data - saved.data()) + 3 * sizeof(float), value);
        std::unique_ptr<TrainingRun> resumed;
        return resume_run(changed, some_text(), kernels, serial, &resumed);
    };
    const Status status = resume_with("optimizer.v.embed.weight", -1e-9f);
    EXPECT_EQ(status.code(), Code::bad_file);
    EXPECT_NE(status.message().find("embed.weight is negative at element 3"), std::string_view::npos)
        << status.message();
    EXPECT_TRUE(resume_with("optimizer.v.embed.weight", 0).ok());
    EXPECT_TRUE(resume_with("optimizer.m.embed.weight", -1e-9f).ok());
}

// The forward pass of training and the engine of inference are the same arithmetic.
TEST(TrainingRun, EvaluationEqualsTheEngineBitForBit) {
    SerialExecutor serial;
    for (const Quantizer q : {Quantizer::ternary, Quantizer::power3, Quantizer::power3_pr, Quantizer::int4})
        for (const bool more : {false, true}) {
            Config config = small_config(q, more ? StateDecay::selective : StateDecay::fixed);
            if (more) config.gains = Gains::rows;
            const KernelSet set = scalar_set();
            const auto run = make_run(set, serial, small_options(), config);
            train_to_end(*run);
            Evaluation trained;
            ASSERT_TRUE(run->validate(false, &trained).ok());

            CodedModel coded;
            ASSERT_TRUE(quantise(run->model(), &coded).ok());
            std::vector<uint8_t> bytes;
            ASSERT_TRUE(write_atome(coded, Encoding::trit2, &bytes).ok());
            cli::AlignedBuffer blob(bytes.size());
            std::copy(bytes.begin(), bytes.end(), blob.data());
            ModelView view;
            ASSERT_TRUE(ModelView::open(blob.data(), bytes.size(), &view).ok());
            const EngineOptions options{.window = small_options().seq};
            cli::AlignedBuffer memory(arena_bytes(view, options));
            Engine engine;
            ASSERT_TRUE(engine.init(view, options, memory.data(), memory.size()).ok());

            const TrainOptions o = small_options();
            const std::vector<uint8_t> text = some_text();
            const TextSplit split = split_text(text.size(), o);
            double sum = 0;
            for (std::size_t chunk = 0; chunk < split.valid / o.seq; chunk++) {
                engine.reset();
                const uint8_t* at = text.data() + split.train + chunk * o.seq;
                double chunk_sum = 0;
                for (uint32_t t = 0; t + 1 < o.seq; t++) {
                    ASSERT_TRUE(engine.step(at[t]).ok());
                    chunk_sum +=
                        static_cast<double>(set.train->cross_entropy(engine.logits(), 256, at[t + 1], 1.0f));
                }
                sum += chunk_sum;
            }
            EXPECT_EQ(sum / static_cast<double>(trained.predictions), trained.nats) << name(q);
        }
}

TEST(TrainingRun, DisabledPathwaysKeepTheirWeights) {
    SerialExecutor serial;
    Config config = small_config(Quantizer::ternary, StateDecay::selective);
    config.disabled = 1u << static_cast<unsigned>(Pathway::state);
    const auto run = make_run(best_kernel_set(true), serial, small_options(), config);
    const Shadow before = run->trainer().weights();
    train_to_end(*run);
    for (uint32_t i = 0; i < before.size(); i++) {
        const TensorSpec spec = tensor_spec(config, i);
        EXPECT_EQ(run->trainer().weights()[i] == before[i], !spec.active) << tensor_name(spec).view();
    }
}

TEST(TrainingRun, BadInputIsRefused) {
    SerialExecutor serial;
    const KernelSet kernels = best_kernel_set(true);
    std::unique_ptr<TrainingRun> run;
    const FloatModel model = initialise(small_config(), 0);
    for (const std::size_t n : {0u, 1u})
        EXPECT_EQ(create_run(model, small_options(), some_text(n), kernels, serial, &run).code(),
                  Code::bad_argument);
    // Two bytes are a text: one prediction.
    ASSERT_TRUE(create_run(model, small_options(), {65, 66}, kernels, serial, &run).ok());
    StepResult result;
    EXPECT_TRUE(run->step(&result).ok());
    EXPECT_FALSE(run->has_validation());

    Config narrow = small_config();
    narrow.vocab_size = 100;
    EXPECT_EQ(create_run(initialise(narrow, 0), small_options(), {65, 200}, kernels, serial, &run).code(),
              Code::bad_argument);
    FloatModel broken = model;
    broken.tensors[3][0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(create_run(broken, small_options(), some_text(), kernels, serial, &run).code(),
              Code::not_finite);
    for (const auto& change : std::vector<void (*)(TrainOptions&)>{
             [](TrainOptions& o) { o.steps = 0; }, [](TrainOptions& o) { o.batch = 0; },
             [](TrainOptions& o) { o.seq = 1; }, [](TrainOptions& o) { o.lr = 0; },
             [](TrainOptions& o) { o.lr = std::numeric_limits<float>::quiet_NaN(); },
             [](TrainOptions& o) { o.beta2 = 1; }, [](TrainOptions& o) { o.eps = 0; },
             [](TrainOptions& o) { o.clip = -1; }, [](TrainOptions& o) { o.valid_share = 1; },
             [](TrainOptions& o) { o.warmup = o.steps + 1; }}) {
        TrainOptions o = small_options();
        change(o);
        EXPECT_EQ(create_run(model, o, some_text(), kernels, serial, &run).code(), Code::bad_config);
    }
}

TEST(TrainingRun, DivergenceIsAnErrorAndKeepsTheWeights) {
    SerialExecutor serial;
    FloatModel model = initialise(small_config(), 0);
    // So large that the logits overflow.
    for (float& g : model.tensors[tensor_index(model.config, TensorKind::final_gamma, 0)]) g = 1e38f;
    std::unique_ptr<TrainingRun> run;
    ASSERT_TRUE(create_run(model, small_options(), some_text(), best_kernel_set(true), serial, &run).ok());
    const uint64_t digest = run->weights_digest();
    StepResult result;
    EXPECT_EQ(run->step(&result).code(), Code::not_finite);
    EXPECT_EQ(run->weights_digest(), digest);
}

TEST(Schedule, Shapes) {
    TrainOptions o;
    o.steps = 1000;
    o.warmup = 100;
    o.lr = 1;
    o.final_lr = 0.1f;
    for (const Schedule s : {Schedule::constant, Schedule::cosine, Schedule::wsd}) {
        o.schedule = s;
        EXPECT_FLOAT_EQ(learning_rate(o, 0), 0.01f);
        EXPECT_FLOAT_EQ(learning_rate(o, 49), 0.5f);
        EXPECT_FLOAT_EQ(learning_rate(o, 100), 1.0f);
    }
    o.schedule = Schedule::constant;
    EXPECT_FLOAT_EQ(learning_rate(o, 999), 1.0f);
    o.schedule = Schedule::cosine;
    EXPECT_FLOAT_EQ(learning_rate(o, 550), 0.55f);  // half way between 1 and 0.1
    EXPECT_NEAR(learning_rate(o, 999), 0.1f, 1e-5f);
    o.schedule = Schedule::wsd;
    o.decay_share = 0.2f;
    EXPECT_FLOAT_EQ(learning_rate(o, 800), 1.0f);
    EXPECT_FLOAT_EQ(learning_rate(o, 900), 0.55f);
}

TEST(Settings, RoundTrip) {
    TrainOptions o = published_recipe();
    o.seed = 0xFEDCBA9876543210ull;
    o.lr = 0.1f / 3;
    Strings strings;
    write_settings(o, &strings);
    TrainOptions back;
    ASSERT_TRUE(read_settings(strings, &back).ok());
    EXPECT_EQ(back, o);
}

// Every row reaches a member of its own, and refuses what is outside its range by its key.
TEST(Settings, EveryOptionOfTheTable) {
    for (const TrainOptionRow& row : train_option_rows()) {
        SCOPED_TRACE(row.key);
        EXPECT_EQ(find_train_option(row.key), &row);
        TrainOptions o;
        row.set(o, row.get(o) ^ 1);
        for (const TrainOptionRow& other : train_option_rows())
            EXPECT_EQ(other.get(o) != other.get(TrainOptions{}), &other == &row) << other.key;

        const auto refused = [&](uint64_t bits) {
            TrainOptions bad;
            row.set(bad, bits);
            return validate(bad).message().substr(0, row.key.size()) == row.key;
        };
        const auto real = [](float value) { return uint64_t{bits_as<uint32_t>(value)}; };
        const OptionRange& r = row.range;
        if (row.kind == OptionKind::choice) {
            EXPECT_TRUE(refused(row.choices.size()));
        } else if (row.kind == OptionKind::real) {
            const float least = static_cast<float>(r.least), most = static_cast<float>(r.most);
            EXPECT_EQ(refused(real(least)), r.open == OpenEnd::least);
            EXPECT_EQ(refused(real(most)), r.open == OpenEnd::most);
            EXPECT_FALSE(refused(real(static_cast<float>(r.closed_least()))));
            EXPECT_FALSE(refused(real(static_cast<float>(r.closed_most()))));
            EXPECT_TRUE(refused(real(least - 1)));
            EXPECT_TRUE(refused(real(most * 2)));
            EXPECT_TRUE(refused(0x7FC00000));  // no number
        } else if (row.bits == 32) {
            EXPECT_TRUE(refused(static_cast<uint64_t>(r.most) + 1));
        } else {
            EXPECT_FALSE(refused(~uint64_t{0}));
        }
    }
}

TEST(Settings, EveryOptionIsInACheckpoint) {
    Strings whole;
    write_settings(TrainOptions{}, &whole);
    EXPECT_EQ(whole.size(), train_option_rows().size());
    for (const auto& [key, value] : whole) {
        Strings without = whole;
        without.erase(key);
        TrainOptions back;
        const Status status = read_settings(without, &back);
        const TrainOptionRow& row = *find_train_option(key.substr(std::string_view("train.").size()));
        if (const auto rows = train_option_rows();
            std::count_if(rows.begin(), rows.end(),
                          [&row](const TrainOptionRow& other) { return other.added >= row.added; }) == 1) {
            // Nothing came with it or later: without it a checkpoint is one from before.
            ASSERT_TRUE(status.ok()) << status.message();
            EXPECT_EQ(row.get(back), row.before);
            continue;
        }
        EXPECT_EQ(status.code(), Code::bad_file);
        EXPECT_NE(status.message().find(key), std::string_view::npos) << status.message();
    }
}

TEST(ChooseVocabulary, AutomaticTakesPairsWhereTheyPay) {
    TrainOptions o;
    std::string words;
    while (words.size() < kPairsFrom) words += "The cat sat on the mat, and the dog ran to the old tree.\n";
    std::vector<uint8_t> text(words.begin(), words.end());
    const auto chosen = [&] { return choose_vocabulary(text.data(), text.size(), o, 256); };
    ASSERT_GE(text.size(), kPairsFrom);
    const std::vector<uint8_t> table = chosen();
    EXPECT_EQ(table, learn_vocabulary(text.data(), split_text(text.size(), o).train, MergeRule::words));
    EXPECT_TRUE(choose_vocabulary(text.data(), text.size(), o, 255).empty());
    o.tokenizer = Tokenizer::bytes;
    EXPECT_TRUE(chosen().empty());
    o.tokenizer = Tokenizer::automatic;
    text.resize(kPairsFrom - 1);
    EXPECT_TRUE(chosen().empty());
    o.tokenizer = Tokenizer::pairs;
    EXPECT_FALSE(chosen().empty());
    // Nothing is worth merging in random bytes.
    Random random(1);
    text.resize(2 * kPairsFrom);
    for (uint8_t& b : text) b = static_cast<uint8_t>(random.next());
    EXPECT_FALSE(chosen().empty());
    o.tokenizer = Tokenizer::automatic;
    EXPECT_TRUE(chosen().empty());
}

TEST(Batches, WindowsAndChunks) {
    TrainOptions o = small_options();
    std::vector<uint8_t> text(1000);
    for (std::size_t i = 0; i < text.size(); i++) text[i] = static_cast<uint8_t>(i % 251);
    for (const Sampling s : {Sampling::windows, Sampling::chunks}) {
        o.sampling = s;
        const Batches batches(text.data(), text.size(), o);
        const uint32_t T = batches.positions();
        EXPECT_EQ(T, s == Sampling::windows ? 16u : 15u);
        std::vector<uint8_t> a(o.batch * (T + 1)), b(a.size()), other(a.size());
        std::vector<SequencePlace> places(o.batch);
        batches.draw(5, a.data(), places.data());
        batches.draw(5, b.data(), places.data());
        batches.draw(6, other.data(), places.data());
        EXPECT_EQ(a, b);
        EXPECT_NE(a, other);
        for (uint32_t row = 0; row < o.batch; row++) {
            const uint8_t* r = &other[row * (T + 1)];
            EXPECT_EQ(r[0], (places[row].position - 1) % 251);
            for (uint32_t t = 1; t <= T; t++) EXPECT_EQ(r[t], (r[t - 1] + 1) % 251);
        }
    }
    // The published protocol: 500,000 bytes in chunks of 64, nine tenths of 7,812 chunks to train.
    o.seq = 64;
    EXPECT_EQ(split_text(500000, o).train, 7030u * 64);
    EXPECT_EQ(split_text(500000, o).valid, 782u * 64);
    o.valid_share = 0;
    EXPECT_EQ(split_text(500000, o).valid, 0u);
}

}  // namespace
}  // namespace atome::test
