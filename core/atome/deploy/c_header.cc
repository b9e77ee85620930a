#include "atome/deploy/c_header.h"

namespace atome {

namespace {

constexpr std::size_t kBytesPerLine = 16;

// ASCII only, whatever the locale is.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string capitals(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

}  // namespace

std::string c_identifier(std::string_view symbol) {
    std::string out;
    for (char c : symbol) out += is_letter(c) || is_digit(c) ? c : '_';
    if (out.empty()) return "model_blob";
    return is_letter(out[0]) ? out : "m_" + out;
}

std::string write_c_header(const std::vector<uint8_t>& atome_bytes, const Config& config,
                           std::string_view symbol) {
    const std::string array = c_identifier(symbol);
    const std::string macro = capitals(array);
    const std::string guard = macro + "_H_INCLUDED";
    std::string out;
    out.reserve(6 * atome_bytes.size() + 2048);
    out += "/* A model in the .atome format, quantizer " + std::string(name(config.quantizer)) + ", " +
           std::to_string(parameter_count(config)) +
           " parameters.\n   Made by `atome export MODEL --c-header FILE`; do not edit. */\n";
    out += "#ifndef " + guard + "\n#define " + guard + "\n\n";
    out += "#ifndef __cplusplus\n#include <stdalign.h>\n#endif\n\n";
    const auto define = [&](std::string_view suffix, uint64_t value) {
        out += "#define " + macro + "_" + capitals(std::string(suffix)) + " " + std::to_string(value) + "u\n";
    };
    define("size", atome_bytes.size());
    for (const ConfigField<Config>& f : fields(config))
        if (!f.choice) define(f.name, f.get(config));
    out += "\nalignas(16) static const unsigned char " + array + "[" + std::to_string(atome_bytes.size()) +
           "] = {";
    for (std::size_t i = 0; i < atome_bytes.size(); i++) {
        constexpr char kHex[] = "0123456789abcdef";
        out += i % kBytesPerLine == 0 ? "\n    0x" : " 0x";
        out += kHex[atome_bytes[i] >> 4];
        out += kHex[atome_bytes[i] & 15];
        out += ',';
    }
    out += "\n};\n\n#endif\n";
    return out;
}

}  // namespace atome
