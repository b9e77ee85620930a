#include "atome/formats/pickle.h"

#include <cstring>
#include <unordered_map>
#include <utility>

#include "atome/base/bytes.h"

namespace atome {

namespace {

constexpr std::size_t kMaxPickle = std::size_t{64} << 20;
constexpr std::size_t kMaxValues = 1'000'000;
// Of all tuples, lists and dictionaries together. Values may stand in several, as far as the memo goes.
constexpr std::size_t kMaxItems = 4 * kMaxValues;

struct Allowed {
    std::string_view module, name;
    PickleCallable callable;
    Dtype dtype;
};

constexpr Allowed kAllowed[] = {
    {"collections", "OrderedDict", PickleCallable::ordered_dict, Dtype::f32},
    {"torch._utils", "_rebuild_tensor_v2", PickleCallable::rebuild_tensor, Dtype::f32},
    {"torch._utils", "_rebuild_parameter", PickleCallable::rebuild_parameter, Dtype::f32},
    {"torch", "FloatStorage", PickleCallable::storage_type, Dtype::f32},
    {"torch", "DoubleStorage", PickleCallable::storage_type, Dtype::f64},
    {"torch", "HalfStorage", PickleCallable::storage_type, Dtype::f16},
    {"torch", "BFloat16Storage", PickleCallable::storage_type, Dtype::bf16},
    {"torch", "LongStorage", PickleCallable::storage_type, Dtype::i64},
    {"torch", "IntStorage", PickleCallable::storage_type, Dtype::i32},
    {"torch", "ByteStorage", PickleCallable::storage_type, Dtype::u8},
    {"torch", "BoolStorage", PickleCallable::storage_type, Dtype::u8},
};

// Opcodes, by their letter in the stream.
enum Op : uint8_t {
    kProto = 0x80,
    kFrame = 0x95,
    kStop = '.',
    kMark = '(',
    kPop = '0',
    kPopMark = '1',
    kNone = 'N',
    kNewTrue = 0x88,
    kNewFalse = 0x89,
    kBinInt = 'J',
    kBinInt1 = 'K',
    kBinInt2 = 'M',
    kLong1 = 0x8a,
    kBinFloat = 'G',
    kBinUnicode = 'X',
    kShortBinUnicode = 0x8c,
    kEmptyTuple = ')',
    kTuple = 't',
    kTuple1 = 0x85,
    kTuple2 = 0x86,
    kTuple3 = 0x87,
    kEmptyList = ']',
    kAppend = 'a',
    kAppends = 'e',
    kEmptyDict = '}',
    kSetItem = 's',
    kSetItems = 'u',
    kGlobal = 'c',
    kStackGlobal = 0x93,
    kReduce = 'R',
    kBuild = 'b',
    kBinPersId = 'Q',
    kBinPut = 'q',
    kLongBinPut = 'r',
    kBinGet = 'h',
    kLongBinGet = 'j',
    kMemoize = 0x94,
};

class Machine {
  public:
    Machine(const uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    // Runs to STOP; `values` then holds everything, `root` the result.
    Status run(Pickle* out) {
        for (bool stop = false; !stop;) {
            op_at_ = at_;
            if (at_ == size_) return bad("it ends without STOP");
            const uint8_t op = data_[at_++];
            ATOME_TRY(step(op, &stop));
        }
        if (stack_.size() != 1 || !marks_.empty())
            return bad("STOP with ", stack_.size(), " values, expected 1");
        out->values = std::move(values_);
        out->root = stack_[0];
        return {};
    }

  private:
    template <class... Pieces>
    Status bad(const Pieces&... pieces) const {
        return Status::error(Code::bad_file, "pickle byte ", op_at_, ": ", pieces...);
    }
    Status underflow() const { return bad("the stack has too few values"); }

    // ---- the stream ----

    Status take(std::size_t n, const uint8_t** out) {
        if (n > size_ - at_) return bad("it is cut off");
        *out = data_ + at_;
        at_ += n;
        return {};
    }
    template <class T>
    Status number(T* out) {
        const uint8_t* p = nullptr;
        ATOME_TRY(take(sizeof(T), &p));
        *out = load<T>(p);
        return {};
    }
    Status line(std::string_view* out) {
        const void* end = std::memchr(data_ + at_, '\n', size_ - at_);
        if (end == nullptr) return bad("it is cut off");
        const uint8_t* begin = data_ + at_;
        const std::size_t n = static_cast<std::size_t>(static_cast<const uint8_t*>(end) - begin);
        *out = {reinterpret_cast<const char*>(begin), n};
        at_ += n + 1;
        return {};
    }

    // ---- the stack ----

    Status push(PickleValue value) {
        if (values_.size() == kMaxValues) return bad("more than ", kMaxValues, " values");
        stack_.push_back(static_cast<uint32_t>(values_.size()));
        values_.push_back(std::move(value));
        return {};
    }
    Status push_kind(PickleKind kind) {
        PickleValue v;
        v.kind = kind;
        return push(std::move(v));
    }
    Status push_integer(PickleKind kind, int64_t n) {
        PickleValue v;
        v.kind = kind;
        v.integer = n;
        return push(std::move(v));
    }
    // Values above the last mark, or above the bottom.
    std::size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
    PickleValue& top() { return values_[stack_.back()]; }
    Status pop(uint32_t* out) {
        if (available() == 0) return underflow();
        *out = stack_.back();
        stack_.pop_back();
        return {};
    }
    Status pop_to_mark(std::vector<uint32_t>* out) {
        if (marks_.empty()) return bad("no mark on the stack");
        out->assign(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
        stack_.resize(marks_.back());
        marks_.pop_back();
        return {};
    }
    Status pop_n(std::size_t n, std::vector<uint32_t>* out) {
        if (available() < n) return underflow();
        out->assign(stack_.end() - static_cast<std::ptrdiff_t>(n), stack_.end());
        stack_.resize(stack_.size() - n);
        return {};
    }
    Status count_items(std::size_t n) {
        items_ += n;
        if (items_ > kMaxItems)
            return bad("more than ", kMaxItems, " items of tuples, lists and dictionaries");
        return {};
    }
    Status push_tuple(std::vector<uint32_t> items) {
        ATOME_TRY(count_items(items.size()));
        PickleValue v;
        v.kind = PickleKind::tuple;
        v.items = std::move(items);
        return push(std::move(v));
    }
    // Appends to the list or dict on top of the stack.
    Status extend(PickleKind kind, const std::vector<uint32_t>& items) {
        if (available() == 0) return underflow();
        if (top().kind != kind)
            return bad("items for a value that is no ", kind == PickleKind::dict ? "dict" : "list");
        if (kind == PickleKind::dict && items.size() % 2 != 0) return bad("a key without value");
        ATOME_TRY(count_items(items.size()));
        top().items.insert(top().items.end(), items.begin(), items.end());
        return {};
    }

    // ---- the memo ----

    Status put(uint32_t index) {
        if (available() == 0) return underflow();
        if (memo_.size() == kMaxValues && memo_.count(index) == 0)
            return bad("more than ", kMaxValues, " memo entries");
        memo_[index] = stack_.back();
        return {};
    }
    Status get(uint32_t index) {
        const auto it = memo_.find(index);
        if (it == memo_.end()) return bad("memo ", index, " was never stored");
        // A reference takes no value, so the stack has a bound of its own.
        if (stack_.size() >= kMaxValues) return bad("more than ", kMaxValues, " values on the stack");
        stack_.push_back(it->second);
        return {};
    }

    // ---- globals, calls, persistent objects ----

    Status push_global(std::string_view module, std::string_view global) {
        for (const Allowed& a : kAllowed) {
            if (a.module != module || a.name != global) continue;
            PickleValue v;
            v.kind = PickleKind::callable;
            v.callable = a.callable;
            v.dtype = a.dtype;
            return push(std::move(v));
        }
        return Status::error(Code::unsupported, "pickle byte ", op_at_, ": global '", module.substr(0, 40),
                             ".", global.substr(0, 40),
                             "' is refused: only tensors, numbers, text and dictionaries are read");
    }
    Status stack_global() {
        std::vector<uint32_t> names;
        ATOME_TRY(pop_n(2, &names));
        const PickleValue &module = values_[names[0]], &global = values_[names[1]];
        if (module.kind != PickleKind::text || global.kind != PickleKind::text)
            return bad("a global without name");
        return push_global(module.text, global.text);
    }
    Status reduce() {
        std::vector<uint32_t> call;
        ATOME_TRY(pop_n(2, &call));
        const PickleValue& function = values_[call[0]];
        if (function.kind != PickleKind::callable || values_[call[1]].kind != PickleKind::tuple)
            return bad("a call of something that cannot be called");
        const std::vector<uint32_t>& args = values_[call[1]].items;  // until the next push
        switch (function.callable) {
            case PickleCallable::ordered_dict:
                if (!args.empty()) return bad("OrderedDict with arguments");
                return push_kind(PickleKind::dict);
            case PickleCallable::rebuild_parameter:
                if (args.empty() || values_[args[0]].kind != PickleKind::tensor)
                    return bad("a parameter of no tensor");
                stack_.push_back(args[0]);
                return {};
            case PickleCallable::rebuild_tensor:
                return rebuild_tensor(args);
            case PickleCallable::storage_type:
                break;
        }
        return bad("a storage type cannot be called");
    }
    // storage, offset, shape, stride, then arguments about gradients that mean nothing here.
    Status rebuild_tensor(const std::vector<uint32_t>& args) {
        constexpr PickleKind kKinds[] = {PickleKind::storage, PickleKind::integer, PickleKind::tuple,
                                         PickleKind::tuple};
        if (args.size() < 4) return bad("a tensor of ", args.size(), " arguments, expected 4 or more");
        for (std::size_t i = 0; i < 4; i++)
            if (values_[args[i]].kind != kKinds[i])
                return bad("a tensor whose argument ", i, " is of the wrong kind");
        if (values_[args[2]].items.size() > kMaxRank || values_[args[3]].items.size() > kMaxRank)
            return bad("a tensor of more than ", kMaxRank, " dimensions");
        for (std::size_t i = 2; i < 4; i++)
            for (uint32_t d : values_[args[i]].items)
                if (values_[d].kind != PickleKind::integer)
                    return bad("a tensor whose shape is not of integers");
        PickleValue v;
        v.kind = PickleKind::tensor;
        v.items.assign(args.begin(), args.begin() + 4);
        return push(std::move(v));
    }
    // ("storage", type, key, location, number of elements)
    Status persistent_storage() {
        uint32_t id = 0;
        ATOME_TRY(pop(&id));
        const std::vector<uint32_t>& items = values_[id].items;
        if (values_[id].kind != PickleKind::tuple || items.size() != 5)
            return bad("an unknown persistent object");
        const PickleValue &tag = values_[items[0]], &type = values_[items[1]], &key = values_[items[2]],
                          &count = values_[items[4]];
        if (tag.kind != PickleKind::text || tag.text != "storage" || type.kind != PickleKind::callable ||
            type.callable != PickleCallable::storage_type || key.kind != PickleKind::text ||
            count.kind != PickleKind::integer || count.integer < 0)
            return bad("a persistent object that is no storage");
        PickleValue v;
        v.kind = PickleKind::storage;
        v.dtype = type.dtype;
        v.text = key.text;
        v.integer = count.integer;
        return push(std::move(v));
    }
    Status push_text(std::size_t n) {
        const uint8_t* p = nullptr;
        ATOME_TRY(take(n, &p));
        PickleValue v;
        v.kind = PickleKind::text;
        v.text = {reinterpret_cast<const char*>(p), n};
        return push(std::move(v));
    }
    // Little-endian two's complement of 0..8 bytes.
    Status push_long() {
        uint8_t n = 0;
        const uint8_t* p = nullptr;
        ATOME_TRY(number(&n));
        if (n > 8) return bad("an integer of ", n, " bytes: expected at most 8");
        ATOME_TRY(take(n, &p));
        uint64_t v = n > 0 && (p[n - 1] & 0x80) != 0 ? ~uint64_t{0} : 0;
        for (unsigned i = n; i-- > 0;) v = v << 8 | p[i];
        return push_integer(PickleKind::integer, static_cast<int64_t>(v));
    }
    Status push_real() {
        const uint8_t* p = nullptr;
        ATOME_TRY(take(8, &p));
        uint8_t little[8];
        for (int i = 0; i < 8; i++) little[i] = p[7 - i];  // the one big-endian number of the format
        PickleValue v;
        v.kind = PickleKind::real;
        v.real = load<double>(little);
        return push(std::move(v));
    }
    template <class T>
    Status integer_operand() {
        T n = 0;
        ATOME_TRY(number(&n));
        return push_integer(PickleKind::integer, n);
    }

    Status step(uint8_t op, bool* stop) {
        uint8_t small = 0;
        uint32_t large = 0;
        uint64_t frame = 0;
        uint32_t popped = 0;
        std::vector<uint32_t> items;
        std::string_view module, global;
        switch (op) {
            case kProto:
                ATOME_TRY(number(&small));
                if (small < 2 || small > 5) return bad("protocol ", small, ": expected 2..5");
                return {};
            case kFrame:
                return number(&frame);  // only advice on buffering
            case kStop:
                *stop = true;
                return {};
            case kMark:
                if (marks_.size() == kMaxValues) return bad("too many marks");
                marks_.push_back(stack_.size());
                return {};
            case kPop:
                return pop(&popped);
            case kPopMark:
                return pop_to_mark(&items);
            case kNone:
                return push_kind(PickleKind::none);
            case kNewTrue:
                return push_integer(PickleKind::boolean, 1);
            case kNewFalse:
                return push_integer(PickleKind::boolean, 0);
            case kBinInt:
                return integer_operand<int32_t>();
            case kBinInt1:
                return integer_operand<uint8_t>();
            case kBinInt2:
                return integer_operand<uint16_t>();
            case kLong1:
                return push_long();
            case kBinFloat:
                return push_real();
            case kBinUnicode:
                ATOME_TRY(number(&large));
                return push_text(large);
            case kShortBinUnicode:
                ATOME_TRY(number(&small));
                return push_text(small);
            case kEmptyTuple:
                return push_tuple({});
            case kTuple:
                ATOME_TRY(pop_to_mark(&items));
                return push_tuple(std::move(items));
            case kTuple1:
            case kTuple2:
            case kTuple3:
                ATOME_TRY(pop_n(op - kTuple1 + 1u, &items));
                return push_tuple(std::move(items));
            case kEmptyList:
                return push_kind(PickleKind::list);
            case kAppend:
                ATOME_TRY(pop_n(1, &items));
                return extend(PickleKind::list, items);
            case kAppends:
                ATOME_TRY(pop_to_mark(&items));
                return extend(PickleKind::list, items);
            case kEmptyDict:
                return push_kind(PickleKind::dict);
            case kSetItem:
                ATOME_TRY(pop_n(2, &items));
                return extend(PickleKind::dict, items);
            case kSetItems:
                ATOME_TRY(pop_to_mark(&items));
                return extend(PickleKind::dict, items);
            case kGlobal:
                ATOME_TRY(line(&module));
                ATOME_TRY(line(&global));
                return push_global(module, global);
            case kStackGlobal:
                return stack_global();
            case kReduce:
                return reduce();
            case kBuild:
                // Attributes of a state dictionary (its _metadata); nothing here needs them.
                ATOME_TRY(pop(&popped));
                if (available() == 0 || top().kind != PickleKind::dict)
                    return bad("attributes for no dictionary");
                return {};
            case kBinPersId:
                return persistent_storage();
            case kBinPut:
                ATOME_TRY(number(&small));
                return put(small);
            case kLongBinPut:
                ATOME_TRY(number(&large));
                return put(large);
            case kBinGet:
                ATOME_TRY(number(&small));
                return get(small);
            case kLongBinGet:
                ATOME_TRY(number(&large));
                return get(large);
            case kMemoize:
                return put(static_cast<uint32_t>(memo_.size()));
            default:
                return Status::error(Code::unsupported, "pickle byte ", op_at_, ": opcode ", op,
                                     " is refused: only what a state dictionary needs is read");
        }
    }

    const uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
    std::size_t op_at_ = 0;
    std::vector<PickleValue> values_;
    std::size_t items_ = 0;           // of all values together
    std::vector<uint32_t> stack_;     // indices into values_
    std::vector<std::size_t> marks_;  // heights of the stack
    std::unordered_map<uint32_t, uint32_t> memo_;
};

}  // namespace

const PickleValue* Pickle::get(const PickleValue& dict, std::string_view key) const {
    if (dict.kind != PickleKind::dict) return nullptr;
    for (std::size_t i = dict.items.size(); i >= 2; i -= 2) {
        const PickleValue& k = values[dict.items[i - 2]];
        if (k.kind == PickleKind::text && k.text == key) return &values[dict.items[i - 1]];
    }
    return nullptr;
}

Status read_pickle(const uint8_t* data, std::size_t size, Pickle* out) {
    if (size > kMaxPickle)
        return Status::error(Code::out_of_memory, "a pickle of ", size, " bytes: at most ", kMaxPickle);
    return Machine(data, size).run(out);
}

}  // namespace atome
