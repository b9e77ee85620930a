// Downloads with bounds on everything, and a cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "native/io/failure.h"

namespace atome::cli {

struct FetchOptions {
    std::string cache_dir;                     // empty: no cache
    bool refresh = false;                      // ask again even if the cache has it
    uint64_t max_bytes = uint64_t{256} << 20;  // of the unpacked body; more is a Failure
    uint64_t prefix_bytes = 0;                 // if not 0: stop there and be content with the beginning
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds read_timeout{30'000};      // without a byte; whole seconds, at least one
    std::chrono::milliseconds total_timeout{3'600'000};  // for one body, however steadily it drips
    int max_redirects = 5;
    // Bytes so far and bytes expected, 0 if unknown. May be empty.
    std::function<void(uint64_t done, uint64_t total)> progress;
    // A line about something that went wrong without harm: the cache cannot be written. May be empty.
    std::function<void(const std::string& line)> warn;
};

struct Fetched {
    std::string body;
    std::string content_type;  // "text/html", lower case, without parameters; may be empty
    bool from_cache = false;
};

// The body behind an http or https URL; https with the system's certificates. Follows redirects, but never
// from https to http. Throws Failure("URL: what (what would help)") for anything but a complete answer with
// status 200. Nothing of a broken download is kept. A file of the cache that is damaged, empty or
// belongs to another URL counts as absent.
Fetched fetch(const std::string& url, const FetchOptions& options);

// $XDG_CACHE_HOME/atome, else $HOME/.cache/atome, else empty.
std::string default_cache_dir();

// The cache's file for a URL and a prefix; exists only after a download.
std::string cache_file(const std::string& cache_dir, const std::string& url, uint64_t prefix_bytes);

// Whether the text is meant as a URL: letters followed by "://".
bool is_url(const std::string& text);

struct Url {
    std::string scheme;  // "http" or "https"
    std::string host;    // without the brackets of an IPv6 address
    int port = 0;
    std::string path;  // with the query, without the fragment; begins with "/"
    std::string text() const;
};

// Throws Failure for other schemes, user names, bad ports and control characters.
Url parse_url(const std::string& text);

}  // namespace atome::cli
