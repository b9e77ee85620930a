// The progress bar's line, and the texts that terminals get.
#include "native/cli/progress.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "native/cli/options.h"
#include "native/cli/terminal.h"

namespace atome::cli {
namespace {

TEST(Progress, TheLine) {
    EXPECT_EQ(Progress::line(50, 200, "steps", 0, "", 200, false, false), " 25%  50/200 steps");
    EXPECT_EQ(Progress::line(50, 200, "steps", 10, "2.10 bpb", 200, false, false),
              " 25%  50/200 steps  10.00/s  15s left  2.10 bpb");
    EXPECT_EQ(Progress::line(199, 200, "steps", 0, "", 200, false, false), " 99%  199/200 steps");
    EXPECT_EQ(Progress::line(200, 200, "steps", 2000, "", 200, false, false), "100%  200/200 steps  2.00k/s");
    EXPECT_EQ(Progress::line(1234567, 0, "bytes", 0, "", 200, false, false), "1,234,567 bytes");
    EXPECT_EQ(Progress::line(1, 2, "steps", 0, "", 200, true, false),
              "############............  50%  1/2 steps");
    // Never wider than it may be, counted in characters.
    for (const bool utf8 : {false, true})
        for (std::size_t width = 0; width < 60; width++)
            EXPECT_EQ(columns(Progress::line(1, 3, "steps", 1, "a long suffix of words", width, true, utf8)),
                      width);
}

TEST(Progress, QuietAndShortWorkPrintNothing) {
    testing::internal::CaptureStderr();
    {
        Progress quiet(10, "steps", true), quick(10, "steps"), unused(10, "steps");
        for (int i = 0; i <= 10; i++) quiet.update(i), quick.update(i);
        quiet.finish();
        quick.finish();
        quick.finish();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    testing::internal::CaptureStderr();
    Progress(10, "steps").message("saved");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "saved\n");
}

TEST(Terminal, Texts) {
    EXPECT_EQ(short_count(0), "0");
    EXPECT_EQ(short_count(999), "999");
    EXPECT_EQ(short_count(1000), "1.00k");
    EXPECT_EQ(short_count(12345), "12.3k");
    EXPECT_EQ(short_count(999999), "1.00M");
    EXPECT_EQ(short_time(0.4), "0s");
    EXPECT_EQ(short_time(59.6), "1m 00s");
    EXPECT_EQ(short_time(187), "3m 07s");
    EXPECT_EQ(short_time(7500), "2h 05m");
    EXPECT_EQ(short_time(-1), "?");
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(1048576), "1,048,576");
    EXPECT_EQ(columns("\x1b[36mab\x1b[0m\xe2\x96\x88"), 3u);
    EXPECT_EQ(clipped("a\xe2\x96\x88z", 2), "a\xe2\x96\x88");
    EXPECT_EQ(printable("a\n\x1b[0m\x7f"), "a\\x0a\\x1b[0m\\x7f");
    EXPECT_EQ(printable("a\n\t", true), "a\n\t");
}

// CSI is ESC [ in one character, U+009B; OSC is U+009D. A terminal that reads Latin-1 takes their last byte
// alone, and one that reads UTF-8 carelessly takes longer forms of them.
TEST(Terminal, ControlCharactersBeyondAsciiAreEscaped) {
    EXPECT_EQ(printable("\xc2\x9b"
                        "2J\xc2\x9d"
                        "0;"),
              "\\xc2\\x9b2J\\xc2\\x9d0;");
    for (int c = 0x80; c < 0xa0; c++) {
        const std::string last(1, static_cast<char>(c)), text = "\xc2" + last;
        EXPECT_EQ(printable(text, true), fmt::format("\\xc2\\x{:02x}", c));
        EXPECT_EQ(printable(last, true), fmt::format("\\x{:02x}", c));
        EXPECT_EQ(printable("\xe0\x82" + last, true), fmt::format("\\xe0\\x82\\x{:02x}", c));
        EXPECT_EQ(printable("\xf0\x80\x82" + last, true), fmt::format("\\xf0\\x80\\x82\\x{:02x}", c));
    }
}

TEST(Terminal, CharactersPassAndBrokenOnesAreEscaped) {
    const std::string text = "\xc2\xa0\xc3\xa9 \xc4\x9b \xe4\xb8\xad \xf0\x9f\x98\x80";
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(printable("\xc3"
                        "a\xff\xe4\xb8"),
              "\\xc3a\\xff\\xe4\\xb8");
}

TEST(Terminal, WhatMayBecomeACharacterWaits) {
    EXPECT_EQ(unfinished_character(""), 0u);
    EXPECT_EQ(unfinished_character("a\xc3\xa9"), 0u);
    EXPECT_EQ(unfinished_character("a\xc2"), 1u);
    EXPECT_EQ(unfinished_character("a\xe4\xb8"), 2u);
    EXPECT_EQ(unfinished_character("a\xf0\x9f\x98"), 3u);
    EXPECT_EQ(unfinished_character("\xf0\x9f\x98\x80"), 0u);
    // These never become one.
    for (const char* text : {"\x80", "\xff", "\xc0", "\xe4\xb8\xad\x80",
                             "\xe4"
                             "a"})
        EXPECT_EQ(unfinished_character(text), 0u);
}

TEST(Options, NumbersAreReadStrictly) {
    EXPECT_EQ(parse_whole("--n", "18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(parse_whole("--n", "010", 0, 100), 10u);
    for (const char* text : {"", " 1", "1 ", "+1", "-1", "0x10", "1e2", "1.0", "18446744073709551616", "101"})
        EXPECT_THROW(parse_whole("--n", text, 0, 100), UsageError) << text;
    EXPECT_EQ(parse_real("--x", "2.5e-1", 0, 1), 0.25);
    for (const char* text : {"", "nan", "inf", "0x1p-1", "1e", "--1", "1.5", "1e999", " 1"})
        EXPECT_THROW(parse_real("--x", text, 0, 1), UsageError) << text;
}

}  // namespace
}  // namespace atome::cli
