// Messages: bounded text that never writes beyond itself, whatever it is given.
#include "atome/base/status.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>

namespace atome::test {
namespace {

// What lies around a text must stay as it is.
struct Guarded {
    uint8_t before[16];
    Text text;
    uint8_t after[16];

    Guarded() {
        std::memset(before, 0xA5, sizeof before);
        std::memset(after, 0xA5, sizeof after);
    }
    bool intact() const {
        for (const uint8_t byte : before)
            if (byte != 0xA5) return false;
        for (const uint8_t byte : after)
            if (byte != 0xA5) return false;
        return true;
    }
};

// The first bytes of a text without end.
std::string alphabet(std::size_t n) {
    std::string s;
    for (std::size_t i = 0; i < n; i++) s += static_cast<char>('a' + i % 26);
    return s;
}

// What of `whole` a text holds: all of it, or as much as fits with the sign that something is missing.
std::string clipped(const std::string& whole) {
    return whole.size() <= Text::capacity ? whole : whole.substr(0, Text::capacity - 3) + "...";
}

void expect_holds(const Guarded& g, const std::string& expected) {
    ASSERT_EQ(g.text.view(), expected);
    ASSERT_EQ(std::strlen(g.text.c_str()), expected.size());
    ASSERT_TRUE(g.intact());
}

TEST(Text, HoldsWhatFitsAtEveryLength) {
    for (std::size_t n = 0; n <= 2 * Text::capacity; n++) {
        SCOPED_TRACE(n);
        Guarded g;
        g.text.append(alphabet(n));
        expect_holds(g, clipped(alphabet(n)));
    }
}

TEST(Text, AppendsAtEveryLengthOfBothParts) {
    for (std::size_t first = Text::capacity - 30; first <= Text::capacity + 2; first++)
        for (std::size_t second = 0; second <= 34; second++) {
            SCOPED_TRACE(std::to_string(first) + " and " + std::to_string(second));
            const std::string whole = alphabet(first + second);
            Guarded g;
            g.text.append(std::string_view(whole).substr(0, first));
            g.text.append(std::string_view(whole).substr(first));
            expect_holds(g, clipped(whole));
            // Once something is missing, nothing more comes in.
            if (whole.size() > Text::capacity) {
                g.text.append("more").append(int64_t{-7});
                expect_holds(g, clipped(whole));
            }
        }
}

TEST(Text, GrowsByteByByte) {
    Guarded g;
    std::string whole;
    for (std::size_t n = 0; n < 2 * Text::capacity; n++) {
        whole += static_cast<char>('a' + n % 26);
        g.text.append(std::string_view(whole).substr(n));
        expect_holds(g, clipped(whole));
    }
}

TEST(Text, NumbersAtEveryLength) {
    const int64_t least = std::numeric_limits<int64_t>::min();
    const uint64_t most = std::numeric_limits<uint64_t>::max();
    for (std::size_t n = 0; n <= Text::capacity + 2; n++) {
        SCOPED_TRACE(n);
        Guarded negative, positive;
        negative.text.append(alphabet(n)).append(least);
        expect_holds(negative, clipped(alphabet(n) + "-9223372036854775808"));
        positive.text.append(alphabet(n)).append(most);
        expect_holds(positive, clipped(alphabet(n) + "18446744073709551615"));
    }
}

TEST(Text, CopiesAreWhole) {
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, Text::capacity - 1, Text::capacity}) {
        const Text text(alphabet(n));
        Guarded g;
        g.text = text;
        expect_holds(g, alphabet(n));
    }
}

TEST(Status, MessagesOfAnyLength) {
    for (std::size_t n = 0; n <= 2 * Text::capacity; n++) {
        const std::string word = alphabet(n);
        const Status s = Status::error(Code::bad_file, "byte ", 7u, ": ", word.c_str(), " is wrong");
        ASSERT_EQ(s.message(), clipped("byte 7: " + word + " is wrong"));
        ASSERT_EQ(s.code(), Code::bad_file);
        const Status copy = s;
        ASSERT_EQ(copy.message(), s.message());
    }
}

TEST(Status, NumbersOfEveryType) {
    const Status s = Status::error(Code::bad_file, std::numeric_limits<int64_t>::min(), " ",
                                   std::numeric_limits<uint64_t>::max(), " ", uint8_t{200}, " ", -1, " ",
                                   std::numeric_limits<uint32_t>::max(), " ", int8_t{-9}, " ", 0);
    EXPECT_EQ(s.message(), "-9223372036854775808 18446744073709551615 200 -1 4294967295 -9 0");
}

TEST(Status, SuccessSaysNothing) {
    const Status ok;
    EXPECT_TRUE(ok.ok());
    EXPECT_EQ(ok.message(), "");
    EXPECT_STREQ(ok.c_str(), "");
}

}  // namespace
}  // namespace atome::test
