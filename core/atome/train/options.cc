#include "atome/train/options.h"

#include "atome/train/options_table.h"

namespace atome {

namespace {

Status check(std::string_view key, uint64_t value, uint64_t least, uint64_t most) {
    if (value >= least && value <= most) return {};
    return Status::error(Code::bad_config, key, " is ", value, ": use ", least, "..", most);
}

// An end of a range, which has one digit behind the point at most.
Text number_text(double x) {
    const uint64_t tenths = static_cast<uint64_t>(x * 10 + 0.5);
    Text t;
    t.append(tenths / 10);
    if (tenths % 10 > 0) t.append(".").append(tenths % 10);
    return t;
}

Status check_real(const TrainOptionRow& row, float value) {
    const OptionRange& r = row.range;
    const float least = static_cast<float>(r.least), most = static_cast<float>(r.most);
    // Written so that NaN fails.
    if ((r.open == OpenEnd::least ? value > least : value >= least) &&
        (r.open == OpenEnd::most ? value < most : value <= most))
        return {};
    const Text from = number_text(r.least), to = number_text(r.most);
    if (r.open == OpenEnd::neither)
        return Status::error(Code::bad_config, row.key, " is out of range: use ", from.view(), "..",
                             to.view());
    return Status::error(Code::bad_config, row.key, " is out of range: use ", from.view(),
                         r.open == OpenEnd::least ? " < " : " <= ", row.key,
                         r.open == OpenEnd::most ? " < " : " <= ", to.view());
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

uint32_t default_warmup(uint32_t steps) { return steps / 10 < 1000 ? steps / 10 : 1000; }

Status validate(const TrainOptions& o) {
    for (const TrainOptionRow& row : train_option_rows()) {
        if (row.kind == OptionKind::real) {
            ATOME_TRY(check_real(row, row.real(o)));
        } else if (row.kind == OptionKind::choice) {
            ATOME_TRY(check(row.key, row.get(o), 0, row.choices.size() - 1));
        } else if (row.bits < 64) {  // of 64 bits every value is good
            ATOME_TRY(check(row.key, row.get(o), static_cast<uint64_t>(row.range.least),
                            static_cast<uint64_t>(row.range.most)));
        }
    }
    if (o.valid_seq == 1) return Status::error(Code::bad_config, "valid_seq is 1: use 0, or 2..8192");
    return check("warmup", o.warmup, 0, o.steps);
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
