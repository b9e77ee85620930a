#include "atome/train/settings.h"

#include "atome/base/math.h"

namespace atome {

namespace {

constexpr char kDigits[] = "0123456789abcdef";

// Visits every option by name; the one list of them for reading and writing.
template <class Options, class Visit>
void for_each_option(Options& o, Visit visit) {
    visit("steps", o.steps);
    visit("batch", o.batch);
    visit("seq", o.seq);
    visit("sampling", o.sampling);
    visit("lr", o.lr);
    visit("schedule", o.schedule);
    visit("warmup", o.warmup);
    visit("final_lr", o.final_lr);
    visit("decay_share", o.decay_share);
    visit("optimizer", o.optimizer);
    visit("weight_decay", o.weight_decay);
    visit("embedding_weight_decay", o.embedding_weight_decay);
    visit("embedding_lr", o.embedding_lr);
    visit("vector_lr", o.vector_lr);
    visit("muon_momentum", o.muon_momentum);
    visit("muon_rms", o.muon_rms);
    visit("beta1", o.beta1);
    visit("beta2", o.beta2);
    visit("eps", o.eps);
    visit("clip", o.clip);
    visit("teacher_alpha", o.teacher_alpha);
    visit("teacher_temperature", o.teacher_temperature);
    visit("seed", o.seed);
    visit("valid_share", o.valid_share);
}

uint64_t to_bits(float x) { return bits_as<uint32_t>(x); }
uint64_t to_bits(uint32_t x) { return x; }
uint64_t to_bits(uint64_t x) { return x; }
uint64_t to_bits(Schedule x) { return static_cast<uint64_t>(x); }
uint64_t to_bits(OptimizerKind x) { return static_cast<uint64_t>(x); }
uint64_t to_bits(Sampling x) { return static_cast<uint64_t>(x); }

bool from_bits(uint64_t bits, float* x) {
    *x = bits_as<float>(static_cast<uint32_t>(bits));
    return bits >> 32 == 0;
}
bool from_bits(uint64_t bits, uint32_t* x) {
    *x = static_cast<uint32_t>(bits);
    return bits >> 32 == 0;
}
bool from_bits(uint64_t bits, uint64_t* x) {
    *x = bits;
    return true;
}
bool from_bits(uint64_t bits, Schedule* x) {
    *x = static_cast<Schedule>(bits);
    return bits <= static_cast<uint64_t>(Schedule::wsd);
}
bool from_bits(uint64_t bits, OptimizerKind* x) {
    *x = static_cast<OptimizerKind>(bits);
    return bits <= static_cast<uint64_t>(OptimizerKind::muon);
}
bool from_bits(uint64_t bits, Sampling* x) {
    *x = static_cast<Sampling>(bits);
    return bits <= static_cast<uint64_t>(Sampling::chunks);
}

}  // namespace

std::string hex64(uint64_t value) {
    std::string s(16, '0');
    for (int i = 15; i >= 0; i--, value >>= 4) s[static_cast<std::size_t>(i)] = kDigits[value & 15];
    return s;
}

bool parse_hex64(std::string_view text, uint64_t* out) {
    if (text.size() != 16) return false;
    *out = 0;
    for (const char c : text) {
        const std::size_t digit = std::string_view(kDigits).find(c);
        if (digit == std::string_view::npos) return false;
        *out = *out << 4 | digit;
    }
    return true;
}

void write_settings(const TrainOptions& options, Strings* out) {
    for_each_option(options, [out](const char* name, const auto& value) {
        (*out)[std::string("train.") + name] = hex64(to_bits(value));
    });
}

Status read_settings(const Strings& strings, TrainOptions* out) {
    Status status;
    for_each_option(*out, [&](const char* name, auto& value) {
        const auto it = strings.find(std::string("train.") + name);
        uint64_t bits = 0;
        if (it == strings.end() || !parse_hex64(it->second, &bits) || !from_bits(bits, &value))
            if (status.ok())
                status = Status::error(Code::bad_file, "the setting train.", name,
                                       " is missing or damaged: this is no checkpoint of a training run");
    });
    if (!status.ok()) return status;
    return validate(*out);
}

}  // namespace atome
