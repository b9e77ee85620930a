#include "native/corpus/fetch.h"

#include <httplib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "native/io/files.h"

namespace atome::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
    throw Failure(where + ": " + what);
}

uint64_t fnv1a(std::string_view s, uint64_t h = 0xcbf29ce484222325u) {
    for (const char c : s) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    return h;
}

std::string hex(uint64_t n) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(n));
    return text;
}

std::string lower(std::string s) {
    for (char& c : s) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return s;
}

// ---- the cache -----------------------------------------------------------------------------------------

// A cache file: this line, the URL, the content type, the body's size, the digest of type and body, an empty
// line, the body.
constexpr std::string_view kCacheMagic = "atome-cache 1";

std::string cache_head(const std::string& url, const Fetched& fetched) {
    return std::string(kCacheMagic) + "\n" + url + "\n" + fetched.content_type + "\n" +
           std::to_string(fetched.body.size()) + "\n" +
           hex(fnv1a(fetched.body, fnv1a(fetched.content_type))) + "\n\n";
}

bool read_cache(const std::string& file, const std::string& url, uint64_t max_bytes, Fetched* out) {
    constexpr std::size_t kMaxHead = 16384;
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return false;
    std::string bytes;
    try {
        bytes = read_text(file, max_bytes + kMaxHead);
    } catch (const Failure&) {
        return false;
    }
    const std::size_t end = bytes.find("\n\n");
    if (end == std::string::npos || end > kMaxHead) return false;
    std::size_t type_begin = kCacheMagic.size() + 1 + url.size() + 1;
    const std::size_t type_end = type_begin < end ? bytes.find('\n', type_begin) : std::string::npos;
    if (type_end == std::string::npos || type_end > end) return false;
    out->content_type = bytes.substr(type_begin, type_end - type_begin);
    out->body = bytes.substr(end + 2);
    out->from_cache = true;
    // The head is rebuilt from what was read: any difference is damage.
    return !out->body.empty() && bytes.compare(0, end + 2, cache_head(url, *out)) == 0;
}

void write_cache(const std::string& file, const std::string& url, const Fetched& fetched) {
    std::error_code error;
    fs::create_directories(fs::path(file).parent_path(), error);
    if (error) fail(fs::path(file).parent_path().string(), "cannot be created: " + error.message());
    write_file_atomic(file, cache_head(url, fetched) + fetched.body);
}

// ---- one request ---------------------------------------------------------------------------------------

struct Answer {
    int status = 0;
    std::string location;  // of a redirect
    Fetched fetched;
};

std::string status_text(int status) {
    std::string text = "the server answered " + std::to_string(status);
    if (status == 404 || status == 410) return text + ", not found (check the address)";
    if (status == 401 || status == 403) return text + ", not allowed (the page wants a login)";
    if (status == 429) return text + ", too many requests (wait a while)";
    if (status >= 500) return text + ", an error of its own (try again later)";
    return text + " (an address that answers 200 is needed)";
}

std::string error_text(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection:
            return "no connection (check the address and the network)";
        case httplib::Error::ConnectionTimeout:
            return "no connection within the time allowed (check the network)";
        case httplib::Error::Read:
            return "the download broke off or stood still (try again)";
        case httplib::Error::SSLConnection:
        case httplib::Error::SSLLoadingCerts:
        case httplib::Error::SSLServerVerification:
            return "no trusted https connection (check the address and the system's certificates)";
        default:
            return "the download failed: " + httplib::to_string(error);
    }
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Answer request(const Url& url, const std::string& where, const FetchOptions& options) {
    const bool ipv6 = url.host.find(':') != std::string::npos;
    httplib::Client client(url.scheme + "://" + (ipv6 ? "[" + url.host + "]" : url.host) + ":" +
                           std::to_string(url.port));
    client.set_connection_timeout(options.connect_timeout);
    client.set_read_timeout(options.read_timeout);
    client.set_write_timeout(options.read_timeout);
    client.set_follow_location(false);
    client.set_url_encode(false);  // addresses come encoded
    const httplib::Headers headers = {{"User-Agent", "atome-corpus"}, {"Accept", "text/*, */*;q=0.5"}};

    Answer answer;
    std::string& body = answer.fetched.body;
    uint64_t expected = 0;
    std::string stop;     // why the receiver gave up
    bool enough = false;  // the wanted prefix is there
    const Clock::time_point deadline = Clock::now() + options.total_timeout;
    const std::string too_large =
        "is larger than the limit of " + std::to_string(options.max_bytes) + " bytes";
    const auto on_head = [&](const httplib::Response& response) {
        answer.status = response.status;
        answer.location = response.get_header_value("Location");
        std::string type = response.get_header_value("Content-Type");
        type = type.substr(0, type.find_first_of("; \t\n"));
        answer.fetched.content_type = lower(type);
        expected = std::strtoull(response.get_header_value("Content-Length").c_str(), nullptr, 10);
        if (options.prefix_bytes != 0) expected = std::min(expected, options.prefix_bytes);
        if (response.status == 200 && expected > options.max_bytes) stop = too_large;
        return response.status == 200 && stop.empty();  // other bodies are of no interest
    };
    const auto on_data = [&](const char* data, std::size_t size) {
        if (Clock::now() > deadline) stop = "took too long (try again)";
        if (stop.empty() && options.prefix_bytes != 0 && body.size() + size >= options.prefix_bytes) {
            body.append(data, static_cast<std::size_t>(options.prefix_bytes - body.size()));
            enough = true;
            return false;
        }
        if (body.size() + size > options.max_bytes) stop = too_large;
        if (!stop.empty()) return false;
        body.append(data, size);
        if (options.progress) options.progress(body.size(), expected);
        return true;
    };
    const httplib::Result result = client.Get(url.path.c_str(), headers, on_head, on_data);
    if (!stop.empty()) fail(where, stop);
    if (result && answer.status == 0) answer.status = result->status;  // an answer without a body
    // Errors after the head of another status come from our own refusal to read on.
    if (!result && !enough && (answer.status == 0 || answer.status == 200))
        fail(where, error_text(result.error()));
    return answer;
}

}  // namespace

std::string Url::text() const {
    const bool ipv6 = host.find(':') != std::string::npos;
    const int usual = scheme == "https" ? 443 : 80;
    return scheme + "://" + (ipv6 ? "[" + host + "]" : host) +
           (port == usual ? "" : ":" + std::to_string(port)) + path;
}

bool is_url(const std::string& text) {
    const std::size_t at = text.find("://");
    return at != std::string::npos && at > 0 &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+';
           });
}

Url parse_url(const std::string& text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '\\')
            fail(text.substr(0, text.find_first_of("\r\n")),
                 "not an address: it holds a space or a control character");
    const std::size_t colon = text.find("://");
    Url url;
    if (colon != std::string::npos) url.scheme = lower(text.substr(0, colon));
    if (url.scheme != "http" && url.scheme != "https") fail(text, "not an http or https address");
    std::string rest = text.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    const std::size_t slash = rest.find_first_of("/?");
    std::string authority = rest.substr(0, slash);
    if (slash != std::string::npos) url.path = rest.substr(slash);
    if (url.path.empty() || url.path[0] != '/') url.path.insert(0, "/");
    if (authority.find('@') != std::string::npos) fail(text, "holds a user name (give an address without)");

    std::string port;
    if (!authority.empty() && authority[0] == '[') {
        const std::size_t end = authority.find(']');
        if (end == std::string::npos) fail(text, "the host has no closing ]");
        url.host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
    } else {
        const std::size_t at = authority.find(':');
        url.host = lower(authority.substr(0, at));
        if (at != std::string::npos) port = authority.substr(at);
    }
    if (url.host.empty()) fail(text, "has no host name");
    url.port = url.scheme == "https" ? 443 : 80;
    if (!port.empty() && port != ":") {
        const bool digits =
            port.size() <= 6 && port[0] == ':' &&
            std::all_of(port.begin() + 1, port.end(), [](char c) { return c >= '0' && c <= '9'; });
        url.port = digits ? std::atoi(port.c_str() + 1) : 0;
        if (url.port < 1 || url.port > 65535) fail(text, "the port is not 1..65535");
    }
    return url;
}

Url resolve_url(const Url& base, const std::string& location) {
    if (is_url(location)) return parse_url(location);
    if (location.rfind("//", 0) == 0) return parse_url(base.scheme + ":" + location);
    Url origin = base;
    origin.path.clear();
    std::string path = base.path.substr(0, base.path.find('?'));
    if (!location.empty() && location[0] == '/') {
        path = location;
    } else if (!location.empty() && location[0] == '?') {
        path += location;
    } else {
        path = path.substr(0, path.rfind('/') + 1) + location;
    }
    return parse_url(origin.text() + path);
}

std::string default_cache_dir() {
    // The XDG Base Directory Specification: a relative path is to be ignored.
    const char* xdg = std::getenv("XDG_CACHE_HOME");
    if (xdg != nullptr && xdg[0] == '/') return std::string(xdg) + "/atome";
    const char* home = std::getenv("HOME");
    if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/atome";
    return "";
}

std::string cache_file(const std::string& cache_dir, const std::string& url, uint64_t prefix_bytes) {
    // A readable beginning, then a digest that keeps names apart.
    std::string name;
    for (const char c : url.substr(url.rfind('/') + 1)) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (name.size() < 40) name.push_back(plain ? c : '_');
    }
    return cache_dir + "/" + name + "-" + hex(fnv1a(url + " " + std::to_string(prefix_bytes)));
}

Fetched fetch(const std::string& url_text, const FetchOptions& options) {
    Url url = parse_url(url_text);
    const std::string key = url.text();
    const std::string file =
        options.cache_dir.empty() ? "" : cache_file(options.cache_dir, key, options.prefix_bytes);
    Fetched cached;
    if (!file.empty() && !options.refresh && read_cache(file, key, options.max_bytes, &cached)) return cached;

    Answer answer;
    for (int redirects = 0;; ++redirects) {
        answer = request(url, url_text, options);
        if (!is_redirect(answer.status)) break;
        if (redirects == options.max_redirects)
            fail(url_text,
                 "more than " + std::to_string(options.max_redirects) + " redirects (check the address)");
        if (answer.location.empty()) fail(url_text, "a redirect without a target");
        const Url target = resolve_url(url, answer.location);
        if (url.scheme == "https" && target.scheme == "http")
            fail(url_text, "redirects from https to http, which is refused");
        url = target;
    }
    if (answer.status != 200) fail(url_text, status_text(answer.status));
    if (answer.fetched.body.empty()) fail(url_text, "the server sent nothing");
    if (!file.empty()) {
        try {
            write_cache(file, key, answer.fetched);
        } catch (const Failure& failure) {
            if (options.warn) options.warn(std::string("not cached: ") + failure.what());
        }
    }
    return answer.fetched;
}

}  // namespace atome::cli
