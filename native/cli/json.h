// A JSON value: what the commands print and what `compare` reads. A plain tree, so that only json.cc compiles
// the JSON library, which reads and writes the text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "atome/base/text_view.h"

namespace atome::cli {

class Json {
  public:
    struct Member;
    using Array = std::vector<Json>;
    using Object = std::vector<Member>;  // in the order in which members were added
    // Text that is no JSON, or a value of another type than the one asked for; one line.
    struct Error : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    Json();  // null
    Json(std::nullptr_t);
    Json(std::string_view text);
    Json(TextView text) : Json(std::string_view(text)) {}
    Json(const std::string& text) : Json(std::string_view(text)) {}
    Json(const char* text) : Json(std::string_view(text)) {}
    template <class Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
    Json(Number n) {
        if constexpr (std::is_same_v<Number, bool>)
            value_ = n;
        else if constexpr (std::is_floating_point_v<Number>)
            value_ = static_cast<double>(n);
        else if constexpr (std::is_signed_v<Number>)
            value_ = static_cast<int64_t>(n);
        else
            value_ = static_cast<uint64_t>(n);
    }
    template <class T>
    Json(const std::vector<T>& values) : Json(array()) {
        for (const T& value : values) push_back(value);
    }
    // An object where every element is a pair that begins with a string, else an array:
    // {{"bytes", 3}, {"list", {1, 2}}}.
    Json(std::initializer_list<Json> elements);
    static Json array();
    static Json object();
    Json(const Json&);
    Json(Json&&) noexcept;
    Json& operator=(Json);
    ~Json();

    // Null becomes an array by push_back(), an object by operator[] and update().
    void push_back(Json value);
    Json& operator[](std::string_view key);  // adds a null where there is no such member
    void update(const Json& object);         // takes over its members

    bool is_null() const;
    bool is_bool() const;
    bool is_unsigned() const;  // a whole number from 0
    bool is_string() const;
    bool is_array() const;
    bool is_object() const;
    std::size_t size() const;  // elements or members; 0 for all else
    bool empty() const { return size() == 0; }
    // Throw Error unless the value is an array, or an object.
    const Array& elements() const;
    const Object& members() const;
    bool contains(std::string_view key) const { return find(key) != nullptr; }
    const Json* find(std::string_view key) const;  // null where there is no such member
    const Json& at(std::string_view key) const;    // throws Error where there is no such member
    // T: bool, double, uint64_t or std::string. Throws Error for another type of value.
    template <class T>
    T get() const;

    // One line, or indented by `indent` blanks a level. What is not UTF-8 gets U+FFFD for every wrong byte; a
    // number that is not finite is null.
    std::string dump(int indent = -1) const;
    // Comments (//) are allowed; a key that stands twice in one object is an Error, as is nesting deeper than
    // 100.
    static Json parse(std::string_view text);

  private:
    std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
    std::string key;
    Json value;
};

template <>
bool Json::get<bool>() const;
template <>
double Json::get<double>() const;
template <>
uint64_t Json::get<uint64_t>() const;
template <>
std::string Json::get<std::string>() const;

}  // namespace atome::cli
