// A grammar engine for small, hand-written text generators.
//
// A grammar is one text. Its lines:
//
//     # comment                     ignored, as are blank lines
//     @name                         starts the rule `name`; the lines below are its options
//     some text                     one option
//         more text                 an indented line goes on with the option above, after a space
//     +other                        all options of the rule `other`, which stands further up
//
// In an option:
//
//     [a|b|c]          one of these; may be nested and empty: [very|]
//     ~                a new line
//     {name}           the thing bound to the slot `name`, else an option of the rule `name`, expanded
//     {Name}           the same with its first letter in upper case
//     {name.form}      a form of the bound thing, see below
//     {name:=rule}     binds the slot to a random option of the rule, other than all things bound so far;
//                      writes nothing
//     {name:=rule!x}   the same, and its pronoun is not that of the slot x
//     {name:=#3..9}    binds the slot to a number of that range
//
// An option that is used as a thing is `text; pronoun; key=value; ...`, pronoun being he, she, it or they
// (the last for plural things). The pronoun gives the forms
//
//     he him his self was is has does s a this        she her her herself was is has does s a this
//     it it its itself was is has does s a this       they them their themselves were are have do - some
//     these
//
// named by the first row: {toy.was} is `was` for a ball and `were` for boots. Keys are further forms.
//
// After expansion a finishing pass removes surplus spaces, writes capitals at the beginning of sentences
// and of quotes, and turns `a` into `an` before a vowel.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "atome/base/random.h"
#include "atome/base/status.h"

namespace atome::corpus {

class Grammar {
  public:
    // Reads a grammar's text; the message names the line that is wrong. Brackets must balance and rules
    // must exist where `+` or a binding names them.
    static Status parse(std::string_view text, Grammar* out);

    // How many options a rule has; 0 when there is no such rule.
    std::size_t options(std::string_view rule) const;

    // Appends option number `index` of `rule`, expanded and finished. A name that is neither a slot nor a
    // rule is written as "{name}", so that a test can find it. `index` < options(rule).
    void expand(std::string_view rule, std::size_t index, Random& random, std::string* out) const;

    // A text of whole items (options of `rule`, never the same option twice in a row), each followed by a
    // newline and separated by a blank line: the longest such text of at most `bytes` that the items
    // drawn allow. Falls short by less than the shortest item in all but rare cases; empty when `bytes`
    // is too small for an item.
    std::string write(std::string_view rule, std::size_t bytes, uint64_t seed) const;

  private:
    friend class Expansion;
    std::map<std::string, std::vector<std::string>, std::less<>> rules_;
};

}  // namespace atome::corpus
