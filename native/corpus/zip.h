// The members of a zip archive in memory, as far as archives of text need it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace atome::cli {

// Calls `take(name, contents)` for every member that `wanted(name)` asks for, in the order of the archive's
// directory. Understands stored and deflated members; no encryption, no split archives. Bounds, sizes
// and CRCs are checked, and all contents together stay below `max_bytes`. Throws Failure("WHERE: ...").
void read_zip(std::string_view archive, const std::string& where, uint64_t max_bytes,
              const std::function<bool(const std::string& name)>& wanted,
              const std::function<void(const std::string& name, std::string contents)>& take);

}  // namespace atome::cli
