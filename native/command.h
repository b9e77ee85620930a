// What the commands of the `atome` program share: how one is added and how one fails.
#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

#include "atome/status.h"

namespace atome::cli {

// Bad input: main prints "atome: MESSAGE" as one line on stderr and exits with 1. Wrong usage is CLI11's
// CLI::ParseError and exits with 2.
class Failure : public std::runtime_error {
  public:
    explicit Failure(const std::string& message, Code code = Code::bad_argument)
        : std::runtime_error(message), code_(code) {}
    Code code() const { return code_; }

  private:
    Code code_;
};

// Throws Failure("WHERE: MESSAGE") with the status's code unless the status is ok.
void require(const Status& status, const std::string& where);

// Each adds one subcommand with its options, an example in its footer, and a callback that does the work.
void add_bench(CLI::App& app);
void add_calibrate(CLI::App& app);
void add_chat(CLI::App& app);
void add_compare(CLI::App& app);
void add_corpus(CLI::App& app);
void add_distill(CLI::App& app);
void add_eval(CLI::App& app);
void add_export(CLI::App& app);
void add_fit(CLI::App& app);
void add_generate(CLI::App& app);
void add_inspect(CLI::App& app);
void add_sample(CLI::App& app);
void add_serve(CLI::App& app);
void add_trace(CLI::App& app);
void add_train(CLI::App& app);

}  // namespace atome::cli
