#include "atome/deploy/main_c.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "atome/deploy/c_header.h"
#include "atome/deploy/fit.h"
#include "atome/infer/stream.h"

namespace atome {

namespace {

// @NAME@ is replaced.
constexpr std::string_view kTemplate =
    R"(/* A first program around a model: continues a prompt and sends the text to the serial port.
 *
 * Made by Atome together with @HEADER@, by `atome export MODEL --c-header FILE --main-c FILE` or by the
 * page in the browser, which writes the same bytes. It is yours to change.
 *
 * To build it, put into your project (Atome's mcu/README.md says more):
 *   - this file and @HEADER@;
 *   - atome.h and atome.cpp, which Atome's mcu/two_files.py writes;
 *   - uart_write(), see below;
 *   - your board's start-up code and linker script, which its IDE has.
 * RAM: ARENA_BYTES@SCRATCH@ and about 2 KB of stack. Nothing is allocated. */
#include <stddef.h>
#include <stdint.h>

#include "atome.h"
#include "@HEADER@"

/* Yours to write, because every chip has another serial port: waits until there is room, then sends one byte.
 * On an STM32F103 (Blue Pill), with its headers:
 *
 *     void uart_write(uint8_t byte) { while (!(USART1->SR & USART_SR_TXE)) {} USART1->DR = byte; }
 */
extern void uart_write(uint8_t byte);

/* How many positions attention sees, and the bytes that the engine needs for so many on a 32-bit chip. After
 * changing WINDOW, set ARENA_BYTES to what the error message asks for. */
#define WINDOW @WINDOW@
#define ARENA_BYTES @ARENA@
static _Alignas(16) unsigned char arena[ARENA_BYTES];

/* What the model continues. Bytes beyond plain ASCII are \ and three octal digits. */
static const char prompt[] =
    @PROMPT@;

/* How many bytes to write, and how to choose each. The same seed gives the same text on every machine. */
#define BYTES_TO_WRITE @N@u
static const atome_sampling sampling = {
    .temperature = @TEMPERATURE@f, /* 0: always the most probable token; more: more surprising, up to 100 */
    .top_k = @TOP_K@u, /* only the k most probable tokens; 0: all */
    .top_p = @TOP_P@f, /* only the most probable tokens that together reach p; 1: all */
    .seed = @SEED@u,
};

/* Gets every new byte. Returning anything but 0 would end the text. */
static int send_byte(void* context, uint8_t byte) {
    (void)context;
    uart_write(byte);
    return 0;
}

/* The message is one line that says what is wrong and what would be right. */
static int failed(const atome_error* error) {
    for (const char* c = error->text; *c; c++) uart_write((uint8_t)*c);
    uart_write('\r');
    uart_write('\n');
    return 1;
}

int main(void) {
    /* Set up the clock and the serial port here, unless your start-up code has done it. */

    atome_error error;
    atome_model opened; /* the model stays in flash: this only points to it */
    if (atome_open(&opened, @SYMBOL@, sizeof @SYMBOL@, &error)) return failed(&error);

    atome_engine* engine = @INIT@(&opened, WINDOW, arena, sizeof arena, &error);
    if (!engine) return failed(&error);

@WRITE@        return failed(&error);
    return 0;
}
)";

constexpr std::string_view kWrite =
    R"(    /* - 1: without the zero that ends a C string. */
    if (atome_generate(engine, (const uint8_t*)prompt, sizeof prompt - 1, BYTES_TO_WRITE, &sampling,
                       send_byte, NULL, &error))
)";

// Where tokens are strings, atome_generate() takes short prompts only.
constexpr std::string_view kReadAndWrite =
    R"(    /* - 1: without the zero that ends a C string. */
    static unsigned char scratch[ATOME_READ_SCRATCH(sizeof prompt - 1)];
    if (atome_read(engine, (const uint8_t*)prompt, sizeof prompt - 1, scratch, sizeof scratch, &error))
        return failed(&error);
    if (atome_generate(engine, NULL, 0, BYTES_TO_WRITE, &sampling, send_byte, NULL, &error))
)";

// Names of the template at file scope, and those in main() that would hide the symbol. All names of
// mcu/atome.h start with atome_.
constexpr std::string_view kTaken[] = {"ARENA_BYTES", "BYTES_TO_WRITE", "WINDOW",    "arena",     "engine",
                                       "error",       "failed",         "main",      "opened",    "prompt",
                                       "sampling",    "scratch",        "send_byte", "uart_write"};

// What a C11 compiler must take as one string (5.2.4.1), less the zero at its end.
constexpr std::size_t kMaxPrompt = 4094;
constexpr std::size_t kLineWidth = 100;
constexpr uint32_t kMaxBytes = 1'000'000'000;

// String literals, one a line, that stand for these bytes and no others on any compiler: ASCII only, no
// trigraphs. An octal escape ends after three digits, a hexadecimal one would swallow digits that follow.
std::string c_string(std::string_view bytes) {
    std::string out, line;
    const auto end_line = [&] {
        if (!out.empty()) out += "\n    ";
        out += '"' + line + '"';
        line.clear();
    };
    for (std::size_t i = 0; i < bytes.size(); i++) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        const bool again = i > 0 && bytes[i - 1] == '?';
        if (c == '\n') {
            line += "\\n";
        } else if (c == '"' || c == '\\' || (c == '?' && again)) {
            line += {'\\', static_cast<char>(c)};
        } else if (c >= ' ' && c <= '~') {
            line += static_cast<char>(c);
        } else {
            line += '\\';
            for (int shift = 6; shift >= 0; shift -= 3) line += static_cast<char>('0' + (c >> shift & 7));
        }
        if ((c == '\n' || line.size() >= kLineWidth) && i + 1 < bytes.size()) end_line();
    }
    end_line();
    return out;
}

// The shortest decimal that reads back as x, which is 0 or 0.001..100. Without the C library, whose decimal
// point depends on the locale.
std::string decimal(float x) {
    uint64_t scale = 1;
    for (int places = 1;; places++) {
        scale *= 10;
        const double exact = static_cast<double>(x), power = static_cast<double>(scale);
        const auto digits = static_cast<uint64_t>(exact * power + 0.5);
        const double value = static_cast<double>(digits) / power;
        // `value` is the decimal up to 2^-53 of it: on both sides of that it must round to x.
        const bool good =
            static_cast<float>(value * (1 - 0x1p-50)) == x && static_cast<float>(value * (1 + 0x1p-50)) == x;
        if (!good && places < 12) continue;
        std::string fraction = std::to_string(digits % scale);
        fraction.insert(0, static_cast<std::size_t>(places) - fraction.size(), '0');
        return std::to_string(digits / scale) + "." + fraction;
    }
}

Status check_names(const MainCOptions& o, const std::string& symbol) {
    if (std::find(std::begin(kTaken), std::end(kTaken), symbol) != std::end(kTaken) ||
        symbol.rfind("atome_", 0) == 0)
        return Status::error(Code::bad_argument, "symbol '", std::string_view(symbol).substr(0, 32),
                             "' is a name that main.c or atome.h has: use another, such as model_blob");
    // What file systems forbid somewhere, and what would end a comment or an #include, or be a trigraph.
    for (const char c : o.header)
        if (static_cast<unsigned char>(c) < ' ' || c == 127 ||
            std::string_view("\"*:<>?\\|").find(c) != std::string_view::npos)
            return Status::error(Code::bad_argument, "header '", std::string_view(o.header).substr(0, 32),
                                 "' cannot be included: use a file name without \" * : < > ? \\ |");
    if (o.header.empty()) return Status::error(Code::bad_argument, "header is empty: use a file name");
    return {};
}

Status check_prompt(const ModelView& model, std::string_view prompt) {
    if (prompt.size() > kMaxPrompt)
        return Status::error(Code::bad_argument, "the prompt has ", prompt.size(), " bytes: use at most ",
                             kMaxPrompt);
    if (model.vocabulary()) return {};
    const Status s = check_vocabulary(reinterpret_cast<const uint8_t*>(prompt.data()), prompt.size(),
                                      model.config().vocab_size);
    return s.ok() ? s : Status::error(s.code(), "prompt: ", s.message());
}

}  // namespace

Status write_main_c(const ModelView& model, const MainCOptions& o, std::string* out) {
    const std::string symbol = c_identifier(o.symbol);
    ATOME_TRY(check_names(o, symbol));
    ATOME_TRY(check_prompt(model, o.prompt));
    ATOME_TRY(validate(o.sampling));
    if (o.n < 1 || o.n > kMaxBytes)
        return Status::error(Code::bad_argument, "n is ", o.n, ": use 1..", kMaxBytes);
    if (o.window < 1 || o.window > Limits::window)
        return Status::error(Code::bad_argument, "window is ", o.window, ": use 1..", Limits::window);
    const uint64_t arena = ram_bytes(model, o.window, o.fixed);
    if (arena >> 31)
        return Status::error(Code::out_of_memory, "a window of ", o.window,
                             " needs more than 2 GiB of memory: use a smaller one");
    const std::pair<std::string_view, std::string> values[] = {
        {"HEADER", o.header},
        {"SYMBOL", symbol},
        {"WINDOW", std::to_string(o.window)},
        {"ARENA", std::to_string(arena)},
        {"INIT", o.fixed ? "atome_init_fixed" : "atome_init"},
        {"PROMPT", c_string(o.prompt)},
        {"N", std::to_string(o.n)},
        {"TEMPERATURE", decimal(o.sampling.temperature)},
        {"TOP_K", std::to_string(o.sampling.top_k)},
        // The most probable of 256 bytes reaches 0.001 alone: what is below means the same.
        {"TOP_P", decimal(std::max(o.sampling.top_p, 0.001f))},
        {"SEED", std::to_string(o.sampling.seed)},
        {"SCRATCH", model.vocabulary() ? ", twice the prompt" : ""},
        {"WRITE", std::string(model.vocabulary() ? kReadAndWrite : kWrite)},
    };
    out->clear();
    std::string_view rest = kTemplate;
    for (;;) {
        const std::size_t at = rest.find('@');
        out->append(rest.substr(0, at));
        if (at == std::string_view::npos) return {};
        const std::size_t end = rest.find('@', at + 1);
        const std::string_view name = rest.substr(at + 1, end - at - 1);
        for (const auto& [known, value] : values)
            if (known == name) out->append(value);
        rest.remove_prefix(end + 1);
    }
}

}  // namespace atome
