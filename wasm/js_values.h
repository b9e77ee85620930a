// From JavaScript values to the core's and back.
//
// What JavaScript sees of the core are the functions in bindings_*.cc, over numbers that stand for objects;
// the package wraps them into classes. Each returns an object: its results, or {error, code}, which are
// thrown there.
//
// Nothing here throws: what JavaScript hands over is looked at before it is converted, and the first thing
// that is wrong becomes the status. Arrays that go out are copies that JavaScript owns, so no view outlives
// a growth of the memory.
#pragma once

#include <emscripten/val.h>

#include <cmath>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "atome/base/status.h"
#include "atome/train/settings.h"

namespace atome::wasm {

using emscripten::typed_memory_view;
using emscripten::val;

template <class T>
val copy_of(const char* type, const T* data, std::size_t n) {
    return val::global(type).new_(typed_memory_view(n, data));
}
inline val to_js(const std::vector<float>& v) { return copy_of("Float32Array", v.data(), v.size()); }
inline val to_js(const std::vector<uint8_t>& v) { return copy_of("Uint8Array", v.data(), v.size()); }
inline val to_js(const std::vector<int8_t>& v) { return copy_of("Int8Array", v.data(), v.size()); }
inline val to_js(std::string_view s) { return val(std::string(s)); }
inline val to_js(const std::string& s) { return val(s); }
inline val to_js(const char* s) { return val(std::string(s)); }
// A number where it is exact, else its digits.
inline val to_js(uint64_t x) {
    return x <= (uint64_t{1} << 53) ? val(static_cast<double>(x)) : val(std::to_string(x));
}
// Numbers that JavaScript has, and values that it has already.
template <class T>
requires std::is_arithmetic_v<T> || std::is_same_v<T, val> val to_js(const T& x) { return val(x); }
// null where there is none.
template <class T>
val to_js(const std::optional<T>& x) {
    return x ? val(*x) : val::null();
}

// A text as its bytes.
inline val bytes_of(std::string_view text) {
    return copy_of("Uint8Array", reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

struct Property {
    const char* name;
    val value;
    template <class T>
    Property(const char* its_name, const T& its_value) : name(its_name), value(to_js(its_value)) {}
};
inline val object(std::initializer_list<Property> properties) {
    val v = val::object();
    for (const Property& p : properties) v.set(p.name, p.value);
    return v;
}
// A list of what `to` makes of each element.
template <class Elements, class To>
val list_of(const Elements& elements, To&& to) {
    val list = val::array();
    for (const auto& element : elements) list.call<void>("push", to(element));
    return list;
}

// What the package throws as an AtomeError.
inline val failed(const Status& status) {
    return object({{"error", status.message()}, {"code", name(status.code())}});
}
#define ATOME_JS_TRY(expression)                                                     \
    do {                                                                             \
        if (::atome::Status atome_js_status_ = (expression); !atome_js_status_.ok()) \
            return failed(atome_js_status_);                                         \
    } while (0)

inline bool missing(const val& v) { return v.isUndefined() || v.isNull(); }

// Bytes of a Uint8Array; the facade has made sure that it is one.
inline std::vector<uint8_t> bytes_from(const val& array) {
    std::vector<uint8_t> bytes(array["length"].as<std::size_t>());
    if (!bytes.empty()) val(typed_memory_view(bytes.size(), bytes.data())).call<void>("set", array);
    return bytes;
}

// Reads the fields of an options object. Fields that are undefined or null leave the default.
class Fields {
  public:
    explicit Fields(const val& object) : object_(object), empty_(missing(object)) {}

    void read(const char* field, uint32_t* out) {
        uint64_t wide = *out;
        read(field, &wide);
        if (wide > 0xFFFFFFFFu) wrong(field, "a whole number below 2^32");
        *out = static_cast<uint32_t>(wide);
    }
    // Numbers up to 2^53, and BigInts or decimal strings up to 2^64 - 1.
    void read(const char* field, uint64_t* out) {
        val v = val::undefined();
        if (!take(field, &v)) return;
        const std::string type = v.typeOf().as<std::string>();
        if (type == "number") {
            const double x = v.as<double>();
            if (!(x >= 0 && x <= 9007199254740992.0 && x == std::floor(x)))
                return wrong(field, "a whole number, 0 or more");
            *out = static_cast<uint64_t>(x);
            return;
        }
        std::string digits;
        if (type == "bigint" || type == "string") digits = v.call<std::string>("toString");
        uint64_t value = 0;
        bool good = !digits.empty() && digits.size() <= 20;
        for (const char c : digits) {
            const uint64_t digit = static_cast<uint64_t>(c - '0');
            good = good && c >= '0' && c <= '9' && value <= (~uint64_t{0} - digit) / 10;
            value = value * 10 + digit;
        }
        if (!good) return wrong(field, "a whole number, 0 or more");
        *out = value;
    }
    void read(const char* field, float* out) {
        val v = val::undefined();
        if (!take(field, &v)) return;
        const double x = v.typeOf().as<std::string>() == "number" ? v.as<double>() : std::nan("");
        if (!std::isfinite(x) || std::fabs(x) > 3e38) return wrong(field, "a finite number");
        *out = static_cast<float>(x);
    }
    void read(const char* field, std::string* out) {
        val v = val::undefined();
        if (!take(field, &v)) return;
        if (v.typeOf().as<std::string>() != "string") return wrong(field, "a text");
        *out = v.as<std::string>();
    }
    // A name out of a list that `parse` knows.
    template <class Enum>
    void read(const char* field, bool (*parse)(TextView, Enum*), Enum* out) {
        std::string text;
        read(field, &text);
        if (!text.empty() && !parse(text, out)) wrong(field, "one of the names in the documentation");
    }
    std::vector<std::string> keys() const {
        std::vector<std::string> names;
        if (empty_) return names;
        const val list = val::global("Object").call<val>("keys", object_);
        const uint32_t n = list["length"].as<uint32_t>();
        for (uint32_t i = 0; i < n; i++) names.push_back(list[i].as<std::string>());
        return names;
    }
    bool has(const char* field) const { return !empty_ && !missing(object_[field]); }
    val operator[](const char* field) const { return empty_ ? val::undefined() : object_[field]; }
    const Status& status() const { return status_; }
    void wrong(const char* field, const char* wanted) {
        if (status_.ok()) status_ = Status::error(Code::bad_argument, field, ": use ", wanted);
    }

  private:
    bool take(const char* field, val* out) const {
        if (empty_) return false;
        *out = object_[field];
        return !missing(*out);
    }
    val object_;
    bool empty_;
    Status status_;
};

}  // namespace atome::wasm
