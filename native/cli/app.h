// The command line: what a command's options are and what runs when it was chosen. Thin handles, so that only
// app.cc compiles the parser's library (CLI11). A handle is copied freely and lives as long as its Program.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/io/failure.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace atome::cli {

class Option {
  public:
    explicit Option(CLI::Option* impl) : impl_(impl) {}
    // Each returns the option again. Texts are those of --help.
    Option& required();
    Option& type_name(const std::string& name);
    Option& default_str(const std::string& text);
    Option& group(const std::string& title);
    Option& needs(const Option& other);
    Option& excludes(const Option& other);
    Option& one_of(const std::vector<std::string>& choices);
    // `why_not` gives what is wrong with a text, "" for nothing.
    Option& check(std::function<std::string(const std::string& text)> why_not);
    bool is_flag() const;

  private:
    CLI::Option* impl_;
};

class App {
  public:
    explicit App(CLI::App* impl) : impl_(impl) {}

    App add_subcommand(const std::string& name, const std::string& what);
    // The given options of a group must number least..most together; app.add_option_group() adds to it.
    App add_option_group(const std::string& title, const std::string& what, std::size_t least,
                         std::size_t most);
    void footer(const std::string& text);
    void callback(std::function<void()> run);

    // `names`: "--out", "-n,--bytes", or "MODEL" for a word without a dash. What the value holds, if not
    // empty, is shown as the default.
    Option add_option(const std::string& names, std::string* value, const std::string& what);
    Option add_option(const std::string& names, std::optional<std::string>* value, const std::string& what);
    Option add_option(const std::string& names, std::vector<std::string>* values, const std::string& what);
    // `take` may throw UsageError.
    Option add_option(const std::string& names, std::function<void(const std::string& text)> take,
                      const std::string& what);
    Option add_list(const std::string& names, std::function<void(const std::vector<std::string>& texts)> take,
                    const std::string& what);
    Option add_flag(const std::string& names, bool* value, const std::string& what);

    std::optional<Option> find_option(const std::string& name) const;

  protected:
    CLI::App* impl_;
};

// A whole command line.
class Program : public App {
  public:
    Program();  // without --version and subcommands: options only
    Program(const std::string& what, const std::string& name, const std::string& version);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();

    // Sets values and runs callbacks. Returns what --help or --version print, where they were asked for.
    // Throws UsageError, and what callbacks throw.
    std::optional<std::string> parse(std::vector<std::string> words);
    // The command that the words chose, "" if none, also after parse() has thrown.
    std::string chosen() const;
    std::string help() const;
};

}  // namespace atome::cli
