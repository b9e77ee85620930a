// What the commands of the `atome` program share: how one is added and how one fails.
#pragma once

#include <stdexcept>
#include <string>

#include "atome/base/status.h"
#include "native/cli/app.h"

namespace atome::cli {

// Bad input: main prints "atome: MESSAGE" as one line on stderr and exits with 1. Wrong usage is
// a UsageError and exits with 2.
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
void add_bench(App& app);
void add_calibrate(App& app);
void add_chat(App& app);
void add_compare(App& app);
void add_corpus(App& app);
void add_distill(App& app);
void add_eval(App& app);
void add_export(App& app);
void add_fit(App& app);
void add_generate(App& app);
void add_inspect(App& app);
void add_sample(App& app);
void add_serve(App& app);
void add_trace(App& app);
void add_train(App& app);

}  // namespace atome::cli
