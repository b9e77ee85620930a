// A progress bar on stderr: one line that redraws itself on a terminal, a plain line every two seconds
// elsewhere. Not for use from several threads at once.
//
//     Progress progress(steps, "steps");
//     progress.update(step, fmt::format("{:.3f} bpb", bpb));
//     progress.message("saved m.safetensors");
//     progress.finish();
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace atome::cli {

class Progress {
  public:
    // `total` in units, 0 where it is unknown. `unit` is plural: "steps", "bytes". A quiet bar prints
    // nothing but messages.
    Progress(uint64_t total, std::string unit, bool quiet = false);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    // Leaves the cursor on a line of its own, also after an exception.
    ~Progress();

    // Cheap enough for every step: it draws ten times a second at most. The first call's `done` counts as
    // what was there at the start (a resumed run), so it does not enter the rate.
    void update(uint64_t done, std::string_view suffix = {});
    // A line of its own, above the bar.
    void message(std::string_view text);
    // Draws the last state and ends the line; work too short to have shown anything stays silent. Later calls
    // do nothing.
    void finish();

    // One line of at most `width` columns; `rate` in units a second, 0 where it is not known yet.
    static std::string line(uint64_t done, uint64_t total, std::string_view unit, double rate,
                            std::string_view suffix, std::size_t width, bool bar, bool utf8);

  private:
    using Clock = std::chrono::steady_clock;
    void draw();
    double rate() const;

    uint64_t total_;
    std::string unit_;
    bool quiet_;
    bool terminal_;
    bool utf8_;
    bool started_ = false;
    bool shown_ = false;  // something was drawn or printed
    bool drawn_ = false;  // the bar stands on the cursor's line
    bool finished_ = false;
    uint64_t first_ = 0;  // done at the first update
    uint64_t done_ = 0;
    std::string suffix_;
    Clock::time_point start_;
    Clock::time_point last_draw_;
};

}  // namespace atome::cli
