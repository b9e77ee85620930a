#include "native/serve/site.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "atome/base/digest.h"
#include "native/io/ascii.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxServedBytes = uint64_t{256} << 20;

struct FileType {
    std::string_view ending, type;
};
constexpr FileType kFileTypes[] = {
    {"html", "text/html; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"txt", "text/plain; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"wasm", "application/wasm"},
    {"svg", "image/svg+xml"},
    {"ico", "image/x-icon"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"webp", "image/webp"},
    {"woff2", "font/woff2"},
    {"gz", "application/gzip"},
};
constexpr FileType kAnyFile = {"", "application/octet-stream"};  // models too

const FileType& type_of(std::string_view path) {
    const std::size_t dot = path.find_last_of("./");
    if (dot == std::string_view::npos || path[dot] == '/') return kAnyFile;
    const std::string ending = lower(path.substr(dot + 1));
    for (const FileType& type : kFileTypes)
        if (type.ending == ending) return type;
    return kAnyFile;
}

// The parts between separators, without the blanks around them.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        std::string_view part = text.substr(0, end);
        const std::size_t first = part.find_first_not_of(" \t");
        part = first == std::string_view::npos ? std::string_view() : part.substr(first);
        part = part.substr(0, part.find_last_not_of(" \t") + 1);
        parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// Decodes once: "%252e" is the text "%2e" and nothing more.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
        if (low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

// The comparison is the weak one (RFC 9110, 13.1.2).
bool tag_matches(std::string_view if_none_match, std::string_view tag) {
    for (const std::string_view part : split(if_none_match, ','))
        if (part == "*" || part == tag || "W/" + std::string(part) == tag) return true;
    return false;
}

std::string tag_of(std::string_view bytes) {
    Digest digest;
    for (const char c : bytes) digest.add(static_cast<uint8_t>(c));
    return fmt::format("W/\"{:016x}-{:x}\"", digest.value(), bytes.size());
}

constexpr std::string_view kFrames = "frame-ancestors *";  // which only a header can say

// What a page says about itself in <meta http-equiv>, as a header; empty where it says nothing.
std::string policy_of(std::string_view html) {
    constexpr std::string_view kTag = R"(<meta http-equiv="Content-Security-Policy" content=")";
    const std::size_t at = html.find(kTag);
    if (at == std::string_view::npos) return {};
    std::string_view policy = html.substr(at + kTag.size());
    policy = policy.substr(0, policy.find('"'));
    const bool plain = std::all_of(policy.begin(), policy.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return plain ? fmt::format("{}; {}", policy, kFrames) : std::string();
}

// A whole answer of one line.
SiteAnswer line(int status, std::string_view text) {
    return {status,
            {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-cache"}},
            std::make_shared<const std::string>(std::string(text) + "\n")};
}

SiteAnswer not_found() { return line(404, "Not found: the playground has no such file."); }

// Null when there is no such regular file that can be read.
std::shared_ptr<const std::string> load(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return nullptr;
    try {
        return std::make_shared<const std::string>(read_text(path, kMaxServedBytes));
    } catch (const Failure&) {
        return nullptr;
    }
}

// True when the path lies below the folder; both absolute and without links.
bool is_below(const std::string& path, const std::string& folder) {
    return path == folder || path.starts_with(folder.back() == '/' ? folder : folder + "/");
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& site_headers() {
    // Scripts from this server only, and WebAssembly: as in web/index.html. Any page may frame this one: it
    // can be embedded.
    static const std::vector<std::pair<std::string, std::string>> headers = {
        {"Content-Security-Policy",
         fmt::format(
             "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
             "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' blob: data:; "
             "base-uri 'none'; form-action 'none'; {}",
             kFrames)},
        {"X-Content-Type-Options", "nosniff"},
        {"Accept-Ranges", "none"}};
    return headers;
}

std::vector<std::string> site_folders(const std::string& executable) {
    const fs::path here = fs::path(executable).parent_path();
    return {(here / "../../web").lexically_normal().string(),
            (here / "../share/atome/web").lexically_normal().string()};
}

bool is_local_host(std::string_view host) {
    const std::string name = lower(host);
    for (const std::string_view own : {"127.0.0.1", "localhost", "[::1]"}) {
        if (!name.starts_with(own)) continue;
        const std::string_view rest = std::string_view(name).substr(own.size());
        if (rest.empty()) return true;
        // Any port: another one may be forwarded to ours.
        return rest[0] == ':' && rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
    }
    return false;
}

std::optional<std::string> path_of_target(std::string_view target) {
    if (target.empty() || target[0] != '/') return std::nullopt;
    const std::optional<std::string> decoded = percent_decoded(target.substr(1, target.find('?') - 1));
    if (!decoded) return std::nullopt;
    for (const char c : *decoded)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') return std::nullopt;
    for (std::string_view rest = *decoded; !rest.empty();) {
        // "", ".", ".." and hidden files.
        if (rest[0] == '/' || rest[0] == '.') return std::nullopt;
        const std::size_t slash = rest.find('/');
        rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    }
    return decoded;
}

std::string_view content_type(std::string_view path) { return type_of(path).type; }

std::string_view cache_control(std::string_view path) {
    constexpr std::string_view kAskAgain = "no-cache";
    constexpr std::string_view kKeep = "public, max-age=31536000, immutable";
    constexpr std::size_t kHash = 8;
    if (!path.starts_with("assets/")) return kAskAgain;
    // NAME-HASH.ENDING, as Vite writes it: eight characters of base64url. A word of small letters is none.
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::string_view stem = name.substr(0, name.rfind('.'));
    if (stem.size() < kHash + 1) return kAskAgain;
    const char before = stem[stem.size() - kHash - 1];
    if (before != '-' && before != '.') return kAskAgain;
    bool hash = false;
    for (const char c : stem.substr(stem.size() - kHash)) {
        if (!is_letter_or_digit(c) && c != '-' && c != '_') return kAskAgain;
        hash = hash || is_digit(c) || lower(c) != c;
    }
    return hash ? kKeep : kAskAgain;
}

Site::Site(const std::string& folder) {
    std::error_code error;
    const fs::path path = fs::canonical(folder, error);
    if (error || !fs::is_directory(path, error))
        throw Failure(folder + ": is not a folder (give the folder of a built playground)");
    if (!fs::is_regular_file(path / "index.html", error))
        throw Failure(folder + ": has no index.html (give the folder of a built playground)");
    folder_ = path.string();
}

SiteAnswer Site::answer(const SiteRequest& request) const {
    if (request.hosts.size() != 1 || !is_local_host(request.hosts[0]))
        return line(403, "Forbidden: this server answers as 127.0.0.1 or localhost only.");
    if (request.method != "GET" && request.method != "HEAD") {
        SiteAnswer answer = line(405, "Not allowed: use GET or HEAD.");
        answer.headers.emplace_back("Allow", "GET, HEAD");
        return answer;
    }
    std::optional<std::string> path = path_of_target(request.target);
    if (!path) return not_found();
    if (path->empty() || path->back() == '/') *path += "index.html";

    std::error_code error;
    const std::string real = fs::canonical(fs::path(folder_) / *path, error).string();
    // A link may lead out of the folder.
    if (error || !is_below(real, folder_)) return not_found();
    if (fs::is_directory(real, error)) {
        // With the slash, so that what the page names lies beside it.
        const std::size_t query = std::min(request.target.find('?'), request.target.size());
        SiteAnswer answer = line(302, "Found: it is a folder.");
        answer.headers.emplace_back("Location",
                                    request.target.substr(0, query) + "/" + request.target.substr(query));
        return answer;
    }

    const std::shared_ptr<const std::string> bytes = load(real);
    if (!bytes) return not_found();
    const std::string tag = tag_of(*bytes);
    SiteAnswer answer;
    answer.headers = {{"ETag", tag}, {"Cache-Control", std::string(cache_control(*path))}};
    const bool page = type_of(*path).ending == "html";
    const std::string policy = page ? policy_of(*bytes) : std::string();
    if (!policy.empty()) answer.headers.emplace_back("Content-Security-Policy", policy);
    if (tag_matches(request.if_none_match, tag)) {
        answer.status = 304;
        return answer;
    }
    answer.headers.emplace_back("Content-Type", content_type(*path));
    answer.body = bytes;
    return answer;
}

}  // namespace atome::cli
