// A reader of the pickles that torch.save writes: it builds plain values and never runs anything.
//
// The opcodes are those that a state dictionary with numbers, text, tuples, lists and dictionaries needs;
// the globals are torch's storages and its two rebuild functions, and OrderedDict. Whatever else a pickle
// asks for is refused by name. Opcodes: CPython Lib/pickletools.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "atome/base/status.h"
#include "atome/formats/named_tensors.h"

namespace atome {

enum class PickleKind : uint8_t {
    none,
    boolean,   // integer: 0 or 1
    integer,   // integer
    real,      // real
    text,      // text
    tuple,     // items
    list,      // items
    dict,      // items: key, value, key, value...
    callable,  // callable: an allowed global
    storage,   // text: its key; dtype; integer: its number of elements
    tensor,    // items: storage, offset (integer), shape (tuple), stride (tuple)
};

enum class PickleCallable : uint8_t { ordered_dict, rebuild_tensor, rebuild_parameter, storage_type };

struct PickleValue {
    PickleKind kind = PickleKind::none;
    PickleCallable callable = PickleCallable::ordered_dict;
    Dtype dtype = Dtype::f32;
    int64_t integer = 0;
    double real = 0;
    std::string_view text;        // into the pickle
    std::vector<uint32_t> items;  // indices of values; a list may hold itself
};

struct Pickle {
    std::vector<PickleValue> values;
    uint32_t root = 0;

    const PickleValue& operator[](uint32_t i) const { return values[i]; }
    // The value under a text key of a dict (the last one, where there are several), else null.
    const PickleValue* get(const PickleValue& dict, std::string_view key) const;
};

// At most 64 MiB of pickle, a million values, as many memo entries, and four million items in containers.
// Errors: bad_file (byte of the pickle and why); unsupported, naming the opcode or global that is refused.
Status read_pickle(const uint8_t* data, std::size_t size, Pickle* out);

}  // namespace atome
