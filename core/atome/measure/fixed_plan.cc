#include "atome/measure/fixed_plan.h"

#include <algorithm>
#include <cmath>

#include "atome/base/bytes.h"
#include "atome/infer/fixed/plan.h"

namespace atome {

namespace {

using namespace fixed;

constexpr double kLn2 = 0.69314718055994531;
constexpr double kRoom = 1.25;    // above what was seen, where it costs little: of 16 bits
constexpr double kLeast = 1e-30;  // of a unit: what was never seen has any

// Appends words; remembers the first thing that cannot be said.
class Writer {
  public:
    explicit Writer(std::vector<uint8_t>* out) : out_(*out) {}

    void word(int32_t v) {
        out_.push_back(static_cast<uint8_t>(v & 0xff));
        out_.push_back(static_cast<uint8_t>(v >> 8 & 0xff));
    }
    // From whole numbers of at most `most` to `ratio` times them.
    void rescale(Item item, double ratio, double most) {
        uint32_t before = 0;
        while (most / std::ldexp(1.0, static_cast<int>(before)) > kMost16 && before < kMostShift) before++;
        const Factor f = factor(item, ratio * std::ldexp(1.0, static_cast<int>(before)));
        word(f.numbers.empty() ? 0 : f.numbers[0]);
        word(static_cast<int32_t>(before | f.shift << 8));
    }
    // values[i] times 2^shift, with the largest shift at which all have 15 bits.
    struct Factor {
        std::vector<int32_t> numbers;
        uint32_t shift = 0;
    };
    Factor factors(Item item, const std::vector<double>& values, double largest) {
        Factor f;
        double most = 0;
        for (const double v : values) most = std::max(most, std::abs(v));
        while (f.shift < kMostShift && most * std::ldexp(1.0, static_cast<int>(f.shift) + 1) <= largest)
            f.shift++;
        for (const double v : values) {
            const double n = std::floor(v * std::ldexp(1.0, static_cast<int>(f.shift)) + 0.5);
            if (std::abs(n) > kMost16 && status_.ok())
                status_ = Status::error(Code::unsupported,
                                        "the fixed engine cannot hold this model: ", row_of(item).name,
                                        " is too large a factor");
            f.numbers.push_back(static_cast<int32_t>(std::clamp(n, -32767.0, 32767.0)));
        }
        return f;
    }
    Factor factor(Item item, double value) { return factors(item, {value}, kMost16); }
    void vector(const std::vector<int32_t>& values) {
        for (const int32_t v : values) word(v);
    }
    const Status& status() const { return status_; }

  private:
    std::vector<uint8_t>& out_;
    Status status_;
};

int32_t whole(double v) { return static_cast<int32_t>(std::clamp(std::floor(v + 0.5), -32767.0, 32767.0)); }

class Maker {
  public:
    Maker(const ModelView& model, const Ranges& ranges, std::vector<uint8_t>* out)
        : model_(model), c_(model.config()), ranges_(ranges), out_(out) {
        x_ = unit(ranges.x * kRoom, kMost16);
    }

    Status make() {
        const uint32_t g = norm_halvings(c_.d_model);
        const double epsilon = 1e-5 * c_.d_model / std::ldexp(1.0, static_cast<int>(g)) / (x_ * x_);
        const auto words = static_cast<uint32_t>(std::min(std::floor(epsilon + 0.5), 536870912.0));
        out_.word(static_cast<int32_t>(words & 0xffff));
        out_.word(static_cast<int32_t>(words >> 16));
        embed();
        for (uint32_t l = 0; l < c_.n_layers; l++) block(l);
        const double h = unit(ranges_.h, kMost8);
        norm(Item::final_gain, TensorKind::final_gamma, TensorKind::final_beta, 0, h);
        matrix(Item::unembed, TensorKind::unembed, 0, h, kLn2 / 256, ranges_.logits);
        return out_.status();
    }

  private:
    static double unit(double most, int32_t numbers) { return std::max(most, kLeast) / numbers; }

    // A unit of gain * code, times that of the input.
    double per_sum(TensorKind kind, uint32_t l, double input) const {
        return static_cast<double>(model_.tensor(kind, l).scale) * input / 64;
    }
    void matrix(Item item, TensorKind kind, uint32_t l, double input, double output, double seen) {
        const double one = per_sum(kind, l, input);
        out_.rescale(item, one / output, kRoom * seen / one);
    }
    void embed() {
        const TensorView w = model_.tensor(TensorKind::embed);
        int32_t most = 0;
        for (uint32_t r = 0; r < w.rows; r++) most = std::max<int32_t>(most, w.gains ? w.gains[r] : 64);
        out_.rescale(Item::embed, per_sum(TensorKind::embed, 0, 1) / x_, 7.0 * most);
    }
    void norm(Item gain, TensorKind gamma, TensorKind beta, uint32_t l, double h) {
        // From z in Q15 to 2^-6 of h's unit.
        const double factor = std::sqrt(static_cast<double>(c_.d_model)) / kOne / h * (1 << kFinerBits);
        std::vector<double> gains;
        std::vector<int32_t> biases;
        for (uint32_t d = 0; d < c_.d_model; d++) {
            gains.push_back(static_cast<double>(model_.tensor(gamma, l).number(d)) * factor);
            biases.push_back(
                whole(static_cast<double>(model_.tensor(beta, l).number(d)) / h * (1 << kFinerBits)));
        }
        const Writer::Factor f = out_.factors(gain, gains, kMost16 / 2);
        out_.vector(f.numbers);
        out_.vector(biases);
        out_.word(static_cast<int32_t>(f.shift));
    }
    void state(uint32_t l, double h) {
        const Ranges::Block& seen = ranges_.blocks[l];
        const TensorView a = model_.tensor(TensorKind::state_a_raw, l),
                         b = model_.tensor(TensorKind::state_b, l),
                         c = model_.tensor(TensorKind::state_c_out, l);
        for (uint32_t d = 0; d < c_.d_model; d++) {
            const auto raw = static_cast<double>(a.number(d));
            out_.word(whole(c_.selective() ? raw * 2 / kLn2 * 1024 : std::tanh(raw) * kOne));
        }
        // The engine's state has no b in it, so it is not what was seen: b is in the gain. The largest that a
        // channel can get is what its input and its decay give; a selective state never passes its input.
        double most = 127;
        if (!c_.selective())
            for (uint32_t d = 0; d < c_.d_model; d++) {
                const double bound = static_cast<double>(seen.state) /
                                     std::max(std::abs(static_cast<double>(b.number(d))), kLeast) / h;
                const double decay = std::abs(std::tanh(static_cast<double>(a.number(d))));
                most = std::max(most, std::min(bound * kRoom, 127 / std::max(1 - decay, 1.0 / kOne)));
            }
        uint32_t finer = 0;
        while (finer < kMostFiner && most * std::ldexp(1.0, static_cast<int>(finer) + 1) < (1 << 28)) finer++;
        std::vector<double> gains;
        for (uint32_t d = 0; d < c_.d_model; d++)
            gains.push_back(static_cast<double>(b.number(d)) * static_cast<double>(c.number(d)) * h / x_ *
                            kOne / std::ldexp(1.0, static_cast<int>(finer)));
        const Writer::Factor f = out_.factors(Item::state_gain, gains, kMost16);
        out_.vector(f.numbers);
        out_.word(static_cast<int32_t>(f.shift));
        out_.word(static_cast<int32_t>(finer));
    }
    void block(uint32_t l) {
        const Ranges::Block& seen = ranges_.blocks[l];
        const double h = unit(seen.h, kMost8);
        norm(Item::norm_gain, TensorKind::norm_gamma, TensorKind::norm_beta, l, h);
        matrix(Item::router, TensorKind::router, l, h, kLn2 / 1024, seen.router);
        if (c_.enabled(Pathway::local)) matrix(Item::local, TensorKind::conv, l, h, x_, seen.local);
        if (c_.enabled(Pathway::state)) state(l, h);
        if (c_.selective()) matrix(Item::gate, TensorKind::state_wa, l, h, kLn2 / 2048, seen.gate);
        if (c_.enabled(Pathway::sparse)) {
            const double q = unit(seen.query, kMost8), k = unit(seen.key, kMost8);
            matrix(Item::query, TensorKind::wq, l, h, q, seen.query);
            matrix(Item::key, TensorKind::wk, l, h, k, seen.key);
            // Scores 16 of log2 below the largest count for nothing.
            const double ratio = q * k / std::sqrt(static_cast<double>(c_.d_head)) / kLn2 * 1024;
            out_.rescale(Item::score, ratio, 16384 / ratio);
            matrix(Item::value, TensorKind::wv, l, h, x_, seen.sparse);
        }
        if (c_.d_ff == 0) return;
        const double h2 = unit(seen.h2, kMost8);
        norm(Item::norm2_gain, TensorKind::norm2_gamma, TensorKind::norm2_beta, l, h2);
        const double full = std::sqrt(255.0 * (1 << kHiddenShift));
        const double root = std::sqrt(std::max(static_cast<double>(seen.hidden), kLeast));
        matrix(Item::up, TensorKind::ffn_up, l, h2, root / full, root);
        matrix(Item::down, TensorKind::ffn_down, l, static_cast<double>(seen.hidden) / 255, x_, seen.down);
    }

    const ModelView& model_;
    const Config& c_;
    const Ranges& ranges_;
    Writer out_;
    double x_;  // the unit of the residual stream
};

}  // namespace

Status make_fixed_plan(const ModelView& model, const Ranges& ranges, std::vector<uint8_t>* out) {
    ATOME_TRY(can_be_fixed(model.config()));
    std::vector<uint8_t> words;
    ATOME_TRY(Maker(model, ranges, &words).make());
    *out = std::move(words);
    return {};
}

Status plan_of_own_text(const ModelView& model, FloatStream& stream, std::vector<uint8_t>* out,
                        std::size_t most) {
    ATOME_TRY(fixed::can_be_fixed(model.config()));
    // At temperature 1 a model writes what it has learnt, as far as it has.
    SamplerOptions options;
    options.temperature = 1;
    ATOME_TRY(stream.sampling(options));
    ATOME_TRY(stream.begin());
    std::vector<uint8_t> tokens;
    for (std::size_t bytes = 0; bytes < most;) {
        const Piece piece = stream.choose();
        tokens.push_back(static_cast<uint8_t>(piece.token));
        bytes += piece.size > 0 ? piece.size : 1;
        ATOME_TRY(stream.accept(piece));
    }
    Ranges ranges;
    ATOME_TRY(find_ranges(stream.engine(), tokens, &ranges));
    return make_fixed_plan(model, ranges, out);
}

}  // namespace atome
