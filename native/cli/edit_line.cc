#include "native/cli/edit_line.h"

#include <editline/readline.h>

#include <clocale>
#include <cstdlib>
#include <memory>

#include "native/cli/output.h"

namespace atome::cli {

std::optional<std::string> edit_line(const char* prompt) {
    flush_output();
    // Editing moves by characters, which takes the terminal's encoding; numbers stay in the C locale's form.
    std::setlocale(LC_CTYPE, "");
    const std::unique_ptr<char, void (*)(void*)> line(::readline(prompt), std::free);
    if (!line) return std::nullopt;
    if (line.get()[0] != '\0') ::add_history(line.get());
    return line.get();
}

}  // namespace atome::cli
