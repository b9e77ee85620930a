// build_corpus(), the named sources, zip archives.
#include "native/corpus/build.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "atome/corpus/corpus.h"
#include "native/corpus/sources.h"
#include "native/corpus/zip.h"
#include "native/io/files.h"
#include "tests/corpus/failure_of.h"
#include "tests/corpus/local_server.h"
#include "tests/corpus/temp_dir.h"

namespace atome::cli {
namespace {

using test::contains;
using test::failure_of;
using test::LocalServer;
using test::TempDir;

void put(std::string* out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i, value >>= 8) out->push_back(static_cast<char>(value));
}

std::string deflate_raw(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(text.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    ::deflateEnd(&stream);
    return out;
}

struct ZipMember {
    std::string name, contents;
    bool deflated;
};

std::string zip_of(const std::vector<ZipMember>& members) {
    std::string out, directory;
    for (const ZipMember& member : members) {
        const std::string packed = member.deflated ? deflate_raw(member.contents) : member.contents;
        const uint32_t crc =
            static_cast<uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(member.contents.data()),
                                          static_cast<uInt>(member.contents.size())));
        std::string common;  // of the local header and the directory entry
        put(&common, 20, 2);
        put(&common, 0, 2);
        put(&common, member.deflated ? 8 : 0, 2);
        put(&common, 0, 4);
        put(&common, crc, 4);
        put(&common, packed.size(), 4);
        put(&common, member.contents.size(), 4);
        put(&common, member.name.size(), 2);
        put(&common, 0, 2);
        put(&directory, 0x02014b50, 4);
        put(&directory, 20, 2);
        directory += common;
        put(&directory, 0, 10);
        put(&directory, out.size(), 4);
        directory += member.name;
        put(&out, 0x04034b50, 4);
        out += common + member.name + packed;
    }
    std::string end;
    put(&end, 0x06054b50, 4);
    put(&end, 0, 4);
    put(&end, members.size(), 2);
    put(&end, members.size(), 2);
    put(&end, directory.size(), 4);
    put(&end, out.size(), 4);
    put(&end, 0, 2);
    return out + directory + end;
}

std::vector<std::string> names_in(const std::string& archive, uint64_t max_bytes = 1'000'000) {
    std::vector<std::string> names;
    read_zip(
        archive, "a.zip", max_bytes, [](const std::string&) { return true; },
        [&](const std::string& name, std::string contents) { names.push_back(name + "=" + contents); });
    return names;
}

TEST(Zip, StoredAndDeflated) {
    const std::string archive =
        zip_of({{"a", "one", false}, {"b/c", "two two two two", true}, {"e", "", true}});
    EXPECT_EQ(names_in(archive), (std::vector<std::string>{"a=one", "b/c=two two two two", "e="}));
    EXPECT_EQ(names_in(zip_of({})), std::vector<std::string>());
}

TEST(Zip, BoundOnTheWhole) {
    const std::string archive =
        zip_of({{"a", std::string(600, 'x'), true}, {"b", std::string(600, 'x'), true}});
    EXPECT_EQ(names_in(archive, 1'200).size(), 2u);
    EXPECT_TRUE(contains(failure_of([&] { names_in(archive, 1'199); }), "more than 1199 bytes"));
}

// Nothing but a Failure comes of any cut or changed byte.
TEST(Zip, Damage) {
    const std::string good = zip_of({{"a.md", "hello hello hello hello", true}, {"b.md", "world", false}});
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(failure_of([&] { names_in(good.substr(0, size)); }), "no failure") << size;
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            failure_of([&] { names_in(bad); });
        }
    }
}

TEST(Sources, AllAreComplete) {
    for (const Source& source : sources()) {
        EXPECT_EQ(find_source(source.name), &source);
        EXPECT_FALSE(source.licence.empty());
        EXPECT_FALSE(source.about.empty());
        EXPECT_FALSE(source.pages.empty());
        EXPECT_EQ(source.base.back(), '/');
        for (const std::string_view page : source.pages)
            EXPECT_EQ(parse_url(std::string(source.base) + std::string(page)).scheme, "https");
        EXPECT_EQ(corpus::find_preset(source.name), nullptr);
    }
    EXPECT_EQ(find_source("none"), nullptr);
}

// A request whose warnings are collected.
struct Request : CorpusRequest {
    explicit Request(std::vector<std::string> wanted) {
        inputs = std::move(wanted);
        fetch.connect_timeout = std::chrono::milliseconds(2000);
        fetch.read_timeout = std::chrono::milliseconds(2000);
        on_warning = [this](const std::string& line) { warnings += line + "\n"; };
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    std::string warnings;
};

TEST(Build, Grammars) {
    Request request({"stories"});
    request.bytes = 50'000;
    request.seed = 7;
    Corpus corpus = build_corpus(request);
    EXPECT_EQ(corpus.text, corpus::write_stories(50'000, 7));
    ASSERT_EQ(corpus.parts.size(), 1u);
    EXPECT_EQ(corpus.parts[0].kind, "grammar");
    EXPECT_EQ(corpus.parts[0].bytes, corpus.text.size());
    EXPECT_GT(corpus.paragraphs, 50u);
    request.lowercase = true;
    corpus = build_corpus(request);
    EXPECT_EQ(corpus.text.find("Once"), std::string::npos);
    EXPECT_NE(corpus.text.find("once"), std::string::npos);
    request.bytes = 0;
    EXPECT_GT(build_corpus(request).text.size(), 2'000'000u);
    request.bytes = 20;
    EXPECT_TRUE(contains(failure_of([&] { build_corpus(request); }), "raise --bytes"));
}

TEST(Build, InputsShareTheBytes) {
    TempDir dir;
    write_file_atomic(dir / "small.txt", "A small text.\r\n");
    Request request({dir / "small.txt", "stories", "thermostat"});
    request.bytes = 100'000;
    const Corpus corpus = build_corpus(request);
    ASSERT_EQ(corpus.parts.size(), 3u);
    EXPECT_EQ(corpus.parts[0].bytes, 14u);
    EXPECT_NEAR(static_cast<double>(corpus.parts[1].bytes), 50'000, 1'000);
    EXPECT_NEAR(static_cast<double>(corpus.parts[2].bytes), 50'000, 1'000);
    EXPECT_LE(corpus.text.size(), request.bytes);
    EXPECT_EQ(corpus.text.substr(0, 15), "A small text.\n\n");
    EXPECT_EQ(corpus.text.find("\n\n\n"), std::string::npos);
}

TEST(Build, FilesAreCleaned) {
    TempDir dir;
    const std::string paragraph(100, 'r');
    write_file_atomic(dir / "a.html", "<p>One &amp; two<script>x</script><p>" + paragraph);
    write_file_atomic(dir / "b.txt", "\xe2\x80\x9cquoted\xe2\x80\x9d\r\n\r\n" + paragraph + "\n");
    Request request({dir / "a.html", dir / "b.txt"});
    const Corpus corpus = build_corpus(request);
    EXPECT_EQ(corpus.text, "One & two\n\n" + paragraph + "\n\n\"quoted\"\n");
    EXPECT_EQ(corpus.repeats, 1u);
    EXPECT_EQ(corpus.paragraphs, 3u);
}

TEST(Build, FilesMustBeReadable) {
    TempDir dir;
    write_file_atomic(dir / "image", std::string("\x89PNG\0\0", 6));
    write_file_atomic(dir / "empty", " \n");
    const auto failure = [](const std::string& input) {
        return failure_of([&] {
            Request request({"stories", input});
            build_corpus(request);
        });
    };
    EXPECT_TRUE(contains(failure(dir / "none"),
                         "no such file, nor a corpus of this name (names: stories, thermostat"));
    EXPECT_TRUE(contains(failure(dir / "image"), "is not text"));
    EXPECT_TRUE(contains(failure(dir.path()), "is a directory"));
    EXPECT_TRUE(contains(failure("ftp://x/"), "not an http or https address"));
    Request request({dir / "empty"});
    EXPECT_TRUE(contains(failure_of([&] { build_corpus(request); }), "holds no text"));
}

TEST(Build, CapsAtAParagraph) {
    TempDir dir;
    std::string text;
    for (int i = 0; i < 100; ++i) text += "Paragraph number " + std::to_string(i) + " of the text.\n\n";
    write_file_atomic(dir / "a", text);
    Request request({dir / "a"});
    for (const uint64_t bytes : {10u, 100u, 500u, 501u, 502u}) {
        request.bytes = bytes;
        const Corpus corpus = build_corpus(request);
        EXPECT_LE(corpus.text.size(), bytes);
        EXPECT_EQ(corpus.text.back(), '\n');
        if (bytes >= 100) {
            EXPECT_TRUE(contains(corpus.text.substr(corpus.text.size() - 13), "of the text.\n")) << bytes;
        }
    }
}

TEST(Build, FailingAddressesAreSkipped) {
    LocalServer local;
    local.serve("/good", "<html><body><p>Good page</p></body></html>", "text/html");
    local.serve("/image", std::string("\0\1\2", 3), "image/png");
    local.start();
    Request request({local.url("/missing"), local.url("/good"), local.url("/image")});
    const Corpus corpus = build_corpus(request);
    EXPECT_EQ(corpus.text, "Good page\n");
    ASSERT_EQ(corpus.skipped.size(), 2u);
    EXPECT_EQ(corpus.skipped[0].name, local.url("/missing"));
    EXPECT_TRUE(contains(corpus.skipped[0].reason, "404"));
    EXPECT_TRUE(contains(corpus.skipped[1].reason, "is not text"));
    EXPECT_TRUE(
        contains(request.warnings, "skipped: " + local.url("/missing") + ": the server answered 404"));
    ASSERT_EQ(corpus.parts.size(), 1u);
    EXPECT_EQ(corpus.parts[0].kind, "url");
}

TEST(Build, AllFailing) {
    LocalServer local;
    local.start();
    Request request({local.url("/a"), local.url("/b")});
    const std::string message = failure_of([&] { build_corpus(request); });
    EXPECT_TRUE(contains(message, "404")) << message;
    EXPECT_TRUE(contains(message, "`atome corpus stories` needs no network")) << message;
}

TEST(Build, SourcesFromAMirror) {
    LocalServer local;
    local.serve("/m/tldr-pages.en.zip",
                zip_of({{"LICENSE.md", "no", false},
                        {"pages/linux/z.md", "# z\n\n> Last.", true},
                        {"pages/common/a.md", "# a\n\n> First.", true},
                        {"pages/windows/w.md", "no", true}}),
                "application/zip");
    std::string stories;
    for (int i = 0; i < 60'000; ++i) stories += "Story " + std::to_string(i) + ".\n<|endoftext|>\n";
    local.serve("/m/TinyStories-train.txt", stories);
    local.serve("/m/software-framework/wifi.html", "<p>Is there Wi-Fi? Yes.</p>", "text/html");
    local.serve("/m/software-framework/system.html", "<p>Is there a clock? Yes.</p>", "text/html");
    local.serve("/m/application-solution/at-application.html", "<p>What is AT? Commands.</p>", "text/html");
    local.start();

    Request tldr({"tldr"});
    tldr.mirror = local.url("/m");
    Corpus corpus = build_corpus(tldr);
    EXPECT_EQ(corpus.text, "# a\n\n> First.\n\n# z\n\n> Last.\n");
    ASSERT_EQ(corpus.parts.size(), 1u);
    EXPECT_EQ(corpus.parts[0].kind, "source");
    EXPECT_EQ(corpus.parts[0].licence, "CC-BY-4.0");

    // 64 KiB and more are downloaded, of 1.6 MB.
    Request tiny({"tinystories"});
    tiny.mirror = local.url("/m/");
    tiny.bytes = 1'000;
    corpus = build_corpus(tiny);
    EXPECT_EQ(corpus.text.substr(0, 20), "Story 0.\n\nStory 1.\n\n");
    EXPECT_LE(corpus.text.size(), 1'000u);
    EXPECT_GE(corpus.text.size(), 950u);

    // Most pages are missing, but not the first three in a row.
    Request faq({"esp-faq"});
    faq.mirror = local.url("/m");
    corpus = build_corpus(faq);
    EXPECT_EQ(corpus.text, "What is AT? Commands.\n\nIs there a clock? Yes.\n\nIs there Wi-Fi? Yes.\n");
    EXPECT_EQ(corpus.skipped.size(), find_source("esp-faq")->pages.size() - 3);
}

TEST(Build, ASourceIsGivenUpAfterThreePages) {
    LocalServer local;
    local.start();
    Request request({"esp-faq", "stories"});
    request.bytes = 20'000;
    request.mirror = local.url("/m");
    const Corpus corpus = build_corpus(request);
    EXPECT_EQ(corpus.skipped.size(), 4u);
    ASSERT_EQ(corpus.parts.size(), 1u);
    EXPECT_EQ(corpus.parts[0].name, "stories");
    EXPECT_GT(corpus.text.size(), 19'000u);
}

}  // namespace
}  // namespace atome::cli
