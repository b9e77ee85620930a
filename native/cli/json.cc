#include "native/cli/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace atome::cli {
namespace {

using Library = nlohmann::ordered_json;

constexpr std::size_t kMaxDepth = 100;

// Builds a Json from the events of the library's parser.
class Builder : public nlohmann::json_sax<Library> {
  public:
    Json result;

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(int64_t value) override { return put(value); }
    bool number_unsigned(uint64_t value) override { return put(value); }
    bool number_float(double value, const std::string&) override { return put(value); }
    bool string(std::string& value) override { return put(value); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        // JSON lets the last of two equal keys win; here it is a slip.
        if (open_.back().contains(name))
            throw Json::Error("the key \"" + name + "\" stands twice in one object");
        keys_.back() = name;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
        const std::string what = e.what();
        throw Json::Error(what.substr(std::min(what.size(), what.find("] ") + 2)));
    }

  private:
    bool put(Json value) {
        if (open_.empty())
            result = std::move(value);
        else if (open_.back().is_array())
            open_.back().push_back(std::move(value));
        else
            open_.back()[keys_.back()] = std::move(value);
        return true;
    }
    bool open(Json container) {
        if (open_.size() == kMaxDepth)
            throw Json::Error("nested deeper than " + std::to_string(kMaxDepth) + ": use fewer levels");
        open_.push_back(std::move(container));
        keys_.emplace_back();
        return true;
    }
    bool close() {
        Json done = std::move(open_.back());
        open_.pop_back();
        keys_.pop_back();
        return put(std::move(done));
    }

    std::vector<Json> open_;         // containers that have begun, the innermost last
    std::vector<std::string> keys_;  // beside each: the key that the next value belongs to
};

}  // namespace

Json::Json() = default;
Json::Json(std::nullptr_t) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json::~Json() = default;

Json& Json::operator=(Json other) {
    value_ = std::move(other.value_);
    return *this;
}

Json::Json(std::initializer_list<Json> elements) {
    const bool pairs = std::all_of(elements.begin(), elements.end(), [](const Json& e) {
        return e.is_array() && e.size() == 2 && e.elements()[0].is_string();
    });
    if (!pairs) {
        value_ = Array(elements);
        return;
    }
    value_ = Object();
    for (const Json& e : elements) (*this)[e.elements()[0].get<std::string>()] = e.elements()[1];
}

Json Json::array() {
    Json json;
    json.value_ = Array();
    return json;
}

Json Json::object() {
    Json json;
    json.value_ = Object();
    return json;
}

void Json::push_back(Json value) {
    if (is_null()) value_ = Array();
    std::get<Array>(value_).push_back(std::move(value));
}

Json& Json::operator[](std::string_view key) {
    if (is_null()) value_ = Object();
    Object& object = std::get<Object>(value_);
    for (Member& member : object)
        if (member.key == key) return member.value;
    object.push_back({std::string(key), nullptr});
    return object.back().value;
}

void Json::update(const Json& object) {
    for (const auto& [key, value] : object.members()) (*this)[key] = value;
}

bool Json::is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
bool Json::is_bool() const { return std::holds_alternative<bool>(value_); }
bool Json::is_string() const { return std::holds_alternative<std::string>(value_); }
bool Json::is_array() const { return std::holds_alternative<Array>(value_); }
bool Json::is_object() const { return std::holds_alternative<Object>(value_); }

bool Json::is_unsigned() const {
    const int64_t* n = std::get_if<int64_t>(&value_);
    return std::holds_alternative<uint64_t>(value_) || (n && *n >= 0);
}

std::size_t Json::size() const { return is_array() ? elements().size() : is_object() ? members().size() : 0; }

const Json::Array& Json::elements() const {
    if (!is_array()) throw Error("is " + dump() + ", not an array");
    return std::get<Array>(value_);
}

const Json::Object& Json::members() const {
    if (!is_object()) throw Error("is " + dump() + ", not an object");
    return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
    if (is_object())
        for (const Member& member : members())
            if (member.key == key) return &member.value;
    return nullptr;
}

const Json& Json::at(std::string_view key) const {
    const Json* value = find(key);
    if (!value) throw Error("has no \"" + std::string(key) + "\"");
    return *value;
}

template <>
bool Json::get<bool>() const {
    if (!is_bool()) throw Error("is " + dump() + ", not true or false");
    return std::get<bool>(value_);
}

template <>
std::string Json::get<std::string>() const {
    if (!is_string()) throw Error("is " + dump() + ", not a text");
    return std::get<std::string>(value_);
}

template <>
uint64_t Json::get<uint64_t>() const {
    if (!is_unsigned()) throw Error("is " + dump() + ", not a whole number from 0");
    if (const int64_t* n = std::get_if<int64_t>(&value_)) return static_cast<uint64_t>(*n);
    return std::get<uint64_t>(value_);
}

template <>
double Json::get<double>() const {
    if (const double* x = std::get_if<double>(&value_)) return *x;
    if (const int64_t* n = std::get_if<int64_t>(&value_)) return static_cast<double>(*n);
    if (is_unsigned()) return static_cast<double>(get<uint64_t>());
    throw Error("is " + dump() + ", not a number");
}

std::string Json::dump(int indent) const {
    const auto to_library = [](const auto& self, const Json& json) -> Library {
        return std::visit(
            [&](const auto& value) {
                using Value = std::decay_t<decltype(value)>;
                Library out = Library::array();
                if constexpr (std::is_same_v<Value, Array>) {
                    for (const Json& element : value) out.push_back(self(self, element));
                } else if constexpr (std::is_same_v<Value, Object>) {
                    out = Library::object();
                    for (const auto& [key, member] : value) out[key] = self(self, member);
                } else {
                    out = value;
                }
                return out;
            },
            json.value_);
    };
    return to_library(to_library, *this).dump(indent, ' ', false, Library::error_handler_t::replace);
}

Json Json::parse(std::string_view text) {
    Builder builder;
    Library::sax_parse(text, &builder, nlohmann::detail::input_format_t::json, true, true);
    return std::move(builder.result);
}

}  // namespace atome::cli
