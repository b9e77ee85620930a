#include "native/cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace atome::cli {
namespace {

UsageError usage_error(const CLI::ParseError& e) {
    std::string what = e.what();
    while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
    return UsageError(what);
}

}  // namespace

Option& Option::required() { return impl_->required(), *this; }
Option& Option::type_name(const std::string& name) { return impl_->type_name(name), *this; }
Option& Option::default_str(const std::string& text) { return impl_->default_str(text), *this; }
Option& Option::group(const std::string& title) { return impl_->group(title), *this; }
Option& Option::needs(const Option& other) { return impl_->needs(other.impl_), *this; }
Option& Option::excludes(const Option& other) { return impl_->excludes(other.impl_), *this; }
Option& Option::one_of(const std::vector<std::string>& choices) {
    return impl_->check(CLI::IsMember(choices)), *this;
}
Option& Option::check(std::function<std::string(const std::string& text)> why_not) {
    return impl_->check(CLI::Validator(std::move(why_not), "")), *this;
}
bool Option::is_flag() const { return impl_->get_items_expected_max() == 0; }

App App::add_subcommand(const std::string& name, const std::string& what) {
    return App(impl_->add_subcommand(name, what));
}

App App::add_option_group(const std::string& title, const std::string& what, std::size_t least,
                          std::size_t most) {
    CLI::Option_group* group = impl_->add_option_group(title, what);
    group->require_option(least, most);
    return App(group);
}

void App::footer(const std::string& text) { impl_->footer(text); }
void App::callback(std::function<void()> run) { impl_->callback(std::move(run)); }

Option App::add_option(const std::string& names, std::string* value, const std::string& what) {
    Option option(impl_->add_option(names, *value, what));
    if (!value->empty()) option.default_str(*value);
    return option;
}

Option App::add_option(const std::string& names, std::optional<std::string>* value, const std::string& what) {
    return add_option(
        names, [value](const std::string& text) { *value = text; }, what);
}

Option App::add_option(const std::string& names, std::vector<std::string>* values, const std::string& what) {
    return Option(impl_->add_option(names, *values, what));
}

Option App::add_option(const std::string& names, std::function<void(const std::string& text)> take,
                       const std::string& what) {
    return Option(impl_->add_option_function<std::string>(names, std::move(take), what));
}

Option App::add_list(const std::string& names,
                     std::function<void(const std::vector<std::string>& texts)> take,
                     const std::string& what) {
    return Option(impl_->add_option_function<std::vector<std::string>>(names, std::move(take), what));
}

Option App::add_flag(const std::string& names, bool* value, const std::string& what) {
    return Option(impl_->add_flag(names, *value, what));
}

std::optional<Option> App::find_option(const std::string& name) const {
    CLI::Option* option = impl_->get_option_no_throw(name);
    return option ? std::optional<Option>(option) : std::nullopt;
}

Program::Program() : App(new CLI::App) {}

Program::Program(const std::string& what, const std::string& name, const std::string& version)
    : App(new CLI::App(what, name)) {
    impl_->set_version_flag("--version", version);
    impl_->require_subcommand(0, 1);
    impl_->get_formatter()->column_width(34);
}

Program::~Program() { delete impl_; }

std::optional<std::string> Program::parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the last to the first
    try {
        impl_->parse(std::move(words));
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() != 0) throw usage_error(e);
        // --help and --version.
        std::ostringstream text, unused;
        impl_->exit(e, text, unused);
        return text.str();
    }
    return std::nullopt;
}

std::string Program::chosen() const {
    const auto subcommands = impl_->get_subcommands();
    return subcommands.empty() ? "" : subcommands.front()->get_name();
}

std::string Program::help() const { return impl_->help(); }

}  // namespace atome::cli
