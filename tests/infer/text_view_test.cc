// Text without the standard library, and with it on a host.
#include "atome/base/text_view.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

namespace atome::test {
namespace {

static_assert(TextView("abc").size() == 3 && TextView("abc").find("c") == 2);
// As from std::string_view.
static_assert(!std::is_convertible_v<TextView, std::string> &&
              std::is_constructible_v<std::string, TextView>);
// Neither text nor its view.
static_assert(!std::is_constructible_v<TextView, int> && !std::is_convertible_v<TextView, const char*>);

std::size_t length(std::string_view text) { return text.size(); }
std::size_t length_in_core(TextView text) { return text.size(); }

TEST(TextView, ConvertsFromAndToTheStandardLibrarys) {
    const TextView text = "three";
    const std::string_view seen = text;
    EXPECT_EQ(seen.data(), text.data());
    EXPECT_EQ(length(text), 5u);
    EXPECT_EQ(length_in_core(seen), 5u);
    EXPECT_EQ(length_in_core(std::string("three")), 5u);
    EXPECT_EQ(std::string(text) + "!", "three!");
    std::ostringstream stream;
    stream << text << ' ' << TextView();
    EXPECT_EQ(stream.str(), "three ");
}

TEST(TextView, ComparesWithEveryKindOfText) {
    const TextView text("two words", 3);
    EXPECT_EQ(text, "two");
    EXPECT_EQ("two", text);
    EXPECT_EQ(text, std::string("two"));
    EXPECT_EQ(std::string("two"), text);
    EXPECT_EQ(text, std::string_view("two"));
    EXPECT_EQ(std::string_view("two"), text);
    EXPECT_EQ(text, TextView("two"));
    for (const char* other : {"", "tw", "twO", "two "}) EXPECT_NE(text, other);
    EXPECT_NE(text, std::string("two\0", 4));
    EXPECT_EQ(TextView(), "");
    EXPECT_EQ(TextView(), std::string_view());
}

// The definition is that of std::string_view.
TEST(TextView, PartsAreThoseOfTheStandardLibrarys) {
    const std::string_view expected = "aabaaab";
    const TextView text = expected;
    for (const std::string_view part :
         {"", "a", "b", "ab", "aab", "aaab", "aabaaab", "aaaa", "ba", "aabaaabb"})
        EXPECT_EQ(text.find(part), expected.find(part)) << part;
    EXPECT_EQ(TextView().find("a"), TextView::npos);
    EXPECT_EQ(TextView().find(""), 0u);
    for (std::size_t first = 0; first <= expected.size(); first++)
        for (std::size_t most = 0; most <= expected.size() + 1; most++)
            EXPECT_EQ(text.substr(first, most), expected.substr(first, most)) << first << ", " << most;
    EXPECT_EQ(text.substr(2), expected.substr(2));
}

}  // namespace
}  // namespace atome::test
