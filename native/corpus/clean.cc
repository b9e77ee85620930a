#include "native/corpus/clean.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "atome/base/digest.h"
#include "native/io/utf8.h"

namespace atome::cli {
namespace {

bool within(uint32_t code, uint32_t low, uint32_t high) { return code >= low && code <= high; }

// Lower case of one code point, for Latin, Greek and Cyrillic. U+0130 and the like, whose lower case is
// more than one code point, get the base letter.
uint32_t lower(uint32_t c) {
    if (within(c, 'A', 'Z')) return c + 32;
    if (c < 0xc0) return c;
    if (within(c, 0xc0, 0xde) && c != 0xd7) return c + 32;
    if (c == 0x130) return 'i';
    if (c == 0x178) return 0xff;
    const bool even_is_upper = within(c, 0x100, 0x12f) || within(c, 0x132, 0x137) ||
                               within(c, 0x14a, 0x177) || within(c, 0x1e00, 0x1e95) ||
                               within(c, 0x1ea0, 0x1eff) || within(c, 0x460, 0x481);
    const bool odd_is_upper = within(c, 0x139, 0x148) || within(c, 0x179, 0x17e);
    if ((even_is_upper && c % 2 == 0) || (odd_is_upper && c % 2 == 1)) return c + 1;
    if (within(c, 0x391, 0x3a9) && c != 0x3a2) return c + 32;
    if (within(c, 0x410, 0x42f)) return c + 32;
    if (within(c, 0x400, 0x40f)) return c + 80;
    return c;
}

enum class Kind { keep, drop, space, newline, replace };

struct Mapped {
    Kind kind;
    std::string_view text;  // for replace
};

Mapped map_ascii(uint32_t c) {
    if (c == '\n' || c == '\v' || c == '\f') return {Kind::newline, {}};
    if (c == ' ' || c == '\t') return {Kind::space, {}};
    if (c < 0x20 || c == 0x7f) return {Kind::drop, {}};
    return {Kind::keep, {}};
}

// Characters beyond ASCII, and what stands for them.
constexpr std::pair<std::u32string_view, Mapped> kWide[] = {
    {U"\x85\u2028\u2029", {Kind::newline, {}}},
    {U"\xa0\u1680\u202f\u205f\u3000", {Kind::space, {}}},
    {U"\u2018\u2019\u201a\u201b\u2032\u2039\u203a\xb4", {Kind::replace, "'"}},
    {U"\u201c\u201d\u201e\u201f\u2033\xab\xbb", {Kind::replace, "\""}},
    {U"\u2010\u2011\u2012\u2013\u2212", {Kind::replace, "-"}},
    {U"\u2014\u2015", {Kind::replace, "--"}},
    {U"\u2026", {Kind::replace, "..."}},
    {U"\u2022\u25aa\u25cf", {Kind::replace, "*"}},
    {U"\ufb00", {Kind::replace, "ff"}},
    {U"\ufb01", {Kind::replace, "fi"}},
    {U"\ufb02", {Kind::replace, "fl"}},
    {U"\ufb03", {Kind::replace, "ffi"}},
    {U"\ufb04", {Kind::replace, "ffl"}},
    // Soft hyphen; pilcrow, which documentation generators put behind headings; byte-order mark; and what
    // stands for characters that somebody else could not read.
    {U"\xad\xb6\ufeff\ufffc\ufffd", {Kind::drop, {}}},
};

Mapped map_wide(uint32_t c) {
    for (const auto& [characters, mapped] : kWide)
        if (characters.find(static_cast<char32_t>(c)) != characters.npos) return mapped;
    if (within(c, 0x2000, 0x200a)) return {Kind::space, {}};
    const bool invisible = within(c, 0x80, 0x9f) || within(c, 0x200b, 0x200f) || within(c, 0x202a, 0x202e) ||
                           within(c, 0x2060, 0x206f) || within(c, 0xfe00, 0xfe0f) ||
                           within(c, 0xe000, 0xf8ff) || within(c, 0xfdd0, 0xfdef) || (c & 0xfffe) == 0xfffe ||
                           c >= 0xe0000;
    return {invisible ? Kind::drop : Kind::keep, {}};
}

// Collects characters; newlines and spaces count when the next visible one comes.
class Writer {
  public:
    explicit Writer(std::size_t reserve) { out_.reserve(reserve); }
    void newline() { ++newlines_; }
    void paragraph() { newlines_ += 2; }
    void space() { space_ = true; }
    std::string& visible() {
        if (newlines_ > 0) {
            if (!out_.empty()) out_.append(std::min(newlines_, 2), '\n');
        } else if (space_ && !out_.empty()) {
            out_.push_back(' ');
        }
        newlines_ = 0;
        space_ = false;
        return out_;
    }
    std::string take() {
        if (!out_.empty()) out_.push_back('\n');
        return std::move(out_);
    }

  private:
    std::string out_;
    int newlines_ = 0;
    bool space_ = false;
};

// Takes end-of-text markers out of a text as they become complete, also one that becomes complete because
// another within it, or what stood between its bytes, is gone. So the text never holds one.
class MarkerFilter {
  public:
    explicit MarkerFilter(std::size_t reserve) { text_.reserve(reserve); }

    void put(uint32_t code) {
        append_utf8(code, &text_);
        if (code == '>' && text_.ends_with(kEndOfText)) remove_marker();
    }
    void put(std::string_view ascii) {
        for (const char c : ascii) put(static_cast<uint32_t>(c));
    }
    const std::string& text() const { return text_; }
    // Places in the text where markers stood, ascending.
    const std::vector<std::size_t>& gaps() const { return gaps_; }

  private:
    static constexpr std::string_view kEndOfText = "<|endoftext|>";

    void remove_marker() {
        text_.resize(text_.size() - kEndOfText.size());
        while (!gaps_.empty() && gaps_.back() >= text_.size()) gaps_.pop_back();  // those within it
        gaps_.push_back(text_.size());
    }

    std::string text_;
    std::vector<std::size_t> gaps_;
};

// Lines end in "\n", spaces are " ", and what is no text, or looks like other text, is gone.
MarkerFilter mapped(std::string_view text, bool lowercase) {
    MarkerFilter out(text.size());
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '\r') {  // alone a line end, else part of the one that follows
            if (i + 1 >= text.size() || text[i + 1] != '\n') out.put('\n');
            ++i;
            continue;
        }
        std::size_t length = 1;
        const uint32_t code = decode_utf8(text, i, &length);
        i += length;
        if (code == kInvalidUtf8) continue;
        const Mapped m = code < 0x80 ? map_ascii(code) : map_wide(code);
        switch (m.kind) {
            case Kind::drop:
                break;
            case Kind::space:
                out.put(' ');
                break;
            case Kind::newline:
                out.put('\n');
                break;
            case Kind::replace:
                out.put(m.text);
                break;
            case Kind::keep:
                out.put(lowercase ? lower(code) : code);
                break;
        }
    }
    return out;
}

}  // namespace

bool looks_binary(std::string_view bytes) {
    return bytes.substr(0, 4096).find('\0') != std::string_view::npos;
}

std::string normalise(std::string_view text, bool lowercase) {
    const MarkerFilter filtered = mapped(text, lowercase);
    auto gap = filtered.gaps().begin();
    Writer writer(filtered.text().size());
    for (std::size_t i = 0; i < filtered.text().size(); ++i) {
        const char c = filtered.text()[i];
        if (gap != filtered.gaps().end() && *gap == i) {
            writer.paragraph();
            ++gap;
        }
        if (c == '\n')
            writer.newline();
        else if (c == ' ')
            writer.space();
        else
            writer.visible().push_back(c);
    }
    return writer.take();
}

std::string clean(std::string_view text, const CleanOptions& options) {
    return options.html ? normalise(strip_html(text), options.lowercase) : normalise(text, options.lowercase);
}

std::string RepeatFilter::filter(std::string_view text) {
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    std::string out;
    out.reserve(text.size() + 1);
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        const std::string_view paragraph = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
        if (paragraph.size() >= min_bytes_ &&
            !seen_.insert(digest_of(reinterpret_cast<const uint8_t*>(paragraph.data()), paragraph.size()))
                 .second) {
            ++dropped_;
            continue;
        }
        if (!out.empty()) out += "\n\n";
        out += paragraph;
    }
    if (!out.empty()) out.push_back('\n');
    return out;
}

std::string cap(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return std::string(text);
    const std::size_t half = bytes / 2;
    // A cut after the paragraph's or the line's own newline.
    for (const std::string_view separator : {std::string_view("\n\n"), std::string_view("\n")}) {
        if (bytes < 1) break;
        const std::size_t at = text.rfind(separator, bytes - 1);
        if (at != std::string_view::npos && at + 1 > half) return std::string(text.substr(0, at + 1));
    }
    const std::size_t space = text.rfind(' ', bytes);
    if (space != std::string_view::npos && space > half) return std::string(text.substr(0, space));
    // A continuation byte is at most three bytes behind its first one.
    std::size_t end = bytes;
    for (int i = 0; i < 3 && end > 0 && continues_utf8(text[end]); ++i) --end;
    return std::string(text.substr(0, end));
}

std::size_t count_paragraphs(std::string_view text) {
    std::size_t count = 0;
    bool blank = true;  // the line before is blank, or there is none
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const bool empty_line = end == 0;
        if (blank && !empty_line) ++count;
        blank = empty_line;
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return count;
}

}  // namespace atome::cli
