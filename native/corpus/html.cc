// strip_html(): a forgiving reader of tags. It follows the spirit of the HTML standard's tokeniser
// (https://html.spec.whatwg.org/multipage/parsing.html) as far as plain text needs it.
//
// Not gumbo (0.10.1), which builds a tree: nested elements take it quadratic time, 7 s for 20,000 open <nav>,
// and pages come from anywhere.
#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "native/corpus/clean.h"
#include "native/io/ascii.h"
#include "native/io/utf8.h"

namespace atome::cli {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

template <std::size_t n>
bool one_of(std::string_view name, const std::string_view (&list)[n]) {
    return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// Elements that begin and end a paragraph.
constexpr std::string_view kBlocks[] = {
    "address", "article", "aside",    "blockquote", "body",    "center", "dd",    "details", "dialog", "div",
    "dl",      "dt",      "fieldset", "figcaption", "figure",  "footer", "form",  "h1",      "h2",     "h3",
    "h4",      "h5",      "h6",       "head",       "header",  "hr",     "html",  "legend",  "main",   "nav",
    "ol",      "p",       "pre",      "section",    "summary", "table",  "title", "ul"};
// Elements that begin a line.
constexpr std::string_view kLines[] = {"br", "li", "option", "tr"};
// Elements that part words.
constexpr std::string_view kCells[] = {"td", "th", "input", "img", "button"};
// Elements whose contents are no text of the page. An unclosed one is ignored, lest it take the rest along.
constexpr std::string_view kDropped[] = {"nav",    "footer", "aside",   "template", "noscript",
                                         "svg",    "math",   "object",  "iframe",   "select",
                                         "button", "canvas", "textarea"};
// Elements that hold anything up to their own end tag, also what looks like tags.
constexpr std::string_view kRaw[] = {"script", "style"};

struct Tag {
    std::string name;  // lower case
    bool closing = false;
    std::size_t begin = 0;  // of '<'
    std::size_t end = 0;    // behind '>'; for script and style behind their end tag
};

// Walks from tag to tag; comments and declarations come as tags without a name.
class Scanner {
  public:
    explicit Scanner(std::string_view html) : html_(html) {}

    // The next tag at or after the current place; false at the end of the page.
    bool next(Tag* tag) {
        for (std::size_t i = html_.find('<', at_); i != std::string_view::npos; i = html_.find('<', i + 1)) {
            if (i + 1 >= html_.size()) break;
            const char c = html_[i + 1];
            const bool closing = c == '/' && i + 2 < html_.size() && is_letter(html_[i + 2]);
            if (c != '!' && c != '?' && !closing && !is_letter(c)) continue;  // a plain "<"
            tag->name.clear();
            tag->closing = closing;
            tag->begin = i;
            if (c == '!' || c == '?') {
                tag->end = behind_declaration(i);
            } else {
                tag->end = behind_tag(i, tag);
                if (!closing && one_of(tag->name, kRaw)) tag->end = behind_raw(tag->end, tag->name);
            }
            at_ = tag->end;
            return true;
        }
        return false;
    }

  private:
    std::size_t behind(std::string_view what, std::size_t from) const {
        const std::size_t at = html_.find(what, from);
        return at == std::string_view::npos ? html_.size() : at + what.size();
    }

    std::size_t behind_declaration(std::size_t i) const {
        if (html_.substr(i, 4) == "<!--") return behind("-->", i + 4);
        if (html_.substr(i, 9) == "<![CDATA[") return behind("]]>", i + 9);
        return behind(">", i);
    }

    std::size_t behind_tag(std::size_t i, Tag* tag) const {
        i += tag->closing ? 2 : 1;
        while (i < html_.size() && !is_space(html_[i]) && html_[i] != '>' && html_[i] != '/')
            tag->name.push_back(lower(html_[i++]));
        // A quote counts only where a value begins: behind "=".
        bool after_equals = false;
        for (; i < html_.size(); ++i) {
            const char c = html_[i];
            if (c == '>') return i + 1;
            if ((c == '"' || c == '\'') && after_equals) {
                i = html_.find(c, i + 1);
                if (i == std::string_view::npos) return html_.size();
            }
            if (!is_space(c)) after_equals = c == '=';
        }
        return html_.size();
    }

    std::size_t behind_raw(std::size_t i, std::string_view name) const {
        for (i = html_.find("</", i); i != std::string_view::npos; i = html_.find("</", i + 2)) {
            const std::string_view candidate = html_.substr(i + 2, name.size());
            const bool same = candidate.size() == name.size() &&
                              std::equal(candidate.begin(), candidate.end(), name.begin(),
                                         [](char a, char b) { return lower(a) == b; });
            if (same) return behind(">", i);
        }
        return html_.size();
    }

    std::string_view html_;
    std::size_t at_ = 0;
};

struct Region {
    std::size_t begin, end;
};

// Where dropped elements stand, outermost ones only, in order.
std::vector<Region> dropped_regions(std::string_view html) {
    std::map<std::string, std::vector<std::size_t>> open;  // begins, by name
    std::vector<Region> regions;
    Scanner scanner(html);
    Tag tag;
    while (scanner.next(&tag)) {
        if (!one_of(tag.name, kDropped)) continue;
        std::vector<std::size_t>& begins = open[tag.name];
        if (!tag.closing) {
            begins.push_back(tag.begin);
        } else if (!begins.empty()) {
            regions.push_back({begins.back(), tag.end});
            begins.pop_back();
        }
    }
    std::sort(regions.begin(), regions.end(),
              [](const Region& a, const Region& b) { return a.begin < b.begin; });
    std::vector<Region> outer;
    for (const Region& region : regions)
        if (outer.empty() || region.begin >= outer.back().end) outer.push_back(region);
    return outer;
}

struct Entity {
    std::string_view name;
    uint16_t code;
};

// The ones that prose and manuals use; sorted by name.
constexpr Entity kEntities[] = {
    {"AElig", 0xc6},   {"Agrave", 0xc0},   {"Auml", 0xc4},     {"Aring", 0xc5},    {"Ccedil", 0xc7},
    {"Eacute", 0xc9},  {"Egrave", 0xc8},   {"Ntilde", 0xd1},   {"Omega", 0x3a9},   {"Oslash", 0xd8},
    {"Ouml", 0xd6},    {"Uuml", 0xdc},     {"aacute", 0xe1},   {"acirc", 0xe2},    {"aelig", 0xe6},
    {"agrave", 0xe0},  {"alpha", 0x3b1},   {"amp", '&'},       {"apos", '\''},     {"aring", 0xe5},
    {"asymp", 0x2248}, {"atilde", 0xe3},   {"auml", 0xe4},     {"bdquo", 0x201e},  {"beta", 0x3b2},
    {"bull", 0x2022},  {"ccedil", 0xe7},   {"cent", 0xa2},     {"check", 0x2713},  {"copy", 0xa9},
    {"darr", 0x2193},  {"deg", 0xb0},      {"divide", 0xf7},   {"eacute", 0xe9},   {"ecirc", 0xea},
    {"egrave", 0xe8},  {"emsp", 0x2003},   {"ensp", 0x2002},   {"euml", 0xeb},     {"euro", 0x20ac},
    {"frac12", 0xbd},  {"frac14", 0xbc},   {"frac34", 0xbe},   {"ge", 0x2265},     {"gt", '>'},
    {"harr", 0x2194},  {"hellip", 0x2026}, {"iacute", 0xed},   {"icirc", 0xee},    {"iexcl", 0xa1},
    {"infin", 0x221e}, {"iquest", 0xbf},   {"iuml", 0xef},     {"laquo", 0xab},    {"larr", 0x2190},
    {"ldquo", 0x201c}, {"le", 0x2264},     {"lsaquo", 0x2039}, {"lsquo", 0x2018},  {"lt", '<'},
    {"mdash", 0x2014}, {"micro", 0xb5},    {"middot", 0xb7},   {"minus", 0x2212},  {"mu", 0x3bc},
    {"nbsp", 0xa0},    {"ndash", 0x2013},  {"ne", 0x2260},     {"not", 0xac},      {"ntilde", 0xf1},
    {"oacute", 0xf3},  {"ocirc", 0xf4},    {"oelig", 0x153},   {"ograve", 0xf2},   {"ordf", 0xaa},
    {"ordm", 0xba},    {"oslash", 0xf8},   {"otilde", 0xf5},   {"ouml", 0xf6},     {"para", 0xb6},
    {"pi", 0x3c0},     {"plusmn", 0xb1},   {"pound", 0xa3},    {"prime", 0x2032},  {"quot", '"'},
    {"raquo", 0xbb},   {"rarr", 0x2192},   {"rdquo", 0x201d},  {"reg", 0xae},      {"rsaquo", 0x203a},
    {"rsquo", 0x2019}, {"sbquo", 0x201a},  {"sect", 0xa7},     {"shy", 0xad},      {"sup1", 0xb9},
    {"sup2", 0xb2},    {"sup3", 0xb3},     {"szlig", 0xdf},    {"thinsp", 0x2009}, {"times", 0xd7},
    {"trade", 0x2122}, {"uacute", 0xfa},   {"uarr", 0x2191},   {"ucirc", 0xfb},    {"ugrave", 0xf9},
    {"uuml", 0xfc},    {"yen", 0xa5},      {"zwj", 0x200d},    {"zwnj", 0x200c}};

// What browsers make of &#128; to &#159;: Windows-1252.
constexpr uint16_t kWindows1252[32] = {0x20ac, 0,      0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                       0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0,      0x17d,  0,
                                       0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                       0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0,      0x17e,  0x178};

// Appends what the entity at text[i] == '&' stands for and returns the index behind it. What is no entity
// stays as it is; a number that is no character gives nothing.
std::size_t decode_entity(std::string_view text, std::size_t i, std::string* out) {
    std::size_t at = i + 1;
    if (at < text.size() && text[at] == '#') {
        ++at;
        const bool hex = at < text.size() && lower(text[at]) == 'x';
        if (hex) ++at;
        const std::size_t digits = at;
        uint32_t code = 0;
        for (; at < text.size(); ++at) {
            const int digit = hex_digit(text[at]), base = hex ? 16 : 10;
            if (digit < 0 || digit >= base) break;
            code = std::min(code * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit),
                            0x110000u);  // no overflow
        }
        if (at == digits) {
            out->push_back('&');
            return i + 1;
        }
        if (at < text.size() && text[at] == ';') ++at;
        if (code >= 0x80 && code < 0xa0) code = kWindows1252[code - 0x80];
        const bool is_character = code != 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        if (is_character) append_utf8(code, out);
        return at;
    }
    while (at < text.size() && at - i <= 8 && is_letter_or_digit(text[at])) ++at;
    if (at < text.size() && text[at] == ';') {
        const std::string_view name = text.substr(i + 1, at - i - 1);
        for (const Entity& entity : kEntities) {
            if (entity.name == name) {
                append_utf8(entity.code, out);
                return at + 1;
            }
        }
    }
    out->push_back('&');
    return i + 1;
}

// Decodes entities and, outside <pre>, makes white space one space.
void append_text(std::string_view text, bool keep_lines, std::string* out) {
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '&') {
            i = decode_entity(text, i, out);
        } else if (is_space(text[i]) && !keep_lines) {
            if (out->empty() || !is_space(out->back())) out->push_back(' ');
            ++i;
        } else {
            out->push_back(text[i++]);
        }
    }
}

}  // namespace

std::string strip_html(std::string_view html) {
    const std::vector<Region> dropped = dropped_regions(html);
    std::string out;
    std::size_t at = 0;           // text before this place is written
    std::size_t next_region = 0;  // the first one that ends behind `at`
    int pre = 0;                  // depth of <pre>
    const auto text_until = [&](std::size_t end) {
        if (end > at) append_text(html.substr(at, end - at), pre > 0, &out);
    };
    Scanner scanner(html);
    Tag tag;
    while (scanner.next(&tag)) {
        if (tag.begin < at) continue;  // within a dropped element
        text_until(tag.begin);
        at = tag.end;
        while (next_region < dropped.size() && dropped[next_region].begin < tag.begin) ++next_region;
        if (next_region < dropped.size() && dropped[next_region].begin == tag.begin)
            at = dropped[next_region].end;
        if (tag.name == "pre") pre = std::max(0, pre + (tag.closing ? -1 : 1));
        if (one_of(tag.name, kBlocks)) {
            out += "\n\n";
        } else if (one_of(tag.name, kLines)) {
            if (!tag.closing) out += "\n";
        } else if (one_of(tag.name, kCells)) {
            out += " ";
        }
    }
    text_until(html.size());
    return out;
}

bool looks_like_html(std::string_view text) {
    std::string head;
    for (const char c : text.substr(0, 1024)) {
        const bool leading = head.empty() && (is_space(c) || c == '\xef' || c == '\xbb' || c == '\xbf');
        if (!leading) head.push_back(lower(c));
    }
    return head.starts_with("<!doctype html") || head.starts_with("<html");
}

}  // namespace atome::cli
