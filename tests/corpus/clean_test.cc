#include "native/corpus/clean.h"

#include <gtest/gtest.h>

#include <string>

namespace atome::cli {
namespace {

std::string page(std::string_view html) { return clean(html, {.html = true}); }

TEST(Html, ParagraphsAndInlineTags) {
    EXPECT_EQ(page("<html><body><h1>Title</h1><p>One <b>two</b>\n three.</p><p>Four</p></body></html>"),
              "Title\n\nOne two three.\n\nFour\n");
    EXPECT_EQ(page("a<br>b<br/>c"), "a\nb\nc\n");
    EXPECT_EQ(page("<ul><li>one</li><li>two</li></ul>x"), "one\ntwo\n\nx\n");
    EXPECT_EQ(page("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>"), "1 2\n3\n");
}

TEST(Html, ScriptsStylesCommentsAreRemoved) {
    EXPECT_EQ(page("a<script>if (1<2) { x = \"<p>no</p>\"; }</script>b"), "ab\n");
    EXPECT_EQ(page("a<SCRIPT src='x'>no</ScRiPt >b"), "ab\n");
    EXPECT_EQ(page("a<style>p > b { }</style>b"), "ab\n");
    EXPECT_EQ(page("a<!-- no <p> --- > no -->b"), "ab\n");
    EXPECT_EQ(page("<!DOCTYPE html><?xml no?>a<![CDATA[no]]>"), "a\n");
    EXPECT_EQ(page("a<script>never closed"), "a\n");
    EXPECT_EQ(page("a<!-- never closed"), "a\n");
}

TEST(Html, NavigationIsRemovedWhenItIsClosed) {
    EXPECT_EQ(page("<nav><ul><li>Home</li></ul></nav><p>Text</p><footer>(c)</footer>"), "Text\n");
    EXPECT_EQ(page("<nav>a<nav>b</nav>c</nav>d"), "d\n");
    EXPECT_EQ(page("<p>x</p><nav>Text goes on"), "x\n\nText goes on\n");
    EXPECT_EQ(page("<svg><text>no</text></svg>yes<noscript>no</noscript>"), "yes\n");
}

TEST(Html, AttributesMayHoldAnything) {
    EXPECT_EQ(page("<a title=\"a > b\" href='<p>'>x</a>y"), "xy\n");
    EXPECT_EQ(page("<p it's>x</p>"), "x\n");
    EXPECT_EQ(page("1 < 2 and 3 > 2, <3"), "1 < 2 and 3 > 2, <3\n");
    EXPECT_EQ(page("x<"), "x<\n");
    EXPECT_EQ(page("x<a href=\"never closed"), "x\n");
}

TEST(Html, Entities) {
    EXPECT_EQ(page("&lt;b&gt; &amp;amp; &quot;x&quot; &apos;"), "<b> &amp; \"x\" '\n");
    EXPECT_EQ(page("&#65;&#x42;&#X43; &#8217; &#146; &eacute;&nbsp;&hellip;"), "ABC ' ' \xc3\xa9 ...\n");
    EXPECT_EQ(page("AT&T &unknown; &; & &# &#x; &#0; &#xD800; &#1114112; &#99999999999999;x"),
              "AT&T &unknown; &; & &# &#x; x\n");
    EXPECT_EQ(page("&#128512;"), "\xf0\x9f\x98\x80\n");
    EXPECT_EQ(page("&amp;lt;"), "&lt;\n") << "decoded once only";
}

TEST(Html, PreKeepsLines) { EXPECT_EQ(page("<p>a\nb</p><pre>c\nd</pre>e\nf"), "a b\n\nc\nd\n\ne f\n"); }

TEST(Html, Detection) {
    EXPECT_TRUE(looks_like_html("\xef\xbb\xbf \n<!DOCTYPE HTML><p>"));
    EXPECT_TRUE(looks_like_html("<HTML lang=en>"));
    EXPECT_FALSE(looks_like_html("A text on <html>."));
    EXPECT_FALSE(looks_like_html(""));
    EXPECT_TRUE(looks_binary(std::string("PK\0\3", 4)));
    EXPECT_FALSE(looks_binary("text"));
}

// Pages made to be slow for a reader that looks ahead from every tag.
TEST(Html, HostilePagesTakeLinearTime) {
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += "<nav>";
    EXPECT_EQ(page(deep + "x</nav>y"), "y\n");
    std::string open;
    for (int i = 0; i < 400'000; ++i) open += "<x";
    page(open);
    page(std::string(2'000'000, '<'));
    page(std::string(2'000'000, '&'));
}

TEST(Normalise, LinesAndSpaces) {
    EXPECT_EQ(normalise("a\r\nb\rc\n\n\n\n\nd\r\n\r\n\r\ne"), "a\nb\nc\n\nd\n\ne\n");
    EXPECT_EQ(normalise("  a \t b\xc2\xa0 c  \n  d\t\n"), "a b c\nd\n");
    EXPECT_EQ(normalise("\n\n \n a"), "a\n");
    EXPECT_EQ(normalise("a\n \t \nb"), "a\n\nb\n");
    EXPECT_EQ(normalise(""), "");
    EXPECT_EQ(normalise(" \r\n\t "), "");
    EXPECT_EQ(normalise("a\fb\vc\xe2\x80\xa8"
                        "d"),
              "a\nb\nc\nd\n");
}

TEST(Normalise, QuotesDashesEllipsis) {
    EXPECT_EQ(normalise("\xe2\x80\x9cIt\xe2\x80\x99s\xe2\x80\x9d \xe2\x80\x93 \xe2\x80\x94 \xe2\x80\xa6"),
              "\"It's\" - -- ...\n");
    EXPECT_EQ(normalise("\xc2\xabx\xc2\xbb e\xef\xac\x83 \xe2\x80\xa2"), "\"x\" effi *\n");
}

TEST(Normalise, DropsWhatIsNotText) {
    EXPECT_EQ(normalise("\xef\xbb\xbf"
                        "a\x01\x7f"
                        "b\x1b[c"),
              "ab[c\n");
    EXPECT_EQ(normalise(std::string("a\0b", 3)), "ab\n");
    EXPECT_EQ(normalise("a\xc2\xad"
                        "b\xe2\x80\x8b"
                        "c\xef\xbf\xbd"),
              "abc\n");
}

TEST(Normalise, InvalidUtf8IsDropped) {
    EXPECT_EQ(normalise("a\xff"
                        "b\xc3"),
              "ab\n");
    EXPECT_EQ(normalise("a\xc0\xaf"
                        "b"),
              "ab\n")
        << "overlong";
    EXPECT_EQ(normalise("a\xe0\x80\xaf"
                        "b"),
              "ab\n")
        << "overlong";
    EXPECT_EQ(normalise("a\xed\xa0\x80"
                        "b"),
              "ab\n")
        << "surrogate";
    EXPECT_EQ(normalise("a\xf4\x90\x80\x80"
                        "b"),
              "ab\n")
        << "beyond U+10FFFF";
    EXPECT_EQ(normalise("a\xe2\x82"
                        "b"),
              "ab\n")
        << "cut short";
    EXPECT_EQ(normalise("caf\xe9 x"), "caf x\n") << "Latin-1";
    for (int c = 0; c < 256; ++c) normalise(std::string(3, static_cast<char>(c)));
}

TEST(Normalise, KeepsValidUtf8) {
    const std::string text = "\xc3\xa9\xc3\x9f \xd0\xb6 \xe4\xb8\xad \xf0\x9f\x98\x80\n";
    EXPECT_EQ(normalise(text), text);
    EXPECT_EQ(normalise(normalise(text)), text);
}

TEST(Normalise, Lowercase) {
    EXPECT_EQ(normalise("ABC xyz \xc3\x89\xc3\x97 \xc5\xb8\xc5\xbd \xce\xa9 \xd0\x96\xd0\x81", true),
              "abc xyz \xc3\xa9\xc3\x97 \xc3\xbf\xc5\xbe \xcf\x89 \xd0\xb6\xd1\x91\n");
}

TEST(Normalise, EndOfTextMarkers) {
    EXPECT_EQ(normalise("a\n<|endoftext|>\nb <|endof"), "a\n\nb <|endof\n");
    EXPECT_EQ(normalise("a<|endoftext|><|endoftext|> \n <|endoftext|>b<|endoftext|>"), "a\n\nb\n");
    EXPECT_EQ(normalise("<|endoftext|>"), "");
}

// What else is dropped or changed must not leave one.
TEST(Normalise, MarkersThatCleaningWouldMakeAreRemoved) {
    for (const char* inside :
         {"\xff", "\xc2", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xc2\xad", "\x01", "\xc2\x9b"})
        for (std::size_t at = 1; at < 13; at++)
            EXPECT_EQ(normalise("a" + std::string("<|endoftext|>").insert(at, inside) + "b"), "a\n\nb\n")
                << at;
    EXPECT_EQ(normalise("a<|EndOfText|>b", true), "a\n\nb\n");
    EXPECT_EQ(normalise("a<|EndOfText|>b"), "a<|EndOfText|>b\n");
    EXPECT_EQ(page("<p>a&lt;|endof<b></b>text|&#62;b"), "a\n\nb\n");
    EXPECT_EQ(page("<p>a&lt;|endof&shy;text|&gt;b"), "a\n\nb\n");
}

TEST(Normalise, MarkersWithinMarkersAreRemoved) {
    EXPECT_EQ(normalise("a<|endof<|endoftext|>text|>b"), "a\n\nb\n");
    EXPECT_EQ(normalise("a<|end<|endof<|endoftext|>text|>oftext|>b"), "a\n\nb\n");
    EXPECT_EQ(normalise("a<|endof<|endoftext|><|endo\x01"
                        "f<|endoftext|>text|>text|>b"),
              "a\n\nb\n");
    EXPECT_EQ(normalise("a <|endof<|endoftext|> text|>b"), "a <|endof\n\ntext|>b\n") << "white space parts";
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<|endof";
    for (int i = 0; i < 100'000; ++i) deep += "text|>";
    EXPECT_EQ(normalise(deep), "") << "in linear time";
}

TEST(Repeats, LongParagraphsOnce) {
    RepeatFilter filter(10);
    EXPECT_EQ(filter.filter("a long paragraph\n\nshort\n\na long paragraph\n\nshort\n\nend\n"),
              "a long paragraph\n\nshort\n\nshort\n\nend\n");
    EXPECT_EQ(filter.dropped(), 1u);
    EXPECT_EQ(filter.filter("a long paragraph\n\nnew\n"), "new\n") << "also across texts";
    EXPECT_EQ(filter.filter("a long paragraph\n"), "");
    EXPECT_EQ(filter.filter(""), "");
}

TEST(Cap, PrefersWholeParagraphs) {
    const std::string text = "first one\n\nsecond one\nthird line here\n";
    EXPECT_EQ(cap(text, text.size()), text);
    EXPECT_EQ(cap(text, 12), "first one\n");
    EXPECT_EQ(cap(text, 11), "first one\n");
    EXPECT_EQ(cap(text, 25), "first one\n\nsecond one\n");
    EXPECT_EQ(cap("one two three", 9), "one two");
    EXPECT_EQ(cap("abcdefgh", 4), "abcd");
    EXPECT_EQ(cap("abc", 0), "");
}

TEST(Cap, NeverCutsACharacter) {
    std::string text;
    for (int i = 0; i < 10; ++i) text += "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80";
    for (std::size_t bytes = 0; bytes <= text.size() + 2; ++bytes) {
        const std::string part = cap(text, bytes);
        EXPECT_LE(part.size(), bytes);
        EXPECT_GE(part.size() + 3, std::min(bytes, text.size()));
        EXPECT_EQ(normalise(part), part.empty() ? "" : part + "\n") << bytes;
    }
}

TEST(Paragraphs, Count) {
    EXPECT_EQ(count_paragraphs(""), 0u);
    EXPECT_EQ(count_paragraphs("\n"), 0u);
    EXPECT_EQ(count_paragraphs("a"), 1u);
    EXPECT_EQ(count_paragraphs("a\nb\n\nc\n"), 2u);
}

}  // namespace
}  // namespace atome::cli
