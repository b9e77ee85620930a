// What the program knows about the terminal it talks to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace atome::cli {

// `fd` is 0, 1 or 2.
bool is_terminal(int fd);
// Columns of the terminal behind `fd`; 80 where that is unknown.
std::size_t terminal_width(int fd);
// The locale (LC_ALL, LC_CTYPE, LANG, the first that is set) says UTF-8.
bool utf8_locale();
// `fd` is a terminal, NO_COLOR (no-color.org) is unset or empty, and TERM is not "dumb".
bool colour_wanted(int fd);

// Columns that the text takes, counting one for each UTF-8 code point and none for colour codes.
std::size_t columns(std::string_view text);
// At most `width` columns of the text, cut between code points. The text must not hold colour codes.
std::string clipped(std::string_view text, std::size_t width);
// Control characters (of Unicode, U+0080 to U+009F too; new lines and tabs unless `keep_newlines`) and bytes
// that are no UTF-8 as \xHH: text from a file or a model must not steer the terminal, and an error message
// stays one line.
std::string printable(std::string_view text, bool keep_newlines = false);

// How many bytes at the end of the text may become a character with those that follow: 0 to 3. printable() of
// a text that comes in parts must wait for them.
std::size_t unfinished_character(std::string_view text);

// "950", "12.3k", "4.56M"
std::string short_count(double n);
// "9s", "3m 07s", "2h 05m"
std::string short_time(double seconds);
// "1,048,576"
std::string grouped(unsigned long long n);

}  // namespace atome::cli
