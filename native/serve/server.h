// The playground's files over HTTP, to this computer only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace atome::cli {

inline constexpr const char* kAddress = "127.0.0.1";
inline constexpr uint32_t kPort = 8080;  // the first that is tried

// The folder that ./kit play has built, beside this program or where it is installed. Throws Failure.
std::string built_site();

// Serves the folder until Ctrl-C or SIGTERM. port: kPort, or the next that is free, where none is given; 0:
// any that is free. `listening` is called with the port and the folder's absolute path once it is open.
// Throws Failure: a folder without the playground, a port that cannot be used.
void serve(const std::string& folder, const std::optional<uint32_t>& port,
           const std::function<void(uint32_t port, const std::string& folder)>& listening);

// Asks the desktop to show the address in its browser, and waits for nothing; where there is no desktop,
// nothing happens.
void open_browser(const std::string& url);

}  // namespace atome::cli
