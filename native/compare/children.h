// Child processes: started, watched, interrupted.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace atome::cli {

class Children {
  public:
    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    // Interrupts those that still run and waits for them.
    ~Children();

    // Starts words[0] with the others as arguments, no input, and all output into the file `log`, which is
    // emptied. Each child is a process group of its own, so that Ctrl-C reaches it through interrupt() alone,
    // and gets SIGINT when this process dies. Throws Failure.
    void start(std::size_t id, const std::vector<std::string>& words, const std::string& log);
    std::size_t running() const { return children_.size(); }

    struct Ended {
        std::size_t id;
        int status;  // of waitpid()
    };
    // One that has ended since, without waiting.
    std::optional<Ended> poll();
    // SIGINT to all of them.
    void interrupt();

  private:
    struct Child {
        pid_t pid;
        std::size_t id;
    };
    std::vector<Child> children_;
};

}  // namespace atome::cli
