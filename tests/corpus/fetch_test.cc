#include "native/corpus/fetch.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>

#include "native/io/files.h"
#include "tests/corpus/failure_of.h"
#include "tests/corpus/local_server.h"
#include "tests/corpus/temp_dir.h"

namespace atome::cli {
namespace {

using std::chrono::milliseconds;
using test::contains;
using test::failure_of;
using test::LocalServer;
using test::TempDir;

// Bounds that keep the tests short.
FetchOptions quick() {
    FetchOptions options;
    options.connect_timeout = milliseconds(2000);
    options.read_timeout = milliseconds(1000);
    return options;
}

TEST(Fetch, Body) {
    LocalServer local;
    const std::string body(300'000, 'x');
    local.serve("/a", body, "Text/HTML; charset=utf-8");
    local.start();
    FetchOptions options = quick();
    uint64_t seen = 0;
    options.progress = [&](uint64_t done, uint64_t) { seen = done; };
    const Fetched fetched = fetch(local.url("/a"), options);
    EXPECT_EQ(fetched.body, body);
    EXPECT_EQ(fetched.content_type, "text/html");
    EXPECT_FALSE(fetched.from_cache);
    EXPECT_EQ(seen, body.size());
}

TEST(Fetch, QueriesGoAlongFragmentsDoNot) {
    LocalServer local;
    local.server().Get("/q", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.target, "text/plain");
    });
    local.start();
    EXPECT_EQ(fetch(local.url("/q?a=1&b=%20#part"), quick()).body, "/q?a=1&b=%20");
}

TEST(Fetch, Redirects) {
    LocalServer local;
    local.serve("/b/end", "here");
    const auto redirect = [&](const std::string& path, const std::string& target) {
        local.server().Get(path, [target](const httplib::Request&, httplib::Response& response) {
            response.set_redirect(target, 302);
        });
    };
    redirect("/one", "/b/two");
    redirect("/b/two", "end");
    redirect("/loop", "/loop");
    redirect("/out", "ftp://example.org/");
    redirect("/nowhere", "/missing");
    local.start();
    EXPECT_EQ(fetch(local.url("/one"), quick()).body, "here");
    EXPECT_TRUE(contains(failure_of([&] { fetch(local.url("/loop"), quick()); }), "more than 5 redirects"));
    EXPECT_TRUE(contains(failure_of([&] { fetch(local.url("/out"), quick()); }), "not an http or https"));
    EXPECT_TRUE(contains(failure_of([&] { fetch(local.url("/nowhere"), quick()); }), "404"));
}

TEST(Fetch, StatusIsReported) {
    LocalServer local;
    for (const int status : {204, 403, 404, 500, 503})
        local.server().Get("/" + std::to_string(status),
                           [status](const httplib::Request&, httplib::Response& response) {
                               response.status = status;
                               if (status != 204) response.set_content("an error page", "text/html");
                           });
    local.serve("/empty", "");
    local.start();
    for (const int status : {204, 403, 404, 500, 503}) {
        const std::string url = local.url("/" + std::to_string(status));
        const std::string message = failure_of([&] { fetch(url, quick()); });
        EXPECT_TRUE(contains(message, url + ": the server answered " + std::to_string(status))) << message;
    }
    EXPECT_TRUE(contains(failure_of([&] { fetch(local.url("/empty"), quick()); }), "sent nothing"));
}

TEST(Fetch, TooLarge) {
    LocalServer local;
    local.serve("/a", std::string(100'000, 'x'), "application/octet-stream");  // announces its size
    local.serve("/zipped", std::string(5'000'000, 'x'), "text/plain");         // travels compressed
    local.server().Get("/chunked", [](const httplib::Request&, httplib::Response& response) {
        response.set_chunked_content_provider("text/plain", [](std::size_t offset, httplib::DataSink& sink) {
            const std::string chunk(10'000, 'x');
            sink.write(chunk.data(), chunk.size());
            if (offset > 1'000'000) sink.done();
            return true;
        });
    });
    local.start();
    FetchOptions options = quick();
    options.max_bytes = 99'999;
    for (const char* path : {"/a", "/zipped", "/chunked"})
        EXPECT_TRUE(contains(failure_of([&] { fetch(local.url(path), options); }), "limit of 99999 bytes"))
            << path;
    options.max_bytes = 100'000;
    EXPECT_EQ(fetch(local.url("/a"), options).body.size(), 100'000u);
}

TEST(Fetch, PrefixIsEnough) {
    LocalServer local;
    std::string body;
    for (int i = 0; i < 100'000; ++i) body += std::to_string(i) + " ";
    local.serve("/a", body);
    local.start();
    FetchOptions options = quick();
    options.prefix_bytes = 12'345;
    EXPECT_EQ(fetch(local.url("/a"), options).body, body.substr(0, 12'345));
    options.prefix_bytes = body.size() + 1;
    EXPECT_EQ(fetch(local.url("/a"), options).body, body);
}

TEST(Fetch, TruncatedBody) {
    LocalServer local;
    local.server().Get("/a", [](const httplib::Request&, httplib::Response& response) {
        response.set_content_provider(100'000, "application/octet-stream",
                                      [](std::size_t offset, std::size_t, httplib::DataSink& sink) {
                                          if (offset >= 5'000) return false;  // hangs up
                                          sink.write("0123456789", 10);
                                          return true;
                                      });
    });
    local.start();
    TempDir dir;
    FetchOptions options = quick();
    options.cache_dir = dir.path();
    const std::string message = failure_of([&] { fetch(local.url("/a"), options); });
    EXPECT_TRUE(contains(message, "broke off")) << message;
    EXPECT_EQ(dir.entries(), 0u) << "nothing of a broken download is kept";
}

TEST(Fetch, SlowServers) {
    LocalServer local;
    std::atomic<bool> stop{false};
    const auto nap = [&](int ms) {
        for (int i = 0; i < ms / 10 && !stop; ++i) std::this_thread::sleep_for(milliseconds(10));
    };
    local.server().Get("/silent", [&](const httplib::Request&, httplib::Response& response) {
        nap(6000);
        response.set_content("late", "text/plain");
    });
    local.server().Get("/drip", [&](const httplib::Request&, httplib::Response& response) {
        response.set_content_provider(1'000'000, "application/octet-stream",
                                      [&](std::size_t, std::size_t, httplib::DataSink& sink) {
                                          nap(20);
                                          if (!stop) sink.write("x", 1);
                                          return !stop.load();
                                      });
    });
    local.start();
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(contains(failure_of([&] { fetch(local.url("/silent"), quick()); }), "stood still"));
    FetchOptions options = quick();
    options.total_timeout = milliseconds(300);
    EXPECT_TRUE(contains(failure_of([&] { fetch(local.url("/drip"), options); }), "took too long"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5500));
    stop = true;
}

TEST(Fetch, NoServer) {
    int port = 0;
    {
        LocalServer local;
        local.start();
        port = local.port();
    }
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/a";
    const std::string message = failure_of([&] { fetch(url, quick()); });
    EXPECT_TRUE(contains(message, url + ": no connection")) << message;
}

TEST(Cache, ASecondFetchDoesNotAsk) {
    LocalServer local;
    std::atomic<int> asked{0};
    local.server().Get("/a", [&](const httplib::Request&, httplib::Response& response) {
        ++asked;
        response.set_content("<p>body " + std::to_string(asked.load()), "text/html");
    });
    local.start();
    TempDir dir;
    FetchOptions options = quick();
    options.cache_dir = dir / "deep/cache";
    EXPECT_EQ(fetch(local.url("/a"), options).body, "<p>body 1");
    const Fetched again = fetch(local.url("/a#part"), options);
    EXPECT_TRUE(again.from_cache);
    EXPECT_EQ(again.body, "<p>body 1");
    EXPECT_EQ(again.content_type, "text/html");
    EXPECT_EQ(asked, 1);
    options.refresh = true;
    EXPECT_EQ(fetch(local.url("/a"), options).body, "<p>body 2");
    options.refresh = false;
    EXPECT_EQ(fetch(local.url("/a"), options).body, "<p>body 2");
    options.prefix_bytes = 3;  // another entry
    EXPECT_EQ(fetch(local.url("/a"), options).body, "<p>");
    EXPECT_EQ(asked, 3);
}

TEST(Cache, DamagedFilesAreAskedForAgain) {
    LocalServer local;
    std::atomic<int> asked{0};
    local.server().Get("/a", [&](const httplib::Request&, httplib::Response& response) {
        ++asked;
        response.set_content("the body\n\nof it", "text/plain");
    });
    local.start();
    TempDir dir;
    FetchOptions options = quick();
    options.cache_dir = dir.path();
    const std::string url = local.url("/a");
    fetch(url, options);
    const std::string file = cache_file(dir.path(), url, 0);
    const std::string good = read_text(file);
    int expected = 1;
    // Cut short everywhere, every byte changed, lengthened.
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int kind = 0; kind < 2; ++kind) {
            std::string bad = good;
            if (kind == 0)
                bad.resize(i);
            else
                bad[i] = static_cast<char>(bad[i] ^ 1);
            write_file_atomic(file, bad);
            const Fetched fetched = fetch(url, options);
            ASSERT_FALSE(fetched.from_cache) << kind << " " << i;
            ASSERT_EQ(fetched.body, "the body\n\nof it");
            ASSERT_EQ(asked, ++expected);
        }
    }
    write_file_atomic(file, good + "x");
    EXPECT_FALSE(fetch(url, options).from_cache);
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);  // neither readable nor writable as a file
    std::string warning;
    options.warn = [&](const std::string& line) { warning = line; };
    EXPECT_EQ(fetch(url, options).body, "the body\n\nof it");
    EXPECT_TRUE(contains(warning, "not cached")) << warning;
}

TEST(Cache, AFolderThatCannotBeMadeIsOnlyAWarning) {
    LocalServer local;
    local.serve("/a", "body");
    local.start();
    TempDir dir;
    write_file_atomic(dir / "file", "x");
    FetchOptions options = quick();
    options.cache_dir = dir / "file/cache";
    std::string warning;
    options.warn = [&](const std::string& line) { warning = line; };
    EXPECT_EQ(fetch(local.url("/a"), options).body, "body");
    EXPECT_TRUE(contains(warning, "not cached")) << warning;
}

TEST(Cache, DefaultFolder) {
    const auto with = [](const char* xdg, const char* home) {
        xdg != nullptr ? ::setenv("XDG_CACHE_HOME", xdg, 1) : ::unsetenv("XDG_CACHE_HOME");
        home != nullptr ? ::setenv("HOME", home, 1) : ::unsetenv("HOME");
        return default_cache_dir();
    };
    EXPECT_EQ(with("/x", "/h"), "/x/atome");
    EXPECT_EQ(with("relative", "/h"), "/h/.cache/atome");
    EXPECT_EQ(with(nullptr, "/h"), "/h/.cache/atome");
    EXPECT_EQ(with(nullptr, nullptr), "");
}

TEST(Urls, Parse) {
    const Url url = parse_url("HTTPS://Example.org:8443/a/b?c=d#e");
    EXPECT_EQ(url.scheme, "https");
    EXPECT_EQ(url.host, "example.org");
    EXPECT_EQ(url.port, 8443);
    EXPECT_EQ(url.path, "/a/b?c=d");
    EXPECT_EQ(url.text(), "https://example.org:8443/a/b?c=d");
    EXPECT_EQ(parse_url("http://x").text(), "http://x/");
    EXPECT_EQ(parse_url("http://x?q").text(), "http://x/?q");
    EXPECT_EQ(parse_url("http://[::1]:80/").host, "::1");
    EXPECT_EQ(parse_url("http://[::1]:81/").text(), "http://[::1]:81/");
    for (const char* bad :
         {"ftp://x/", "http://", "http://:80/", "http://x:0/", "http://x:65536/", "http://x:1x/",
          "http://user:secret@x/", "http://x/a b", "http://x/\r\nHost: y", "http://[::1/", "x", "http:/x"})
        EXPECT_NE(failure_of([&] { parse_url(bad); }), "no failure") << bad;
}

TEST(Urls, IsUrl) {
    EXPECT_TRUE(is_url("http://x"));
    EXPECT_TRUE(is_url("ftp://x"));
    EXPECT_FALSE(is_url("notes.txt"));
    EXPECT_FALSE(is_url("./a://b"));
    EXPECT_FALSE(is_url("://b"));
}

}  // namespace
}  // namespace atome::cli
