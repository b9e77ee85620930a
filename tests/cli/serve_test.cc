// `atome serve`: what it answers, and how it starts and ends.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

#include "native/serve/site.h"
#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

namespace fs = std::filesystem;

// `atome serve` in the background.
class Server {
  public:
    explicit Server(std::vector<std::string> args, const std::string& program = ATOME_PROGRAM,
                    const std::string& path_variable = "") {
        int out[2], err[2];
        if (::pipe2(out, O_CLOEXEC) || ::pipe2(err, O_CLOEXEC)) ADD_FAILURE() << "no pipes";
        args.insert(args.begin(), {program, "serve"});
        std::vector<char*> argv;
        for (std::string& word : args) argv.push_back(word.data());
        argv.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            if (!path_variable.empty()) ::setenv("PATH", path_variable.c_str(), 1);
            ::dup2(out[1], 1);
            ::dup2(err[1], 2);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        ::close(out[1]);
        ::close(err[1]);
        out_ = out[0];
        err_ = err[0];
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        if (pid_ > 0) end(SIGKILL);
        ::close(out_);
        ::close(err_);
    }

    std::string line() {
        std::string text;
        for (char c; ::read(out_, &c, 1) == 1 && c != '\n';) text += c;
        return text;
    }
    // With --json: what it prints when it listens.
    nlohmann::json ready() {
        const nlohmann::json object = nlohmann::json::parse(line(), nullptr, false);
        EXPECT_TRUE(object.is_object());
        return object;
    }
    // Sends the signal, 0 for none, and waits for the end.
    RunResult end(int signal) {
        if (signal) ::kill(pid_, signal);
        RunResult result;
        char buffer[4096];
        for (ssize_t n; (n = ::read(out_, buffer, sizeof buffer)) > 0;)
            result.out.append(buffer, static_cast<std::size_t>(n));
        for (ssize_t n; (n = ::read(err_, buffer, sizeof buffer)) > 0;)
            result.err.append(buffer, static_cast<std::size_t>(n));
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return result;
    }

  private:
    pid_t pid_ = 0;
    int out_ = -1, err_ = -1;
};

// -1 when nobody listens there.
int connect_to(int port, const char* host = "127.0.0.1") {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, host, &address.sin_addr);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

struct Answer {
    int status = 0;
    std::string head, body;
    // The header's value, "" where it is missing; the last where there are several.
    std::string operator[](const std::string& name) const {
        const std::size_t at = head.rfind("\r\n" + name + ": ");
        if (at == std::string::npos) return "";
        const std::size_t begin = at + 2 + name.size() + 2;
        return head.substr(begin, head.find('\r', begin) - begin);
    }
};

// No client library: they tidy up what is to be tested.
Answer converse(int port, const std::string& request) {
    Answer answer;
    const int fd = connect_to(port);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::string text;
    char buffer[65536];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
    ::close(fd);
    const std::size_t end = text.find("\r\n\r\n");
    if (text.rfind("HTTP/1.1 ", 0) != 0 || end == std::string::npos) {
        ADD_FAILURE() << "no answer to " << request << ": " << text;
        return answer;
    }
    answer.status = std::stoi(text.substr(9, 3));
    answer.head = text.substr(0, end + 2);
    answer.body = text.substr(end + 4);
    return answer;
}

class Serve : public testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(folder_ / "site/assets");
        fs::create_directories(folder_ / "site/docs");
        put("index.html", "<title>Atome</title>");
        put("docs/index.html", "docs");
        put(kScript, script_);
        write_bytes(folder_ / "secret.txt", std::string("secret"));
    }
    void put(const std::string& name, const std::string& text) {
        write_bytes(folder_ / ("site/" + name), text);
    }
    void start() {
        server_ = std::make_unique<Server>(
            std::vector<std::string>{"--dir", folder_ / "site", "--port", "0", "--json"});
        port_ = server_->ready().value("port", 0);
        ASSERT_GT(port_, 0);
    }
    // `headers` are whole lines with \r\n.
    Answer get(const std::string& target, const std::string& headers = "",
               const std::string& method = "GET") {
        const bool has_host = headers.rfind("Host:", 0) == 0;
        return converse(port_, method + " " + target + " HTTP/1.1\r\n" +
                                   (has_host ? "" : "Host: 127.0.0.1:" + std::to_string(port_) + "\r\n") +
                                   headers + "\r\n");
    }

    static constexpr const char* kScript = "assets/main-BxY3_a-z.js";
    TempDir folder_;
    std::string script_ = "export const a = [" + std::string(20000, '7') + "];";
    std::unique_ptr<Server> server_;
    int port_ = 0;
};

TEST_F(Serve, SendsFilesWithTheirTypes) {
    const std::vector<std::pair<std::string, std::string>> files = {
        {"a.html", "text/html; charset=utf-8"},
        {"a.js", "text/javascript; charset=utf-8"},
        {"a.mjs", "text/javascript; charset=utf-8"},
        {"a.css", "text/css; charset=utf-8"},
        {"a.json", "application/json"},
        {"a.wasm", "application/wasm"},
        {"a.WASM", "application/wasm"},
        {"a.svg", "image/svg+xml"},
        {"a.png", "image/png"},
        {"a.webmanifest", "application/manifest+json"},
        {"a.atome", "application/octet-stream"},
        {"a.safetensors", "application/octet-stream"},
        {"a b%.bin", "application/octet-stream"},
        {"plain", "application/octet-stream"},
    };
    for (const auto& [name, type] : files) put(name, "bytes of " + name);
    start();
    for (const auto& [name, type] : files) {
        SCOPED_TRACE(name);
        const Answer answer = get(name == "a b%.bin" ? "/a%20b%25.bin" : "/" + name);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer["Content-Type"], type);
        EXPECT_EQ(answer.body, "bytes of " + name);
        EXPECT_EQ(answer["Cache-Control"], "no-cache");
    }
    for (const char* target : {"/", "/?x=1", "/index.html"})
        EXPECT_EQ(get(target).body, "<title>Atome</title>") << target;
}

TEST_F(Serve, AnswersCarryTheHeadersOfASafePage) {
    start();
    for (const char* target : {"/", "/none"}) {
        const Answer answer = get(target);
        EXPECT_EQ(answer["X-Content-Type-Options"], "nosniff");
        const std::string policy = answer["Content-Security-Policy"];
        for (const char* part :
             {"default-src 'self';", "script-src 'self' 'wasm-unsafe-eval';", "frame-ancestors *"})
            EXPECT_NE(policy.find(part), std::string::npos) << policy;
        // Other sites may show the page, but not read what is here.
        EXPECT_EQ(answer["Access-Control-Allow-Origin"], "");
        EXPECT_EQ(answer["X-Frame-Options"], "");
    }
}

std::string page_with(const std::string& policy) {
    return "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\"><title>x</title>";
}

TEST_F(Serve, APageWithAPolicyHasItInTheHeaderToo) {
    put("single.html", page_with("default-src 'none'; script-src 'sha256-abc='"));
    put("strange.html", page_with("default-src\n'none'"));
    put("text.txt", page_with("default-src *"));
    start();
    const std::string other = get("/")["Content-Security-Policy"];
    EXPECT_EQ(get("/single.html")["Content-Security-Policy"],
              "default-src 'none'; script-src 'sha256-abc='; frame-ancestors *");
    const std::string head = get("/single.html").head;
    EXPECT_EQ(head.find("Content-Security-Policy"), head.rfind("Content-Security-Policy")) << head;
    EXPECT_EQ(get("/single.html")["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(get("/strange.html")["Content-Security-Policy"], other);
    EXPECT_EQ(get("/text.txt")["Content-Security-Policy"], other);
}

TEST_F(Serve, ThePolicyIsThatOfThePage) {
    fs::copy_file(ATOME_WEB_DIR "/index.html", folder_ / "site/page.html");
    start();
    const Answer page = get("/page.html");
    EXPECT_NE(page.body.find("http-equiv=\"Content-Security-Policy\""), std::string::npos);
    EXPECT_EQ(page["Content-Security-Policy"], get("/")["Content-Security-Policy"]);
}

TEST_F(Serve, FoldersAreTheirIndex) {
    start();
    EXPECT_EQ(get("/docs/").body, "docs");
    const Answer moved = get("/docs?a=b");
    EXPECT_EQ(moved.status, 302);
    EXPECT_EQ(moved["Location"], "/docs/?a=b");
    EXPECT_EQ(get("/assets/").status, 404);
    EXPECT_EQ(get("/index.html/").status, 404);
}

TEST_F(Serve, SendsFilesAsTheyAre) {
    start();
    const Answer answer = get(std::string("/") + kScript, "Accept-Encoding: gzip, deflate, br\r\n");
    EXPECT_EQ(answer["Content-Encoding"], "");
    EXPECT_EQ(answer["Content-Length"], std::to_string(script_.size()));
    EXPECT_EQ(answer.body, script_);
}

TEST_F(Serve, WhatTheClientHasIsNotSentAgain) {
    start();
    const std::string target = std::string("/") + kScript;
    const Answer first = get(target);
    EXPECT_EQ(first["Cache-Control"], "public, max-age=31536000, immutable");
    const std::string tag = first["ETag"];
    ASSERT_EQ(tag.substr(0, 3), "W/\"");
    for (const std::string& held : {tag, tag.substr(2), "\"other\", " + tag, std::string("*")}) {
        const Answer same = get(target, "If-None-Match: " + held + "\r\n");
        EXPECT_EQ(same.status, 304) << held;
        EXPECT_EQ(same.body, "");
        EXPECT_EQ(same["ETag"], tag);
    }
    EXPECT_EQ(get(target, "If-None-Match: \"other\"\r\n").status, 200);
}

TEST_F(Serve, AFileThatChangesIsServedAnew) {
    start();
    const std::string tag = get("/")["ETag"];
    put("index.html.new", "<title>Again</title>");
    fs::rename(folder_ / "site/index.html.new", folder_ / "site/index.html");
    const Answer changed = get("/", "If-None-Match: " + tag + "\r\n");
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(changed.body, "<title>Again</title>");
    fs::remove(folder_ / "site/index.html");
    EXPECT_EQ(get("/").status, 404);
}

TEST_F(Serve, HeadTellsWhatGetWouldSend) {
    start();
    const std::string target = std::string("/") + kScript;
    const Answer head = get(target, "", "HEAD");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head["Content-Length"], std::to_string(script_.size()));
    EXPECT_EQ(head["ETag"], get(target)["ETag"]);
    EXPECT_EQ(get("/none", "", "HEAD").status, 404);
}

TEST_F(Serve, AnswersAreWhole) {
    start();
    for (const char* range : {"bytes=0-3", "bytes=2-", "bytes=-1", "bytes=90000-90001", "bytes=0-0,2-3"}) {
        const Answer answer = get("/", std::string("Range: ") + range + "\r\n");
        EXPECT_EQ(answer.status, 200) << range;
        EXPECT_EQ(answer.body, "<title>Atome</title>") << range;
        EXPECT_EQ(get("/none", std::string("Range: ") + range + "\r\n").body, get("/none").body) << range;
    }
}

TEST_F(Serve, OtherMethodsAreRefused) {
    start();
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
        const Answer answer = get("/", "Content-Length: 0\r\n", method);
        EXPECT_EQ(answer.status, 405) << method;
        EXPECT_EQ(answer["Allow"], "GET, HEAD") << method;
    }
    EXPECT_EQ(get("/", "", "BREW").status, 400);
    // A body is not taken for the next request.
    const std::string hidden = "GET /docs/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const Answer one = get("/", "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
    EXPECT_EQ(one.body, "<title>Atome</title>");
}

TEST_F(Serve, WhatIsMissingIsToldInOneLine) {
    start();
    const Answer answer = get("/none.js");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer["Content-Type"], "text/plain; charset=utf-8");
    EXPECT_EQ(answer.body.find('\n'), answer.body.size() - 1);
}

TEST_F(Serve, NothingOutsideTheFolderIsServed) {
    fs::create_symlink(folder_ / "secret.txt", folder_ / "site/link.txt");
    fs::create_directory_symlink(folder_ / "", folder_ / "site/up");
    fs::create_symlink("index.html", folder_ / "site/inside.html");
    fs::create_symlink("loop", folder_ / "site/loop");
    fs::create_directories(folder_ / "site-2");
    write_bytes(folder_ / "site-2/secret.txt", std::string("secret"));
    fs::create_symlink("../site-2/secret.txt", folder_ / "site/sibling.txt");
    put(".hidden", "secret");
    start();
    for (const std::string& target : {std::string("/../secret.txt"),
                                      std::string("/%2e%2e/secret.txt"),
                                      std::string("/%2E%2E%2Fsecret.txt"),
                                      std::string("/..%2fsecret.txt"),
                                      std::string("/..%5csecret.txt"),
                                      std::string("/..\\secret.txt"),
                                      std::string("/docs/../../secret.txt"),
                                      std::string("/docs/%2e%2e/%2e%2e/secret.txt"),
                                      std::string("/%252e%252e/secret.txt"),
                                      std::string("/%c0%ae%c0%ae/secret.txt"),
                                      std::string("/%u002e%u002e/secret.txt"),
                                      std::string("/.../secret.txt"),
                                      std::string("/./secret.txt"),
                                      std::string("//etc/passwd"),
                                      std::string("/%2fetc/passwd"),
                                      folder_ / "secret.txt",
                                      "/" + folder_ / "secret.txt",
                                      std::string("/index.html%00.js"),
                                      std::string("/%00"),
                                      std::string("/index.html%0a"),
                                      std::string("/%"),
                                      std::string("/%4"),
                                      std::string("/%zz"),
                                      std::string("/link.txt"),
                                      std::string("/up/secret.txt"),
                                      std::string("/up"),
                                      std::string("/sibling.txt"),
                                      std::string("/loop"),
                                      std::string("/.hidden"),
                                      std::string("/docs/./index.html"),
                                      std::string("/docs/../index.html"),
                                      std::string("*"),
                                      std::string("http://127.0.0.1/index.html"),
                                      std::string("index.html")}) {
        const Answer answer = get(target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.body.find("secret"), std::string::npos) << target;
    }
    EXPECT_EQ(get("/inside.html").body, "<title>Atome</title>");
    EXPECT_EQ(get("/" + std::string(20000, 'a')).status, 414);
    EXPECT_EQ(get("/" + std::string(5000, 'a')).status, 404);
    EXPECT_EQ(get("/").status, 200);
}

TEST_F(Serve, PipesAreNotServed) {
    ASSERT_EQ(::mkfifo((folder_ / "site/pipe").c_str(), 0600), 0);
    start();
    EXPECT_EQ(get("/pipe").status, 404);
}

TEST_F(Serve, OnlyThisComputersNamesAreAnswered) {
    start();
    for (const char* host : {"127.0.0.1", "localhost", "LocalHost:8080", "[::1]:1", "127.0.0.1:65535"})
        EXPECT_EQ(get("/", std::string("Host: ") + host + "\r\n").status, 200) << host;
    for (const char* host :
         {"example.org", "example.org:8080", "localhost.example.org", "127.0.0.1.example.org",
          "127.0.0.1:80@example.org", "localhost:x", "", "[::1", "127.0.0.2", "0.0.0.0", "xlocalhost"}) {
        const Answer answer = get("/", std::string("Host: ") + host + "\r\n");
        EXPECT_EQ(answer.status, 403) << host;
        EXPECT_EQ(answer.body.find("<title>"), std::string::npos) << host;
    }
    EXPECT_EQ(get("/", "Host: localhost\r\nHost: example.org\r\n").status, 403);
    EXPECT_EQ(converse(port_, "GET / HTTP/1.1\r\n\r\n").status, 403);
    // Another address of this computer leads nowhere.
    EXPECT_EQ(connect_to(port_, "127.0.0.2"), -1);
}

TEST_F(Serve, ManyAtOnce) {
    start();
    const std::string target = std::string("/") + kScript;
    std::vector<std::thread> clients;
    for (int i = 0; i < 24; i++)
        clients.emplace_back([&] {
            const Answer answer = get(target);
            EXPECT_EQ(answer.status, 200);
            EXPECT_EQ(answer.body, script_);
        });
    for (std::thread& client : clients) client.join();
}

TEST_F(Serve, SaysWhereItIsAndWhatToDo) {
    Server server({"--dir", folder_ / "site", "--port", "0"});
    const std::string first = server.line();
    const std::size_t at = first.find("http://127.0.0.1:");
    ASSERT_NE(at, std::string::npos) << first;
    const RunResult result = server.end(SIGTERM);
    EXPECT_EQ(result.code, 0);
    EXPECT_NE(result.out.find("Space"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("Ctrl-C"), std::string::npos) << result.out;

    Server other({"--dir", folder_ / "site", "--port", "0", "--json"});
    const nlohmann::json ready = other.ready();
    EXPECT_EQ(ready["dir"], fs::canonical(folder_ / "site").string());
    EXPECT_EQ(ready["url"], "http://127.0.0.1:" + std::to_string(ready["port"].get<int>()) + "/");
}

TEST_F(Serve, SignalsEndItCleanly) {
    for (const int signal : {SIGTERM, SIGINT}) {
        start();
        EXPECT_EQ(get("/").status, 200);
        // As browsers open them ahead of need.
        const int idle = connect_to(port_);
        const auto before = std::chrono::steady_clock::now();
        const RunResult result = server_->end(signal);
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
        EXPECT_EQ(result.code, 0);
        EXPECT_EQ(result.err, "");
        ::close(idle);
        EXPECT_EQ(connect_to(port_), -1);
        // The port can be used again at once.
        Server again({"--dir", folder_ / "site", "--port", std::to_string(port_), "--json"});
        EXPECT_EQ(again.ready()["port"], port_);
    }
}

TEST_F(Serve, TakenPorts) {
    start();
    const std::string message =
        expect_failure(run_atome({"serve", "--dir", folder_ / "site", "--port", std::to_string(port_)}), 1);
    EXPECT_NE(message.find("port " + std::to_string(port_) + " is taken"), std::string::npos) << message;
    Server one({"--dir", folder_ / "site", "--json"}), two({"--dir", folder_ / "site", "--json"});
    const int first = one.ready()["port"], second = two.ready()["port"];
    EXPECT_NE(first, second);
    for (const int port : {first, second}) {
        EXPECT_GE(port, 8080);
        EXPECT_LE(port, 8100);
    }
}

TEST_F(Serve, FoldersThatAreNone) {
    const auto refused = [&](const std::string& dir, const std::string& part) {
        const std::string message = expect_failure(run_atome({"serve", "--dir", dir, "--port", "0"}), 1);
        EXPECT_NE(message.find(part), std::string::npos) << message;
    };
    refused(folder_ / "none", "is not a folder");
    refused(folder_ / "secret.txt", "is not a folder");
    refused(folder_ / "site/assets", "index.html");
}

TEST_F(Serve, WrongUsage) {
    for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{{"--port", "65536"},
                                                                                      {"--port", "-1"},
                                                                                      {"--port", "http"},
                                                                                      {"--dir", ""},
                                                                                      {"extra"},
                                                                                      {"--host", "x"}}) {
        std::vector<std::string> words = {"serve"};
        words.insert(words.end(), args.begin(), args.end());
        expect_failure(run_atome(words), 2);
    }
}

TEST_F(Serve, FindsThePlaygroundBesideTheProgram) {
    for (const auto& [program, web] : std::vector<std::pair<std::string, std::string>>{
             {"build/native/native", "build/web"}, {"usr/bin", "usr/share/atome/web"}}) {
        fs::create_directories(folder_ / program);
        fs::copy_file(ATOME_PROGRAM, folder_ / (program + "/atome"));
        Server none({"--port", "0"}, folder_ / (program + "/atome"));
        const std::string message = expect_failure(none.end(0), 1);
        EXPECT_NE(message.find("./kit play"), std::string::npos) << message;

        fs::create_directories(folder_ / web);
        write_bytes(folder_ / (web + "/index.html"), std::string("found"));
        Server server({"--port", "0", "--json"}, folder_ / (program + "/atome"));
        EXPECT_EQ(server.ready()["dir"], fs::canonical(folder_ / web).string());
    }
}

TEST_F(Serve, OpensTheBrowser) {
    fs::create_directories(folder_ / "bin");
    const std::string script = folder_ / "bin/xdg-open", seen = folder_ / "seen";
    write_bytes(script,
                "#!/bin/sh\necho \"$1\" >" + seen + ".tmp && /bin/mv " + seen + ".tmp " + seen + "\n");
    fs::permissions(script, fs::perms::owner_all);
    Server server({"--dir", folder_ / "site", "--port", "0", "--json", "--open"}, ATOME_PROGRAM,
                  folder_ / "bin");
    const std::string url = server.ready()["url"];
    for (int i = 0; i < 1000 && !fs::exists(seen); i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream file(seen);
    std::string opened;
    std::getline(file, opened);
    EXPECT_EQ(opened, url);
    EXPECT_EQ(server.end(SIGTERM).code, 0);

    // None there.
    Server without({"--dir", folder_ / "site", "--port", "0", "--json", "--open"}, ATOME_PROGRAM,
                   folder_ / "none");
    EXPECT_TRUE(without.ready().contains("url"));
    EXPECT_EQ(without.end(SIGTERM).code, 0);
}

TEST(Site, OnlyHashedNamesAreKept) {
    using cli::cache_control;
    for (const char* path :
         {"assets/main-BxY3_a-z.js", "assets/atome.0a1b2c3d.wasm", "assets/x/a-12345678.css"})
        EXPECT_NE(cache_control(path).find("immutable"), std::string_view::npos) << path;
    for (const char* path :
         {"index.html", "main-BxY3_a-z.js", "assets/main.js", "assets/live-training.js", "assets/12345678.js",
          "assets/a-1234567.js", "assets/v-12345678.d/main.js", "assets/"})
        EXPECT_EQ(cache_control(path), "no-cache") << path;
}

}  // namespace
}  // namespace atome::test
