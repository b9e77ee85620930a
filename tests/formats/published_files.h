// What the published kit's own exporters write from the models of tests/golden.
#pragma once

#if !defined(__EMSCRIPTEN__)  // there is no library for digests
#include <openssl/sha.h>
#endif

#include <cstdint>
#include <string>
#include <vector>

#include "atome/formats/legacy.h"

namespace atome::test {

struct PublishedFile {
    const char* model;  // of tests/golden
    LegacyFormat format;
    const char* extension;
    const char* digest;  // SHA-256 of the file
};

inline constexpr PublishedFile kPublishedFiles[] = {
    {"tiny_ternary", LegacyFormat::atome01, ".atome01",
     "e62eca7a6704046e2325b8b332244912451ea02615784a16625ba8e439869387"},
    {"tiny_ternary", LegacyFormat::atome02, ".atome02",
     "77675f7a5cf39f71451cb30f57c3cca9da623484ed6c1512dc6aa71486555375"},
    {"odd_ternary", LegacyFormat::atome01, ".atome01",
     "63f437483716144b8e4b5ab8df2caf8d127905e1786360a8c9696c3b891f0277"},
    {"odd_ternary", LegacyFormat::atome02, ".atome02",
     "6ffddcc523ab9306f2701c8a2e0eeef868e9d16f294ebc16425b60545576b068"},
    {"default_60k", LegacyFormat::atome01, ".atome01",
     "36a921be215f578055a3000fade396de39e2b15828425c9f0e38e3db3fb7f496"},
    {"default_60k", LegacyFormat::atome02, ".atome02",
     "1b27f41504b0360b92b02109d64af536f965160612ee8b0e89850f81496340ba"},
    {"tiny_power3", LegacyFormat::atomep3, ".atomep3",
     "bad19632518f57e4b39203d091c2c9dfa66e8f3476ae2ebf4d3ea2ec6faefca0"},
};

#if !defined(__EMSCRIPTEN__)
inline std::string sha256(const std::vector<uint8_t>& bytes) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(bytes.data(), bytes.size(), digest);
    std::string text;
    for (unsigned char c : digest) text.append({"0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]});
    return text;
}
#endif

}  // namespace atome::test
