#include "atome/train/options.h"

#include <iterator>

namespace atome {

namespace {

constexpr std::string_view kSchedules[] = {"constant", "cosine", "wsd"};
constexpr std::string_view kOptimizers[] = {"adamw", "muon"};
constexpr std::string_view kSamplings[] = {"windows", "chunks"};

template <class Enum, std::size_t N>
bool parse(std::string_view text, const std::string_view (&names)[N], Enum* out) {
    for (std::size_t i = 0; i < N; i++) {
        if (text == names[i]) {
            *out = static_cast<Enum>(i);
            return true;
        }
    }
    return false;
}

Status check(std::string_view option, uint64_t value, uint64_t least, uint64_t most) {
    if (value >= least && value <= most) return {};
    return Status::error(Code::bad_config, option, " is ", value, ": use ", least, "..", most);
}

// cos(pi x) for x in [0, 1], by its Taylor series about 1/2: no libm, whose last bits differ between targets.
double cos_pi(double x) {
    const double a = 3.14159265358979323846 * (0.5 - x);  // cos(pi x) = sin(a), |a| <= pi / 2
    const double z = a * a;
    double term = a, sum = a;
    for (int n = 3; n <= 21; n += 2) {
        term *= -z / static_cast<double>(n * (n - 1));
        sum += term;
    }
    return sum;
}

}  // namespace

std::string_view name(Schedule s) { return kSchedules[static_cast<unsigned>(s)]; }
std::string_view name(OptimizerKind o) { return kOptimizers[static_cast<unsigned>(o)]; }
std::string_view name(Sampling s) { return kSamplings[static_cast<unsigned>(s)]; }
bool parse_schedule(std::string_view text, Schedule* out) { return parse(text, kSchedules, out); }
bool parse_optimizer(std::string_view text, OptimizerKind* out) { return parse(text, kOptimizers, out); }
bool parse_sampling(std::string_view text, Sampling* out) { return parse(text, kSamplings, out); }

uint32_t default_warmup(uint32_t steps) { return steps / 10 < 1000 ? steps / 10 : 1000; }

TrainOptions seed_recipe() {
    TrainOptions o;
    o.lr = 3e-4f;
    o.schedule = Schedule::constant;
    o.warmup = 0;
    o.weight_decay = o.embedding_weight_decay = 0.01f;
    o.beta2 = 0.999f;
    o.eps = 1e-8f;
    o.clip = 0;
    o.sampling = Sampling::chunks;
    return o;
}

Status validate(const TrainOptions& o) {
    ATOME_TRY(check("steps", o.steps, 1, 100'000'000));
    ATOME_TRY(check("batch", o.batch, 1, 4096));
    ATOME_TRY(check("seq", o.seq, 2, 8192));
    ATOME_TRY(check("warmup", o.warmup, 0, o.steps));
    // Written so that NaN fails too.
    if (!(o.lr > 0 && o.lr <= 10))
        return Status::error(Code::bad_config, "lr is out of range: use 0 < lr <= 10");
    if (!(o.final_lr >= 0 && o.final_lr <= 1))
        return Status::error(Code::bad_config, "final-lr is out of range: use 0..1, a share of lr");
    if (!(o.decay_share >= 0 && o.decay_share <= 1))
        return Status::error(Code::bad_config, "decay-share is out of range: use 0..1, a share of the steps");
    if (!(o.weight_decay >= 0 && o.weight_decay <= 10))
        return Status::error(Code::bad_config, "weight-decay is out of range: use 0..10");
    if (!(o.embedding_weight_decay >= 0 && o.embedding_weight_decay <= 10))
        return Status::error(Code::bad_config, "embedding-weight-decay is out of range: use 0..10");
    if (!(o.embedding_lr >= 0 && o.embedding_lr <= 100) || !(o.vector_lr >= 0 && o.vector_lr <= 100))
        return Status::error(Code::bad_config,
                             "embedding-lr or vector-lr is out of range: use 0..100, a multiple of lr");
    if (!(o.muon_momentum >= 0 && o.muon_momentum < 1))
        return Status::error(Code::bad_config, "muon-momentum is out of range: use 0 <= momentum < 1");
    if (!(o.muon_rms > 0 && o.muon_rms <= 10))
        return Status::error(Code::bad_config, "muon-rms is out of range: use 0 < rms <= 10");
    if (!(o.beta1 >= 0 && o.beta1 < 1) || !(o.beta2 >= 0 && o.beta2 < 1))
        return Status::error(Code::bad_config, "beta1 or beta2 is out of range: use 0 <= beta < 1");
    if (!(o.eps > 0 && o.eps <= 1))
        return Status::error(Code::bad_config, "eps is out of range: use 0 < eps <= 1");
    if (!(o.clip >= 0 && o.clip <= 1e6f))
        return Status::error(Code::bad_config, "clip is out of range: use 0 (off) or up to 1,000,000");
    if (!(o.teacher_alpha >= 0 && o.teacher_alpha <= 1))
        return Status::error(Code::bad_config, "alpha is out of range: use 0..1, the teacher's share");
    if (!(o.teacher_temperature > 0 && o.teacher_temperature <= 100))
        return Status::error(Code::bad_config, "temperature is out of range: use 0 < temperature <= 100");
    if (!(o.valid_share >= 0 && o.valid_share <= 0.9f))
        return Status::error(Code::bad_config, "valid-share is out of range: use 0..0.9");
    return {};
}

float learning_rate(const TrainOptions& o, uint32_t step) {
    const double lr = static_cast<double>(o.lr), last = static_cast<double>(o.final_lr);
    if (step < o.warmup) return static_cast<float>(lr * (step + 1) / o.warmup);
    const double done = static_cast<double>(step - o.warmup), all = static_cast<double>(o.steps - o.warmup);
    switch (o.schedule) {
        case Schedule::constant:
            return o.lr;
        case Schedule::cosine:
            return static_cast<float>(lr * (last + (1 - last) * 0.5 * (1 + cos_pi(done / all))));
        case Schedule::wsd: {
            const double decay = static_cast<double>(o.decay_share) * o.steps;
            const double left = static_cast<double>(o.steps - step);
            if (left >= decay) return o.lr;
            return static_cast<float>(lr * (last + (1 - last) * left / decay));
        }
    }
    return o.lr;
}

}  // namespace atome
