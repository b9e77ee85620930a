// From a file or a web page as it comes to plain text that is fit for training.
//
// All functions take and return whole texts, are linear in their size, and accept any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace atome::cli {

struct CleanOptions {
    bool html = false;       // strip tags first
    bool lowercase = false;  // Latin, Greek and Cyrillic letters
};

// Whether a text without a known type is a web page: it begins with <!doctype html> or <html>.
bool looks_like_html(std::string_view text);

// Whether the bytes are no text at all: a NUL among the first few thousand (images, archives, UTF-16).
bool looks_binary(std::string_view bytes);

// The text of a page. Scripts, styles, comments, templates, pictures and navigation are removed; block
// elements become paragraphs (two newlines), <br> and table rows become lines; entities are decoded; white
// space is collapsed but for <pre>. Needs normalise() afterwards.
std::string strip_html(std::string_view html);

// One form for what looks alike: LF line ends, plain spaces, straight quotes, "-" and "--" for dashes,
// "..." for an ellipsis, no runs of spaces, none at line ends, at most one blank line, nothing before the
// first character, one newline after the last. Invalid UTF-8, control and invisible characters are
// dropped, and a paragraph ends where the end-of-text marker of published story files ("<|endoftext|>") is
// dropped; the result never holds one, whatever the text hid in it. Other letters stay what they are.
// Indentation is lost.
std::string normalise(std::string_view text, bool lowercase = false);

// strip_html if asked for, then normalise.
std::string clean(std::string_view text, const CleanOptions& options);

// Drops paragraphs that were seen before, be it in this text or in an earlier one.
class RepeatFilter {
  public:
    // Paragraphs of fewer bytes may repeat: short lines of dialogue, headings.
    explicit RepeatFilter(std::size_t min_bytes = 80) : min_bytes_(min_bytes) {}
    // `text` as normalise() leaves it. Repeats are recognised by a 64-bit digest.
    std::string filter(std::string_view text);
    std::size_t dropped() const { return dropped_; }

  private:
    std::size_t min_bytes_;
    std::size_t dropped_ = 0;
    std::unordered_set<uint64_t> seen_;
};

// At most `bytes` of the text, cut after a paragraph, else a line, else a word, if that keeps at least
// half of what was asked for, and never within a character of valid UTF-8.
std::string cap(std::string_view text, std::size_t bytes);

// Blocks parted by blank lines.
std::size_t count_paragraphs(std::string_view text);

}  // namespace atome::cli
