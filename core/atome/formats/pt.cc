#include "atome/formats/pt.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "atome/formats/pickle.h"
#include "atome/formats/zip_reader.h"

namespace atome {

namespace {

constexpr std::string_view kPickleName = "data.pkl";

class PtReader {
  public:
    PtReader(const ZipEntries& entries, const Pickle& pickle, std::string prefix)
        : entries_(entries), pickle_(pickle), prefix_(std::move(prefix)) {}

    Status read(NamedTensors* out) const {
        const PickleValue& root = pickle_[pickle_.root];
        if (root.kind != PickleKind::dict)
            return Status::error(Code::bad_file, "the .pt file holds no dictionary: save a state_dict");
        ATOME_TRY(check_keys(root));
        const PickleValue* weights = &root;
        for (std::string_view key : {"state_dict", "model_state_dict", "model"}) {
            const PickleValue* found = pickle_.get(root, key);
            if (found == nullptr || found->kind != PickleKind::dict) continue;
            weights = found;
            ATOME_TRY(check_keys(*weights));
            break;
        }
        for (std::size_t i = 0; i + 1 < weights->items.size(); i += 2) {
            const PickleValue &key = pickle_[weights->items[i]], &value = pickle_[weights->items[i + 1]];
            if (key.kind != PickleKind::text || value.kind != PickleKind::tensor) continue;
            ATOME_TRY(read_tensor(key.text, value, &out->tensors[std::string(key.text)]));
        }
        if (const PickleValue* config = pickle_.get(root, "config");
            config != nullptr && config->kind == PickleKind::dict) {
            ATOME_TRY(check_keys(*config));
            read_config(*config, out);
        }
        return {};
    }

  private:
    template <class... Pieces>
    static Status bad(std::string_view tensor, const Pieces&... pieces) {
        return Status::error(Code::bad_file, "tensor '", tensor.substr(0, 64), "' ", pieces...);
    }

    // Python's last one would win; a file that says two things about one name is nobody's intent.
    Status check_keys(const PickleValue& dict) const {
        std::vector<std::string_view> keys;
        for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2)
            if (const PickleValue& key = pickle_[dict.items[i]]; key.kind == PickleKind::text)
                keys.push_back(key.text);
        std::sort(keys.begin(), keys.end());
        const auto twice = std::adjacent_find(keys.begin(), keys.end());
        if (twice == keys.end()) return {};
        return Status::error(Code::bad_file, "the key '", twice->substr(0, 64),
                             "' appears twice in a dictionary of the .pt file: save each name once");
    }

    Status read_tensor(std::string_view tensor, const PickleValue& value, NamedTensor* out) const {
        const PickleValue& storage = pickle_[value.items[0]];
        const std::size_t element = dtype_size(storage.dtype);
        const auto entry = entries_.find(prefix_ + "data/" + std::string(storage.text));
        if (entry == entries_.end()) return bad(tensor, "has no entry data/", storage.text.substr(0, 32));
        const uint64_t elements = static_cast<uint64_t>(storage.integer);
        if (elements > entry->second.size || elements * element != entry->second.size)
            return bad(tensor, "has a storage of ", elements, " elements of ", element,
                       " bytes in an entry of ", entry->second.size, " bytes");
        const int64_t offset = pickle_[value.items[1]].integer;
        out->dtype = storage.dtype;
        uint64_t count = 0;
        ATOME_TRY(read_shape(tensor, value, elements, &out->shape, &count));
        if (offset < 0 || static_cast<uint64_t>(offset) > elements ||
            count > elements - static_cast<uint64_t>(offset))
            return bad(tensor, "of ", count, " elements from ", offset, " on passes its storage of ",
                       elements);
        out->data = entry->second.data + static_cast<std::size_t>(offset) * element;
        out->size = static_cast<std::size_t>(count) * element;
        return {};
    }

    // Shape and number of elements, which is at most `limit`; the strides must be those of row-major order.
    Status read_shape(std::string_view tensor, const PickleValue& value, uint64_t limit,
                      std::vector<uint64_t>* shape, uint64_t* count) const {
        const std::vector<uint32_t>&dims = pickle_[value.items[2]].items,
              &strides = pickle_[value.items[3]].items;
        if (dims.size() != strides.size())
            return bad(tensor, "has ", dims.size(), " dimensions and ", strides.size(), " strides");
        *count = 1;
        for (std::size_t i = dims.size(); i-- > 0;) {
            const int64_t n = pickle_[dims[i]].integer;
            if (n < 0) return bad(tensor, "has dimension ", n);
            // A stride of a dimension of one element means nothing.
            if (n > 1 && *count > 0 && pickle_[strides[i]].integer != static_cast<int64_t>(*count))
                return Status::error(Code::unsupported, "tensor '", tensor.substr(0, 64),
                                     "' is not contiguous: save tensor.contiguous()");
            if (*count > 0 && static_cast<uint64_t>(n) > limit / *count)
                return bad(tensor, "has more elements than its storage of ", limit);
            *count *= static_cast<uint64_t>(n);
            shape->insert(shape->begin(), static_cast<uint64_t>(n));
        }
        return {};
    }

    static constexpr std::size_t kMostNames = 8;

    // Numbers and text as they are, short lists of text (disable_pathways) joined by commas; the rest is no
    // setting.
    void read_config(const PickleValue& config, NamedTensors* out) const {
        for (std::size_t i = 0; i + 1 < config.items.size(); i += 2) {
            const PickleValue &key = pickle_[config.items[i]], &value = pickle_[config.items[i + 1]];
            if (key.kind != PickleKind::text) continue;
            std::string text;
            if (value.kind == PickleKind::integer) {
                text = std::to_string(value.integer);
            } else if (value.kind == PickleKind::text) {
                text = value.text;
            } else if (value.kind == PickleKind::list || value.kind == PickleKind::tuple) {
                if (value.items.size() > kMostNames) continue;
                for (uint32_t item : value.items)
                    text.append(text.empty() ? "" : ",").append(pickle_[item].text);
            } else {
                continue;
            }
            out->metadata[std::string(key.text)] = std::move(text);
        }
    }

    const ZipEntries& entries_;
    const Pickle& pickle_;
    std::string prefix_;  // of every entry: the archive's name and a slash
};

// The only entry "NAME/data.pkl"; null when there is none or several.
const ZipEntries::value_type* find_pickle(const ZipEntries& entries) {
    const ZipEntries::value_type* found = nullptr;
    for (const auto& entry : entries) {
        const std::string_view path = entry.first;
        const std::size_t slash = path.find('/');
        if (slash == std::string_view::npos || path.substr(slash + 1) != kPickleName) continue;
        if (found != nullptr) return nullptr;
        found = &entry;
    }
    return found;
}

}  // namespace

Status parse_pt(const uint8_t* data, std::size_t size, NamedTensors* out) {
    ZipEntries entries;
    ATOME_TRY(read_zip(data, size, &entries));
    const ZipEntries::value_type* found = find_pickle(entries);
    if (found == nullptr)
        return Status::error(Code::bad_file, "the zip archive has no single NAME/", kPickleName,
                             ": torch.save did not write it");
    const std::string prefix = found->first.substr(0, found->first.size() - kPickleName.size());
    if (const auto order = entries.find(prefix + "byteorder"); order != entries.end()) {
        const std::string_view text(reinterpret_cast<const char*>(order->second.data), order->second.size);
        if (text != "little")
            return Status::error(Code::unsupported, "the .pt file's byteorder is '", text.substr(0, 16),
                                 "': expected little");
    }
    Pickle pickle;
    ATOME_TRY(read_pickle(found->second.data, found->second.size, &pickle));
    NamedTensors file;
    ATOME_TRY(PtReader(entries, pickle, prefix).read(&file));
    *out = std::move(file);
    return {};
}

}  // namespace atome
