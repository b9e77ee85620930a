#include "atome/corpus/grammar.h"

#include <cstdint>

namespace atome::corpus {
namespace {

constexpr int kMaxDepth = 40;       // nesting of rules and brackets; a rule that names itself ends here
constexpr int kMaxSteps = 10000;    // expansions in one item; a rule that names itself twice ends here
constexpr int kMaxDraws = 64;       // attempts to bind a slot to something new
constexpr int kLastItemDraws = 64;  // items tried for the room left at the end

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return is_lower(c) || is_upper(c); }

std::string_view trim(std::string_view s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
    return s;
}

// The next piece of `rest` up to `separator`, trimmed; shortens `rest`.
std::string_view take(std::string_view* rest, char separator) {
    const std::size_t at = rest->find(separator);
    const std::string_view piece = rest->substr(0, at);
    *rest = at == std::string_view::npos ? std::string_view() : rest->substr(at + 1);
    return trim(piece);
}

enum class Pronoun { none, he, she, it, they };

constexpr std::string_view kForms[][5] = {
    // form, then by Pronoun
    {"he", "he", "she", "it", "they"},
    {"him", "him", "her", "it", "them"},
    {"his", "his", "her", "its", "their"},
    {"self", "himself", "herself", "itself", "themselves"},
    {"was", "was", "was", "was", "were"},
    {"is", "is", "is", "is", "are"},
    {"has", "has", "has", "has", "have"},
    {"does", "does", "does", "does", "do"},
    {"s", "s", "s", "s", ""},
    {"a", "a", "a", "a", "some"},
    {"this", "this", "this", "this", "these"},
};

struct Thing {
    std::string slot;
    std::string text;         // without the attributes
    std::string_view option;  // the whole option; empty for numbers
    Pronoun pronoun = Pronoun::none;
};

Pronoun pronoun_of(std::string_view option) {
    take(&option, ';');
    while (!option.empty()) {
        const std::string_view attribute = take(&option, ';');
        if (attribute == "he") return Pronoun::he;
        if (attribute == "she") return Pronoun::she;
        if (attribute == "it") return Pronoun::it;
        if (attribute == "they") return Pronoun::they;
    }
    return Pronoun::none;
}

// Decimal digits only; `ok` false otherwise.
uint32_t number(std::string_view s, bool* ok) {
    uint32_t n = 0;
    *ok = !s.empty() && s.size() <= 9;
    for (const char c : s) {
        if (c < '0' || c > '9') *ok = false;
        n = n * 10 + static_cast<uint32_t>(c - '0');
    }
    return n;
}

struct Binding {
    std::string_view slot, source, differs_from;
    uint32_t low = 0, high = 0;  // when source is empty
};

// Splits "slot:=rule!x" or "slot:=#3..9".
bool parse_binding(std::string_view reference, Binding* out) {
    const std::size_t at = reference.find(":=");
    if (at == std::string_view::npos) return false;
    out->slot = reference.substr(0, at);
    std::string_view source = reference.substr(at + 2);
    if (!source.empty() && source.front() == '#') {
        source.remove_prefix(1);
        const std::size_t dots = source.find("..");
        if (dots == std::string_view::npos) return false;
        bool low_ok = false;
        bool high_ok = false;
        out->low = number(source.substr(0, dots), &low_ok);
        out->high = number(source.substr(dots + 2), &high_ok);
        return low_ok && high_ok && out->low <= out->high;
    }
    out->source = take(&source, '!');
    out->differs_from = source;
    return !out->slot.empty() && !out->source.empty();
}

// "a" before one of these letters is right all the same.
bool sounds_like_consonant(std::string_view word) {
    return word.substr(0, 3) == "one" || word.substr(0, 3) == "uni" || word.substr(0, 3) == "use";
}

// Whether `text`, whose last word is the article "a" or "A", needs an "n" before `rest`.
bool needs_an(std::string_view text, std::string_view rest) {
    if (text.empty() || to_lower(text.back()) != 'a') return false;
    if (text.size() >= 2 && text[text.size() - 2] != ' ' && text[text.size() - 2] != '"' &&
        text[text.size() - 2] != '\n')
        return false;
    constexpr std::string_view kVowels = "aeiou";
    return !rest.empty() && kVowels.find(to_lower(rest.front())) != std::string_view::npos &&
           !sounds_like_consonant(rest);
}

// Spaces, capitals, articles; see the head of grammar.h. Appends to `out`.
void finish(std::string_view raw, std::string* out) {
    const std::size_t begin = out->size();
    bool capital = true;  // the next letter begins a sentence or a quote
    bool in_quote = false;
    bool space = false;  // one is due before the next character
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char c = raw[i];
        if (c == ' ') {
            space = true;
            continue;
        }
        const bool at_start = out->size() == begin || out->back() == '\n';
        const bool closes = c == '"' && in_quote;
        const bool after_open_quote = out->size() > begin && out->back() == '"' && in_quote;
        if (space && !at_start && c != '\n' && c != '.' && c != ',' && c != '!' && c != '?' && !closes &&
            !after_open_quote) {
            const char last = out->back();
            if (last == '.' || last == '!' || last == '?') capital = true;
            if (needs_an(std::string_view(*out).substr(begin), raw.substr(i))) out->push_back('n');
            out->push_back(' ');
        }
        space = false;
        if (c == '\n') {
            capital = true;
            in_quote = false;
        }
        if (c == '"') {
            in_quote = !in_quote;
            if (in_quote) capital = true;
        }
        out->push_back(capital ? to_upper(c) : c);
        if (is_letter(c) || (c >= '0' && c <= '9')) capital = false;
    }
}

Status check_balance(std::string_view option, int line) {
    int brackets = 0;
    bool braces = false;
    for (const char c : option) {
        if (c == '{' && braces) return Status::error(Code::bad_argument, "line ", line, ": { inside { }");
        if (c == '}' && !braces) return Status::error(Code::bad_argument, "line ", line, ": } without {");
        if (c == '{') braces = true;
        if (c == '}') braces = false;
        if (c == '[') ++brackets;
        if (c == ']') --brackets;
        if (c == '|' && brackets == 0)
            return Status::error(Code::bad_argument, "line ", line, ": | outside [ ]");
        if (brackets < 0) return Status::error(Code::bad_argument, "line ", line, ": ] without [");
    }
    if (brackets != 0 || braces)
        return Status::error(Code::bad_argument, "line ", line, ": an option ends within [ ] or { }");
    return {};
}

}  // namespace

// One item being written.
class Expansion {
  public:
    Expansion(const Grammar& grammar, Random& random) : grammar_(grammar), random_(random) {}

    void run(std::string_view text, int depth = 0) {
        if (depth > kMaxDepth || ++steps_ > kMaxSteps) return;
        std::size_t i = 0;
        while (i < text.size()) {
            if (text[i] == '[') {
                const std::size_t end = closing(text, i);
                run(choose(text.substr(i + 1, end - i - 1)), depth + 1);
                i = end + 1;
            } else if (text[i] == '{') {
                const std::size_t end = text.find('}', i);
                refer(text.substr(i + 1, end - i - 1), depth + 1);
                i = end + 1;
            } else {
                out_.push_back(text[i] == '~' ? '\n' : text[i]);
                ++i;
            }
        }
    }

    const std::string& text() const { return out_; }

  private:
    // Index of the bracket that closes the one at `open`; parse() has checked that there is one.
    static std::size_t closing(std::string_view text, std::size_t open) {
        int depth = 0;
        for (std::size_t i = open; i < text.size(); ++i) {
            if (text[i] == '[') ++depth;
            if (text[i] == ']' && --depth == 0) return i;
        }
        return text.size();
    }

    // One of the alternatives, separated by | outside inner brackets.
    std::string_view choose(std::string_view inside) {
        std::vector<std::string_view> alternatives;
        int depth = 0;
        std::size_t begin = 0;
        for (std::size_t i = 0; i <= inside.size(); ++i) {
            if (i == inside.size() || (inside[i] == '|' && depth == 0)) {
                alternatives.push_back(inside.substr(begin, i - begin));
                begin = i + 1;
            } else if (inside[i] == '[') {
                ++depth;
            } else if (inside[i] == ']') {
                --depth;
            }
        }
        return alternatives[random_.below(static_cast<uint32_t>(alternatives.size()))];
    }

    const Thing* find(std::string_view slot) const {
        for (const Thing& thing : things_)
            if (thing.slot == slot) return &thing;
        return nullptr;
    }

    void bind(Thing thing) {
        for (Thing& old : things_) {
            if (old.slot == thing.slot) {
                old = std::move(thing);
                return;
            }
        }
        things_.push_back(std::move(thing));
    }

    bool taken(std::string_view text) const {
        for (const Thing& thing : things_)
            if (thing.text == text) return true;
        return false;
    }

    void bind(const Binding& binding) {
        Thing thing;
        thing.slot = std::string(binding.slot);
        if (binding.source.empty()) {
            thing.text = std::to_string(binding.low + random_.below(binding.high - binding.low + 1));
            bind(std::move(thing));
            return;
        }
        const std::vector<std::string>& options = grammar_.rules_.find(binding.source)->second;
        const Thing* other = find(binding.differs_from);
        for (int draw = 0; draw < kMaxDraws; ++draw) {
            thing.option = options[random_.below(static_cast<uint32_t>(options.size()))];
            std::string_view rest = thing.option;
            thing.text = std::string(take(&rest, ';'));
            thing.pronoun = pronoun_of(thing.option);
            if (!taken(thing.text) && (other == nullptr || other->pronoun != thing.pronoun)) break;
        }
        bind(std::move(thing));
    }

    // Writes a form of a bound thing; false when it has no such form.
    bool write_form(const Thing& thing, std::string_view form, int depth) {
        std::string_view rest = thing.option;
        take(&rest, ';');
        while (!rest.empty()) {
            std::string_view value = take(&rest, ';');
            const bool has_value = value.find('=') != std::string_view::npos;
            if (has_value && take(&value, '=') == form) {
                run(value, depth);
                return true;
            }
        }
        if (thing.pronoun == Pronoun::none) return false;
        for (const auto& row : kForms) {
            if (row[0] == form) {
                out_ += row[static_cast<std::size_t>(thing.pronoun)];
                return true;
            }
        }
        return false;
    }

    void refer(std::string_view reference, int depth) {
        Binding binding;
        if (parse_binding(reference, &binding)) return bind(binding);
        std::string name(reference);
        const bool capital = is_upper(name[0]);
        name[0] = to_lower(name[0]);
        const std::size_t begin = out_.size();
        const std::size_t dot = name.find('.');
        const Thing* thing = find(std::string_view(name).substr(0, dot));
        const auto rule = grammar_.rules_.find(name);
        bool known = true;
        if (thing != nullptr && dot == std::string::npos) {
            // A copy: the text may bind slots, which moves the things.
            run(std::string(thing->text), depth);
        } else if (thing != nullptr) {
            known = write_form(Thing(*thing), std::string_view(name).substr(dot + 1), depth);
        } else if (rule != grammar_.rules_.end()) {
            run(rule->second[random_.below(static_cast<uint32_t>(rule->second.size()))], depth);
        } else {
            known = false;
        }
        if (!known) out_ += "{" + name + "}";
        if (capital && begin < out_.size()) out_[begin] = to_upper(out_[begin]);
    }

    const Grammar& grammar_;
    Random& random_;
    int steps_ = 0;
    std::vector<Thing> things_;
    std::string out_;
};

Status Grammar::parse(std::string_view text, Grammar* out) {
    Grammar grammar;
    std::vector<std::string>* rule = nullptr;
    int line_number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        ++line_number;
        const bool goes_on = !line.empty() && line.front() == ' ';
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '@') {
            auto [place, is_new] = grammar.rules_.try_emplace(std::string(line.substr(1)));
            if (!is_new)
                return Status::error(Code::bad_argument, "line ", line_number, ": a rule's second begin");
            rule = &place->second;
            continue;
        }
        if (rule == nullptr)
            return Status::error(Code::bad_argument, "line ", line_number, ": text before the first @rule");
        if (line.front() == '+') {
            const auto other = grammar.rules_.find(line.substr(1));
            if (other == grammar.rules_.end() || &other->second == rule)
                return Status::error(Code::bad_argument, "line ", line_number,
                                     ": no rule of this name above");
            rule->insert(rule->end(), other->second.begin(), other->second.end());
        } else if (goes_on && !rule->empty()) {
            rule->back() += " ";
            rule->back() += line;
        } else {
            rule->emplace_back(line);
        }
    }
    // Options may span lines, so they are checked as a whole; the count stands in for a line number.
    for (const auto& [name, options] : grammar.rules_) {
        int index = 0;
        if (options.empty())
            return Status::error(Code::bad_argument, "@", std::string_view(name), " is empty");
        for (const std::string& option : options) {
            ++index;
            const Status status = check_balance(option, index);
            if (!status)
                return Status::error(Code::bad_argument, "@", std::string_view(name), " option ",
                                     status.message());
            for (std::size_t i = option.find(":="); i != std::string::npos; i = option.find(":=", i + 2)) {
                const std::size_t open = option.rfind('{', i);
                const std::size_t close = option.find('}', i);
                Binding binding;
                const bool inside = open != std::string::npos && close != std::string::npos;
                if (!inside ||
                    !parse_binding(std::string_view(option).substr(open + 1, close - open - 1), &binding) ||
                    (!binding.source.empty() && grammar.rules_.find(binding.source) == grammar.rules_.end()))
                    return Status::error(Code::bad_argument, "@", std::string_view(name), " option ", index,
                                         ": a binding without a known rule or range");
            }
            if (option.find("{}") != std::string::npos)
                return Status::error(Code::bad_argument, "@", std::string_view(name), " option ", index,
                                     ": {}");
        }
    }
    *out = std::move(grammar);
    return {};
}

std::size_t Grammar::options(std::string_view rule) const {
    const auto found = rules_.find(rule);
    return found == rules_.end() ? 0 : found->second.size();
}

void Grammar::expand(std::string_view rule, std::size_t index, Random& random, std::string* out) const {
    Expansion expansion(*this, random);
    expansion.run(rules_.find(rule)->second[index]);
    finish(expansion.text(), out);
}

std::string Grammar::write(std::string_view rule, std::size_t bytes, uint64_t seed) const {
    std::string out;
    const std::size_t count = options(rule);
    if (count == 0) return out;
    Random random(seed);
    std::size_t last = count;  // none
    int misses = 0;
    std::string item;
    while (misses < kLastItemDraws) {
        std::size_t index = random.below(static_cast<uint32_t>(count));
        if (index == last && count > 1) index = (index + 1) % count;
        item.clear();
        expand(rule, index, random, &item);
        const std::size_t room = bytes - out.size();
        const std::size_t separator = out.empty() ? 0 : 1;
        if (item.size() + 1 + separator > room) {
            ++misses;
            continue;
        }
        if (separator != 0) out.push_back('\n');
        out += item;
        out.push_back('\n');
        last = index;
    }
    return out;
}

}  // namespace atome::corpus
