#include "native/cli/terminal.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "native/io/ascii.h"
#include "native/io/utf8.h"

namespace atome::cli {
namespace {

// C0, DEL and C1: U+009B alone does what ESC [ does.
bool is_control(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::size_t terminal_width(int fd) {
    struct winsize size {};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

bool utf8_locale() {
    for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(variable);
        if (!value || !*value) continue;
        const std::string name = lower(std::string_view(value));
        return name.find("utf-8") != std::string::npos || name.find("utf8") != std::string::npos;
    }
    return false;
}

bool colour_wanted(int fd) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return is_terminal(fd) && !(no_color && *no_color) && term && *term && std::string_view(term) != "dumb";
}

std::size_t columns(std::string_view text) {
    std::size_t n = 0;
    bool in_code = false;
    for (const char c : text) {
        if (in_code)
            in_code = c != 'm';
        else if (c == '\x1b')
            in_code = true;
        else if (!continues_utf8(c))
            n++;
    }
    return n;
}

std::string clipped(std::string_view text, std::size_t width) {
    std::size_t end = 0;
    for (std::size_t n = 0; end < text.size(); end++)
        if (!continues_utf8(text[end]) && n++ == width) break;
    return std::string(text.substr(0, end));
}

std::string printable(std::string_view text, bool keep_newlines) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        const uint32_t code = decode_utf8(text, at, &length);
        const std::string_view bytes = text.substr(at, length);
        at += length;
        const bool kept = keep_newlines && (code == '\n' || code == '\t');
        if (kept || (code != kInvalidUtf8 && !is_control(code)))
            out += bytes;
        else
            for (const char c : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

std::size_t unfinished_character(std::string_view text) {
    for (std::size_t n = 1; n <= std::min<std::size_t>(3, text.size()); n++) {
        const char c = text[text.size() - n];
        if (!continues_utf8(c)) return utf8_length(c) > n ? n : 0;
    }
    return 0;
}

std::string short_count(double n) {
    if (n < 999.5) return fmt::format("{:.0f}", n);
    int power = 0;
    while (n >= 999.5 && power < 4) {
        n /= 1000;
        power++;
    }
    return fmt::format("{:.{}f}{}", n, n < 9.995 ? 2 : n < 99.95 ? 1 : 0, " kMGT"[power]);
}

std::string short_time(double seconds) {
    if (!(seconds >= 0) || seconds > 1e9) return "?";
    const long long s = std::llround(seconds);
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3600) return fmt::format("{}m {:02}s", s / 60, s % 60);
    return fmt::format("{}h {:02}m", s / 3600, s % 3600 / 60);
}

std::string grouped(unsigned long long n) {
    std::string text = std::to_string(n);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
    return text;
}

}  // namespace atome::cli
