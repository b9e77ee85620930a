#include "native/corpus/fetch.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>

#include "native/io/ascii.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

uint64_t fnv1a(std::string_view s, uint64_t h = 0xcbf29ce484222325u) {
    for (const char c : s) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    return h;
}

std::string hex(uint64_t n) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(n));
    return text;
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
    std::string location;  // of a redirect, absolute
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

std::string error_text(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_CONNECT:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "no connection (check the address and the network)";
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
            return "the download broke off or stood still (try again)";
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_PEER_FAILED_VERIFICATION:
            return "no trusted https connection (check the address and the system's certificates)";
        default:
            return std::string("the download failed: ") + curl_easy_strerror(code);
    }
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

template <class T>
T info(CURL* curl, CURLINFO what) {
    T value{};
    curl_easy_getinfo(curl, what, &value);
    return value;
}

// What comes in, until it is enough or too much.
struct Receiver {
    CURL* curl;
    const FetchOptions& options;
    std::string body = {};
    std::string stop = {};  // why it gave up
    bool enough = false;    // the wanted prefix is there
    bool other = false;     // not status 200: the body is of no interest

    bool take(const char* data, std::size_t size) {
        other = info<long>(curl, CURLINFO_RESPONSE_CODE) != 200;
        if (other) return false;
        const curl_off_t announced = info<curl_off_t>(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
        uint64_t expected = announced > 0 ? static_cast<uint64_t>(announced) : 0;
        if (options.prefix_bytes != 0) {
            expected = std::min(expected, options.prefix_bytes);
            if (body.size() + size >= options.prefix_bytes) {
                body.append(data, static_cast<std::size_t>(options.prefix_bytes - body.size()));
                enough = true;
                return false;
            }
        }
        if (expected > options.max_bytes || body.size() + size > options.max_bytes) {
            stop = "is larger than the limit of " + std::to_string(options.max_bytes) + " bytes";
            return false;
        }
        body.append(data, size);
        if (options.progress) options.progress(body.size(), expected);
        return true;
    }
};

std::size_t write_to_receiver(char* data, std::size_t, std::size_t size, void* receiver) {
    return static_cast<Receiver*>(receiver)->take(data, size) ? size : 0;
}

Answer request(const Url& url, const std::string& where, const FetchOptions& options) {
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
        curl_slist_append(nullptr, "Accept: text/*, */*;q=0.5"), curl_slist_free_all);
    CURL* const curl = handle.get();
    if (!curl || !headers) throw std::bad_alloc();
    Receiver receiver{curl, options};
    const auto milliseconds = [](std::chrono::milliseconds time) { return static_cast<long>(time.count()); };
    const std::string address = url.text();
    curl_easy_setopt(curl, CURLOPT_URL, address.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "atome-corpus");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    // No brotli: servers that compress as they go take seconds for it.
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(options.total_timeout));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, milliseconds(options.read_timeout) / 1000));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, write_to_receiver);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
    const Clock::time_point start = Clock::now();
    const CURLcode code = curl_easy_perform(curl);
    if (!receiver.stop.empty()) fail(where, receiver.stop);
    if (code == CURLE_OPERATION_TIMEDOUT) {
        // curl's clock is another one, which may be some milliseconds ahead.
        if (Clock::now() - start + std::chrono::milliseconds(20) >= options.total_timeout)
            fail(where, "took too long (try again)");
        if (info<curl_off_t>(curl, CURLINFO_PRETRANSFER_TIME_T) == 0)
            fail(where, "no connection within the time allowed (check the network)");
        fail(where, error_text(CURLE_RECV_ERROR));
    }
    if (code != CURLE_OK && !receiver.enough && !receiver.other) fail(where, error_text(code));

    Answer answer;
    answer.status = static_cast<int>(info<long>(curl, CURLINFO_RESPONSE_CODE));
    if (const char* location = info<char*>(curl, CURLINFO_REDIRECT_URL)) answer.location = location;
    if (const char* text = info<char*>(curl, CURLINFO_CONTENT_TYPE)) {
        const std::string type = text;
        answer.fetched.content_type = lower(type.substr(0, type.find_first_of("; \t\n")));
    }
    answer.fetched.body = std::move(receiver.body);
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
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                       [](char c) { return is_letter_or_digit(c) || c == '+'; });
}

Url parse_url(const std::string& text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '\\')
            fail(text.substr(0, text.find_first_of("\r\n")),
                 "not an address: it holds a space or a control character");
    const std::string scheme = is_url(text) ? lower(text.substr(0, text.find("://"))) : "";
    if (scheme != "http" && scheme != "https") fail(text, "not an http or https address");
    const std::unique_ptr<CURLU, void (*)(CURLU*)> handle(curl_url(), curl_url_cleanup);
    if (!handle) throw std::bad_alloc();
    const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
    if (code == CURLUE_USER_NOT_ALLOWED) fail(text, "holds a user name (give an address without)");
    if (code != CURLUE_OK) fail(text, std::string("not an address: ") + curl_url_strerror(code));
    // "" for a part that is not there.
    const auto part = [&](CURLUPart which, unsigned flags = 0) {
        char* value = nullptr;
        curl_url_get(handle.get(), which, &value, flags);
        const std::unique_ptr<char, void (*)(void*)> owner(value, curl_free);
        return std::string(value ? value : "");
    };
    Url url;
    url.scheme = scheme;
    url.host = lower(part(CURLUPART_HOST));
    if (url.host.front() == '[') url.host = url.host.substr(1, url.host.size() - 2);
    url.port = std::atoi(part(CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str());
    if (url.port < 1) fail(text, "the port is not 1..65535");
    url.path = part(CURLUPART_PATH);
    if (const std::string query = part(CURLUPART_QUERY); !query.empty()) url.path += "?" + query;
    return url;
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
    for (const char c : url.substr(url.rfind('/') + 1))
        if (name.size() < 40) name.push_back(is_letter_or_digit(c) || c == '-' ? c : '_');
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
        const Url target = parse_url(answer.location);
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
