// Which format some bytes are in, told by their content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "atome/base/status.h"

namespace atome {

enum class FileFormat : uint8_t { atome, atome01, atome02, atomep3, safetensors, pt, unknown };
std::string_view name(FileFormat format);  // "atome", "atome01", ..., "pt", "unknown"

// Looks at the first bytes only: the answer is no promise that the rest parses.
FileFormat detect(const uint8_t* data, std::size_t size);

// One line that says what bytes of no known format seem to be, and which formats are accepted.
Status unknown_format(const uint8_t* data, std::size_t size);

}  // namespace atome
