#include "atome/corpus/grammar.h"

#include <gtest/gtest.h>

#include <set>

namespace atome::corpus {
namespace {

// All distinct results of `rule` in `text` over many draws.
std::set<std::string> all_of(std::string_view text, std::string_view rule) {
    Grammar grammar;
    const Status status = Grammar::parse(text, &grammar);
    EXPECT_TRUE(status.ok()) << status.c_str();
    std::set<std::string> results;
    if (!status.ok()) return results;
    Random random(7);
    for (int i = 0; i < 400; ++i) {
        std::string out;
        grammar.expand(rule, random.below(static_cast<uint32_t>(grammar.options(rule))), random, &out);
        results.insert(out);
    }
    return results;
}

using Set = std::set<std::string>;

TEST(Random, IsSplitMix64) {
    // The first outputs for state 0, as in the generator's reference implementation.
    Random random(0);
    EXPECT_EQ(random.next(), 0xe220a8397b1dcdafu);
    EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4u);
    EXPECT_EQ(random.next(), 0x06c45d188009454fu);
    for (uint32_t n = 1; n < 100; ++n) EXPECT_LT(random.below(n), n);
}

TEST(Grammar, Choices) {
    EXPECT_EQ(all_of("@a\n[x|y|] z\n", "a"), (Set{"X z", "Y z", "Z"}));
    EXPECT_EQ(all_of("@a\n[one [two|three]|four]\n", "a"), (Set{"One two", "One three", "Four"}));
}

TEST(Grammar, RulesContinuationsUnionsComments) {
    EXPECT_EQ(all_of("# c\n@b\nx\ny\n\n@c\n+b\nz\n@a\nsee\n  {c}, {C}.\n", "a").size(), 9u);
    EXPECT_EQ(all_of("@b\nx\n@a\none ~ two {b}\n", "a"), (Set{"One\nTwo x"}));
}

TEST(Grammar, ThingsAndForms) {
    const std::string_view text =
        "@who\nTom; he; kind=boy\n@what\nboots; they\n"
        "@a\n{w:=who}{t:=what}{w} the {w.kind} had {t.a} {t}. {T.he} {t.was} {w.his}. {W.he} liked "
        "{t.him}.\n";
    EXPECT_EQ(all_of(text, "a"), (Set{"Tom the boy had some boots. They were his. He liked them."}));
}

TEST(Grammar, BindingsDifferFromEachOther) {
    const Set pairs = all_of("@n\nx\ny\n@a\n{p:=n}{q:=n}{p} {q}\n", "a");
    EXPECT_EQ(pairs, (Set{"X y", "Y x"}));
    const Set pronouns = all_of("@n\nx; he\ny; she\nz; he\n@a\n{p:=n}{q:=n!p}{p} {q}\n", "a");
    EXPECT_EQ(pronouns, (Set{"X y", "Y x", "Y z", "Z y"}));
}

TEST(Grammar, Numbers) { EXPECT_EQ(all_of("@a\n{n:=#3..5}{n} {n}\n", "a"), (Set{"3 3", "4 4", "5 5"})); }

TEST(Grammar, Finish) {
    EXPECT_EQ(all_of("@a\na  apple [] , \"[] a egg . a old a one a use\" , he said . so !\n", "a"),
              (Set{"An apple, \"An egg. An old a one a use\", he said. So!"}));
    EXPECT_EQ(all_of("@a\n\"no!\" said tom. ~ \"yes.\"\n", "a"), (Set{"\"No!\" said tom.\n\"Yes.\""}));
    EXPECT_EQ(all_of("@a\nit is 2.4 gHz. banana ate a\n", "a"), (Set{"It is 2.4 gHz. Banana ate a"}));
}

TEST(Grammar, UnknownNamesStayVisible) {
    EXPECT_EQ(all_of("@a\nsee {nothing} here\n", "a"), (Set{"See {nothing} here"}));
    EXPECT_EQ(all_of("@t\nx; it\n@a\n{t:=t}{t.odd}\n", "a"), (Set{"{T.odd}"}));
}

TEST(Grammar, SelfReferenceEnds) {
    EXPECT_EQ(all_of("@a\n{a}x\n", "a").size(), 1u);
    EXPECT_EQ(all_of("@a\n{a}{a}{a}x\n", "a").size(), 1u);
}

TEST(Grammar, RejectsBrokenTexts) {
    Grammar grammar;
    for (const char* text : {"x\n", "@a\n[x\n", "@a\nx]\n", "@a\n{x\n", "@a\nx}\n", "@a\nx|y\n", "@a\n+b\n",
                             "@a\n{x:=b}\n", "@a\n{x:=#9..3}\n", "@a\n{x:=#a..b}\n", "@a\nx\n@a\ny\n", "@a\n",
                             "@a\n{}\n", "@a\n{x{y}}\n", "@a\n:=\n", "@a\n+a\n"}) {
        const Status status = Grammar::parse(text, &grammar);
        EXPECT_FALSE(status.ok()) << text;
        EXPECT_FALSE(status.message().empty()) << text;
    }
}

TEST(Grammar, WriteKeepsWithinItsBound) {
    Grammar grammar;
    ASSERT_TRUE(Grammar::parse("@a\nlong one here\nshort\n", &grammar).ok());
    for (std::size_t bytes = 0; bytes < 200; ++bytes) {
        const std::string text = grammar.write("a", bytes, 5);
        EXPECT_LE(text.size(), bytes);
        EXPECT_EQ(text.empty(), bytes < 6) << bytes;
        EXPECT_TRUE(bytes < 20 || text.size() + 15 >= bytes) << bytes;
    }
    EXPECT_TRUE(grammar.write("none", 100, 1).empty());
}

}  // namespace
}  // namespace atome::corpus
