#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "atome/corpus/corpus.h"
#include "atome/corpus/grammar.h"
#include "atome/corpus/texts.h"

namespace atome::corpus {
namespace {

constexpr std::size_t kTwoMegabytes = std::size_t{2} << 20;

uint64_t fnv1a(std::string_view s) {
    uint64_t h = 0xcbf29ce484222325u;
    for (const char c : s) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    return h;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        text = at == std::string_view::npos ? std::string_view() : text.substr(at + separator.size());
    }
    return parts;
}

std::vector<std::string> items(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return split(text, "\n\n");
}

// Words in lower case; apostrophes belong to them.
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    std::string word;
    for (const char c : text) {
        if ((c >= 'a' && c <= 'z') || c == '\'' || (c >= 'A' && c <= 'Z')) {
            word.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        } else if (!word.empty()) {
            all.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) all.push_back(word);
    return all;
}

const std::string& big_stories() {
    static const std::string text = write_stories(kTwoMegabytes, 3);
    return text;
}

const std::string& big_thermostat() {
    static const std::string text = write_thermostat(500'000, 3);
    return text;
}

// What every preset's text must be.
void check_surface(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << "byte " << i;
        ASSERT_EQ(std::string_view("{}[]|~;@#").find(c), std::string_view::npos)
            << "a marker was not expanded: " << text.substr(i < 60 ? 0 : i - 60, 120);
    }
    for (const char* wrong :
         {"  ", " \n", "\n ",  "\n\n\n", " .",   " ,",   " !",   " ?",      ",.", "..", "!.",
          "?.", ".?",  " a a", " a e",   " a i", " a o", " a u", "\" \"\"", "!!", "??"})
        ASSERT_EQ(text.find(wrong), std::string::npos)
            << '"' << wrong << "\" in "
            << text.substr(text.find(wrong) < 60 ? 0 : text.find(wrong) - 60, 120);
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(text.back(), '\n');
}

TEST(Presets, GrammarsParse) {
    Grammar grammar;
    Status status = Grammar::parse(
        std::string(kStoriesWords) + std::string(kStoriesPlots) + std::string(kStoriesMorePlots), &grammar);
    EXPECT_TRUE(status.ok()) << status.c_str();
    EXPECT_GE(grammar.options("plot"), 20u);
    status = Grammar::parse(kThermostatText, &grammar);
    EXPECT_TRUE(status.ok()) << status.c_str();
}

TEST(Presets, Registry) {
    ASSERT_EQ(presets().size(), 2u);
    for (const Preset& preset : presets()) {
        EXPECT_EQ(find_preset(preset.name), &preset);
        EXPECT_FALSE(preset.title.empty());
        EXPECT_FALSE(preset.about.empty());
        EXPECT_NE(preset.write(10'000, 1).find(preset.prompt), std::string::npos);
    }
    EXPECT_EQ(find_preset("novels"), nullptr);
}

// The same bytes everywhere. When a grammar is changed on purpose, the new digests go here.
TEST(Presets, Digests) {
    EXPECT_EQ(fnv1a(write_stories(100'000, 1)), 0x2eec34ec3ae86a8bu);
    EXPECT_EQ(fnv1a(write_thermostat(100'000, 1)), 0x8acee728efe0b6edu);
}

TEST(Presets, SeedsAndSizes) {
    for (const Preset& preset : presets()) {
        EXPECT_EQ(preset.write(50'000, 9), preset.write(50'000, 9));
        EXPECT_NE(preset.write(50'000, 9), preset.write(50'000, 10));
        for (const std::size_t bytes : {2'000u, 10'000u, 65'536u, 300'000u}) {
            const std::string text = preset.write(bytes, 4);
            EXPECT_LE(text.size(), bytes);
            EXPECT_GE(text.size() + 700, bytes) << preset.name;
        }
        EXPECT_TRUE(preset.write(0, 1).empty());
        EXPECT_TRUE(preset.write(20, 1).empty());
        EXPECT_FALSE(preset.write(1'500, 1).empty());
    }
}

TEST(Presets, Surface) {
    check_surface(big_stories());
    check_surface(big_thermostat());
}

TEST(Stories, VarietyAndVocabulary) {
    const std::vector<std::string> all = items(big_stories());
    const std::set<std::string> distinct(all.begin(), all.end());
    EXPECT_GT(all.size(), 2'500u);
    EXPECT_LT(all.size() - distinct.size(), all.size() / 100) << "stories that are repeated";
    std::set<std::string> vocabulary;
    for (const std::string& word : words(big_stories())) vocabulary.insert(word);
    EXPECT_GE(vocabulary.size(), 400u);
    EXPECT_LE(vocabulary.size(), 650u);
}

TEST(Stories, Shape) {
    for (const std::string& story : items(big_stories())) {
        const std::vector<std::string> paragraphs = split(story, "\n");
        EXPECT_GE(paragraphs.size(), 4u) << story;
        EXPECT_LE(paragraphs.size(), 6u) << story;
        EXPECT_GE(story.size(), 300u) << story;
        EXPECT_LE(story.size(), 1'200u) << story;
        for (const std::string& paragraph : paragraphs) {
            EXPECT_EQ(std::count(paragraph.begin(), paragraph.end(), '"') % 2, 0) << paragraph;
            EXPECT_NE(std::string_view(".!?\"").find(paragraph.back()), std::string_view::npos) << paragraph;
            const char first = paragraph[0] == '"' ? paragraph[1] : paragraph[0];
            EXPECT_TRUE(first >= 'A' && first <= 'Z') << paragraph;
        }
    }
}

// Within quotes and outside, a sentence begins with a capital letter.
TEST(Stories, Capitals) {
    const std::string& text = big_stories();
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        if ((text[i] == '.' || text[i] == '!' || text[i] == '?') && text[i + 1] == ' ') {
            ASSERT_FALSE(text[i + 2] >= 'a' && text[i + 2] <= 'z') << text.substr(i < 60 ? 0 : i - 60, 120);
        }
    }
}

const std::map<std::string, char> kPronouns = {
    {"tom", 'h'},      {"ben", 'h'},     {"max", 'h'},   {"sam", 'h'},       {"tim", 'h'},
    {"leo", 'h'},      {"rex", 'h'},     {"pip", 'h'},   {"bruno", 'h'},     {"felix", 'h'},
    {"toby", 'h'},     {"lily", 's'},    {"mia", 's'},   {"anna", 's'},      {"sue", 's'},
    {"lucy", 's'},     {"amy", 's'},     {"coco", 's'},  {"bella", 's'},     {"daisy", 's'},
    {"penny", 's'},    {"ruby", 's'},    {"mom", 's'},   {"grandma", 's'},   {"dad", 'h'},
    {"grandpa", 'h'},  {"snowman", 'h'}, {"mom's", 's'}, {"grandma's", 's'}, {"dad's", 'h'},
    {"grandpa's", 'h'}};

// A story uses "he" only when somebody in it is a he, and "she" likewise; the pronouns of the first
// paragraph are the hero's.
TEST(Stories, PronounsFitTheNames) {
    for (const std::string& story : items(big_stories())) {
        std::set<char> present;
        std::set<char> used;
        std::string hero;
        std::set<char> used_first;
        const std::string first = story.substr(0, story.find('\n'));
        for (const std::string& word : words(story)) {
            const auto found = kPronouns.find(word);
            if (found == kPronouns.end()) continue;
            present.insert(found->second);
            if (hero.empty() && word != "mom" && word != "dad") hero = word;
        }
        const std::set<std::string> he = {"he", "him", "his", "himself"};
        const std::set<std::string> she = {"she", "her", "hers", "herself"};
        for (const std::string& word : words(story)) {
            if (he.count(word) != 0) used.insert('h');
            if (she.count(word) != 0) used.insert('s');
        }
        for (const std::string& word : words(first)) {
            if (he.count(word) != 0) used_first.insert('h');
            if (she.count(word) != 0) used_first.insert('s');
        }
        for (const char c : used) EXPECT_EQ(present.count(c), 1u) << story;
        ASSERT_FALSE(hero.empty()) << story;
        for (const char c : used_first) EXPECT_EQ(c, kPronouns.at(hero)) << story;
    }
}

TEST(Stories, PluralsAgree) {
    for (const char* wrong :
         {"boots was", "blocks was", "berries was", "cookies was", "boots is",  "blocks is", "a boots",
          "a blocks",  "a cookies",  "a berries",   "a nuts",      "a carrots", "ball were", "ball are",
          "kite were", "some ball",  "some kite",   "an ball",     "They was",  "They is",   "It were",
          "It are",    "He were",    "She were",    "they was",    "it were"})
        EXPECT_EQ(big_stories().find(std::string(" ") + wrong + " "), std::string::npos) << wrong;
}

TEST(Thermostat, Pairs) {
    const std::vector<std::string> all = items(big_thermostat());
    std::set<std::string> questions;
    for (const std::string& item : all) {
        const std::vector<std::string> lines = split(item, "\n");
        ASSERT_EQ(lines.size(), 2u) << item;
        EXPECT_EQ(lines[0].substr(0, 3), "Q: ");
        EXPECT_EQ(lines[1].substr(0, 3), "A: ");
        EXPECT_NE(std::string_view(".?!").find(lines[0].back()), std::string_view::npos) << item;
        EXPECT_EQ(lines[1].back(), '.') << item;
        EXPECT_LE(lines[1].size(), 130u) << item;
        questions.insert(lines[0]);
    }
    EXPECT_GT(questions.size(), 1'500u);
}

TEST(Thermostat, AQuestionHasOneAnswer) {
    // "No. " is optional in some answers, so it does not count.
    std::map<std::string, std::string> answers;
    for (const std::string& item : items(big_thermostat())) {
        const std::vector<std::string> lines = split(item, "\n");
        std::string answer = lines[1].substr(3);
        if (answer.substr(0, 7) == "No. The") answer = answer.substr(4);
        const auto [place, is_new] = answers.try_emplace(lines[0], answer);
        EXPECT_TRUE(is_new || place->second == answer) << lines[0];
    }
}

// All whole numbers in a text, with a minus sign if it stands in front.
std::vector<int> numbers(std::string_view text) {
    std::vector<int> found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] < '0' || text[i] > '9') continue;
        const bool minus = i > 0 && text[i - 1] == '-';
        int n = 0;
        for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) n = n * 10 + (text[i] - '0');
        found.push_back(minus ? -n : n);
    }
    return found;
}

TEST(Thermostat, NumbersFollowFromTheQuestion) {
    int checked = 0;
    for (const std::string& item : items(big_thermostat())) {
        const std::vector<std::string> lines = split(item, "\n");
        const std::string& answer = lines[1];
        const auto says = [&](std::string_view part) { return answer.find(part) != std::string::npos; };
        const std::vector<int> asked = numbers(lines[0]);
        const std::vector<int> got = numbers(answer);
        ++checked;
        if (says("then OK. The screen shows")) {  // A: Press Plus 3 times, then OK. The screen shows 21.
            ASSERT_EQ(asked.size(), 2u) << item;
            const int count = says(" once,") ? 1 : got[0];
            EXPECT_EQ(asked[0] + (says("Press Plus") ? count : -count), asked[1]) << item;
            EXPECT_EQ(got.back(), asked[1]) << item;
        } else if (says(" C is ")) {  // A: 20 C is 68 F.
            ASSERT_EQ(got.size(), 2u) << item;
            EXPECT_EQ(got[0], asked.at(0)) << item;
            EXPECT_EQ(got[1], (got[0] * 18 + 325) / 10) << item;
        } else if (says(" F is ")) {  // A: 68 F is 20 C.
            ASSERT_EQ(got.size(), 2u) << item;
            EXPECT_EQ(got[0], asked.at(0)) << item;
            EXPECT_EQ(got[0], (got[1] * 18 + 325) / 10) << item;
        } else if (says("degrees. Eco mode heats")) {  // A: 19 degrees. Eco mode heats 2 degrees less.
            EXPECT_EQ(got.at(0), asked.at(0) - 2) << item;
        } else if (says("Offset and set")) {  // A: Open Menu > Sensor > Offset and set -2.
            const bool high = lines[0].find("too high") != std::string::npos;
            EXPECT_EQ(got.at(0), high ? -asked.at(0) : asked.at(0)) << item;
        } else if (says("The highest setting is 30")) {
            EXPECT_GT(asked.at(0), 30) << item;
        } else if (says("The lowest setting is 5")) {
            EXPECT_LT(asked.at(0), 5) << item;
        } else if (says("until the screen shows") || says("Menu > Hold and choose") ||
                   says("Menu > Schedule >") || says("Menu > Away,") || says("Menu > Clock, set ") ||
                   says("Menu > Fan > Timer") || says("Menu > Boost and")) {
            // The numbers asked for are the numbers answered, apart from the zeros of full hours.
            std::multiset<int> want(asked.begin(), asked.end());
            std::multiset<int> have(got.begin(), got.end());
            if (says(":00")) have.erase(0);
            EXPECT_EQ(want, have) << item;
        } else {
            --checked;
        }
    }
    EXPECT_GT(checked, 1'000);
}

}  // namespace
}  // namespace atome::corpus
