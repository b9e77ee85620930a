#include "native/cli/progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "native/cli/terminal.h"

namespace atome::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kPlainLine = std::chrono::seconds(2);
constexpr int kStderr = 2;
constexpr std::size_t kBarColumns = 24;

std::string bar_of(double fraction, bool utf8) {
    const std::size_t full = static_cast<std::size_t>(fraction * kBarColumns + 0.5);
    std::string bar;
    for (std::size_t i = 0; i < kBarColumns; i++) bar += i < full ? (utf8 ? "█" : "#") : (utf8 ? "░" : ".");
    return bar;
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::string Progress::line(uint64_t done, uint64_t total, std::string_view unit, double rate,
                           std::string_view suffix, std::size_t width, bool bar, bool utf8) {
    std::string text;
    if (total > 0) {
        const double fraction = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
        if (bar) text += bar_of(fraction, utf8) + " ";
        // Rounded down: 100% means done.
        text += fmt::format("{:3d}%  {}/{} {}", static_cast<int>(fraction * 100), grouped(done),
                            grouped(total), unit);
    } else {
        text += fmt::format("{} {}", grouped(done), unit);
    }
    if (rate > 0) {
        // Slow work reads better as 0.35/s than as 0/s.
        text += rate < 100 ? fmt::format("  {:.2f}/s", rate) : fmt::format("  {}/s", short_count(rate));
        if (total > done) text += "  " + short_time(static_cast<double>(total - done) / rate) + " left";
    }
    if (!suffix.empty()) text += fmt::format("  {}", suffix);
    return clipped(text, width);
}

Progress::Progress(uint64_t total, std::string unit, bool quiet)
    : total_(total),
      unit_(std::move(unit)),
      quiet_(quiet),
      terminal_(is_terminal(kStderr)),
      utf8_(utf8_locale()) {}

Progress::~Progress() {
    if (drawn_) print("\n");
}

double Progress::rate() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return seconds > 0.05 ? static_cast<double>(done_ - first_) / seconds : 0;
}

void Progress::draw() {
    last_draw_ = Clock::now();
    shown_ = true;
    if (terminal_) {
        // One column stays free: some terminals wrap when the last one is filled.
        const std::size_t width = std::max<std::size_t>(terminal_width(kStderr), 21) - 1;
        print("\r\x1b[K" + line(done_, total_, unit_, rate(), suffix_, width, width >= 60, utf8_));
        drawn_ = true;
    } else {
        print(line(done_, total_, unit_, rate(), suffix_, 1000, false, false) + "\n");
    }
}

void Progress::update(uint64_t done, std::string_view suffix) {
    if (finished_ || quiet_) return;
    if (!started_) {
        started_ = true;
        first_ = done;
        start_ = last_draw_ = Clock::now();
    }
    done_ = std::max(done, first_);
    suffix_ = suffix;
    if (Clock::now() - last_draw_ >= (terminal_ ? Clock::duration(kRedraw) : Clock::duration(kPlainLine)))
        draw();
}

void Progress::message(std::string_view text) {
    const bool redraw = drawn_;
    print((redraw ? "\r\x1b[K" : "") + std::string(text) + "\n");
    drawn_ = false;
    if (redraw) draw();
}

void Progress::finish() {
    if (finished_ || quiet_) return;
    finished_ = true;
    if (shown_) draw();
    if (drawn_) print("\n");
    drawn_ = false;
}

}  // namespace atome::cli
