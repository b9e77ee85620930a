#include "atome/train/settings.h"

#include <algorithm>

#include "atome/train/options_table.h"

namespace atome {

namespace {

constexpr char kDigits[] = "0123456789abcdef";

std::string metadata_key(const TrainOptionRow& row) { return "train." + std::string(row.key); }

// Whether a value of this option can have these bits; whether it is in range is validate()'s to say.
bool fits(const TrainOptionRow& row, uint64_t bits) {
    if (row.kind == OptionKind::choice) return bits < row.choices.size();
    return row.bits == 64 || bits >> row.bits == 0;
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
    for (const TrainOptionRow& row : train_option_rows()) (*out)[metadata_key(row)] = hex64(row.get(options));
}

Status read_settings(const Strings& strings, TrainOptions* out) {
    // All options are written. So one that is missing came later than all that are there, or is lost.
    uint8_t latest = 0;
    for (const TrainOptionRow& row : train_option_rows())
        if (strings.count(metadata_key(row)) > 0) latest = std::max(latest, row.added);
    for (const TrainOptionRow& row : train_option_rows()) {
        if (row.added > latest) {
            row.set(*out, row.before);
            continue;
        }
        const auto it = strings.find(metadata_key(row));
        uint64_t bits = 0;
        if (it == strings.end() || !parse_hex64(it->second, &bits) || !fits(row, bits))
            return Status::error(Code::bad_file, "the setting train.", row.key,
                                 " is missing or damaged: this is no checkpoint of a training run");
        row.set(*out, bits);
    }
    return validate(*out);
}

}  // namespace atome
