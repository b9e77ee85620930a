#include "native/serve/server.h"

#include <fmt/core.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>
#include <xtl/xsystem.hpp>

#include "native/io/failure.h"
#include "native/serve/site.h"

namespace atome::cli {
namespace {

constexpr uint32_t kMorePorts = 20;

// httplib's own choice, SO_REUSEPORT, would let two servers share a port, each getting some requests.
void share_no_port(int socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

// The port that the server listens on from now on.
uint32_t bind(httplib::Server& server, const std::optional<uint32_t>& wanted) {
    if (wanted && *wanted == 0) {
        const int port = server.bind_to_any_port(kAddress);
        if (port <= 0) throw Failure("no port is free");
        return static_cast<uint32_t>(port);
    }
    const uint32_t first = wanted.value_or(kPort), last = wanted ? first : first + kMorePorts;
    for (uint32_t port = first; port <= last; port++) {
        errno = 0;
        if (server.bind_to_port(kAddress, static_cast<int>(port))) return port;
        if (errno != EADDRINUSE && errno != 0)
            throw Failure(fmt::format("port {} cannot be used: {} (give another with --port)", port,
                                      std::generic_category().message(errno)));
    }
    throw Failure(fmt::format("{} (give another with --port, or --port 0 for any that is free)",
                              wanted ? fmt::format("port {} is taken", first)
                                     : fmt::format("the ports from {} to {} are taken", first, last)));
}

// A server that ends at Ctrl-C or SIGTERM.
class SiteServer {
  public:
    explicit SiteServer(Site& site) : site_(site) {
        server_.set_socket_options(share_no_port);
        // One request for each connection: what is left of one, say a body that GET should not have, is never
        // taken for the next. On this computer a new connection costs next to nothing.
        server_.set_keep_alive_max_count(1);
        // A browser opens connections before it needs them; the server's end waits for them.
        server_.set_keep_alive_timeout(2);
        server_.new_task_queue = [] { return new httplib::ThreadPool(16); };
        httplib::Headers headers;
        for (const auto& [name, value] : site_headers()) headers.emplace(name, value);
        server_.set_default_headers(headers);
        server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
            answer(request, response);
            return httplib::Server::HandlerResponse::Handled;
        });
        // Without one, httplib sends the exception's text.
        server_.set_exception_handler([](const httplib::Request&, httplib::Response& response,
                                         std::exception_ptr) { response.status = 500; });
        // Before any thread exists, so that all of them leave the signals to the one that waits for them.
        ::sigemptyset(&signals_);
        ::sigaddset(&signals_, SIGINT);
        ::sigaddset(&signals_, SIGTERM);
        ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }

    httplib::Server& http() { return server_; }

    // Returns when a signal came.
    void run() {
        std::atomic<bool> ended = false;
        std::thread waiter([&] {
            int signal = 0;
            ::sigwait(&signals_, &signal);
            stopping_ = true;
            // Until then a stop would do nothing.
            while (!server_.is_running() && !ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            server_.stop();
        });
        server_.listen_after_bind();
        ended = true;
        const bool wanted = stopping_;
        if (!wanted) ::pthread_kill(waiter.native_handle(), SIGTERM);
        waiter.join();
        if (!wanted) throw Failure("the server ended: the system refused a connection (start it again)");
    }

  private:
    void answer(const httplib::Request& request, httplib::Response& response) {
        // Answers are always whole, as a server may choose (RFC 9110, 14.2). httplib would cut any answer,
        // errors too, to the ranges that a request asks for. The object itself is not const.
        const_cast<httplib::Request&>(request).ranges.clear();

        SiteRequest asked{request.method, request.target, {}, {}};
        const auto hosts = request.headers.equal_range("Host");
        for (auto host = hosts.first; host != hosts.second; ++host) asked.hosts.push_back(host->second);
        const auto joined = [&](const char* name) {
            std::string all;
            const auto range = request.headers.equal_range(name);
            for (auto h = range.first; h != range.second; ++h) all += (all.empty() ? "" : ",") + h->second;
            return all;
        };
        asked.if_none_match = joined("If-None-Match");

        const SiteAnswer answer = site_.answer(asked);
        response.status = answer.status;
        std::string type;
        for (const auto& [name, value] : answer.headers) {
            if (name == "Content-Type") {
                type = value;
                continue;
            }
            // In the place of one of all answers.
            response.headers.erase(name);
            response.set_header(name, value);
        }
        if (!answer.body) return;
        // A provider, because httplib would compress a body of its own. In pieces, so that a slow
        // reader does not hold up the end of the program.
        response.set_content_provider(
            answer.body->size(), type,
            [this, body = answer.body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                constexpr std::size_t kPiece = 65536;
                return !stopping_ && sink.write(body->data() + offset, std::min(length, kPiece));
            });
    }

    Site& site_;
    httplib::Server server_;
    sigset_t signals_;
    std::atomic<bool> stopping_ = false;
};

}  // namespace

std::string built_site() {
    for (const std::string& folder : site_folders(xtl::executable_path())) {
        std::error_code error;
        if (std::filesystem::is_regular_file(folder + "/index.html", error)) return folder;
    }
    throw Failure("the playground is not built (run ./kit play, which builds it, or give --dir FOLDER)");
}

void serve(const std::string& folder, const std::optional<uint32_t>& wanted,
           const std::function<void(uint32_t, const std::string&)>& listening) {
    Site site(folder);
    SiteServer server(site);
    const uint32_t port = bind(server.http(), wanted);
    listening(port, site.folder());
    server.run();
}

}  // namespace atome::cli
