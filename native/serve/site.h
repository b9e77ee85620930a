// A folder of files as HTTP answers: the part of `atome serve` that knows no sockets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atome::cli {

// What a request says that matters here. The strings are as sent; empty where a header is missing.
struct SiteRequest {
    std::string method = "GET";
    std::string target = "/";                        // "/assets/a%20b.js?x=1"
    std::vector<std::string> hosts = {"localhost"};  // one for each Host header
    std::string if_none_match = {};
};

struct SiteAnswer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    // Null where there is none. HEAD has the body of GET, whose length it tells and which is not sent.
    std::shared_ptr<const std::string> body = {};
};

class Site {
  public:
    // Throws Failure unless the folder has an index.html.
    explicit Site(const std::string& folder);
    // Absolute, without links.
    const std::string& folder() const { return folder_; }
    // Files are read for every request, so a page that was built again is served at once; they are sent as
    // they are, for the way within a computer is shorter than compressing. Any thread may call.
    SiteAnswer answer(const SiteRequest& request) const;

  private:
    std::string folder_;
};

// Headers of every answer. A page with a policy in itself has that one in the header, too: both hold, and one
// that lets in only the page's files would refuse the script of a page that is a single file.
const std::vector<std::pair<std::string, std::string>>& site_headers();

// Where the built playground may lie for a program at this path, best first: beside a build, installed.
std::vector<std::string> site_folders(const std::string& executable);

// A Host header that names this computer. Any other comes from a page whose own name was pointed at
// 127.0.0.1 (DNS rebinding), and which may then read what it gets.
bool is_local_host(std::string_view host);
// "assets/a b.js" of "/assets/a%20b.js?x=1", "" of "/"; folders keep their last slash. Empty for a target
// that names nothing in the folder: "..", hidden files, empty parts, control characters, bad escapes.
std::optional<std::string> path_of_target(std::string_view target);
// By the ending of the name.
std::string_view content_type(std::string_view path);
// Names with a content hash never change and are kept; the rest is asked for again each time.
std::string_view cache_control(std::string_view path);

}  // namespace atome::cli
