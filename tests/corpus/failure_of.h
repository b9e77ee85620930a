#pragma once

#include <string>

#include "native/io/failure.h"

namespace atome::test {

// The message of the Failure that `call` throws, or "no failure".
template <class Call>
std::string failure_of(Call call) {
    try {
        call();
    } catch (const cli::Failure& failure) {
        return failure.what();
    }
    return "no failure";
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace atome::test
