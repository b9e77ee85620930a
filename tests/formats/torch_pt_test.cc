// `.pt` files: crafted here byte by byte, and the published kit's real ones where they are at hand.
#include "atome/formats/model_tensors.h"
#include "atome/formats/pt.h"

#include <cstdlib>

#include "atome/formats/load.h"
#include "atome/formats/pickle.h"
#include "atome/formats/zip_reader.h"
#include "atome/quant/coded_model.h"
#include "helpers.h"

namespace atome::test {
namespace {

// ---- writing pickles and zip archives ------------------------------------------------------------------

class PickleWriter {
  public:
    PickleWriter& op(const std::string& bytes) {
        text_ += bytes;
        return *this;
    }
    PickleWriter& text(const std::string& s) {
        text_ += 'X';
        return little(s.size(), 4).op(s);
    }
    PickleWriter& integer(uint64_t n) {
        if (n < 256) return op("K").little(n, 1);
        return op("\x8a\x08").little(n, 8);
    }
    PickleWriter& global(const std::string& module, const std::string& name) {
        return op("c" + module + "\n" + name + "\n");
    }
    // A tensor as torch pickles it; `strides` are those of row-major order unless given.
    PickleWriter& tensor(const std::string& storage, const std::string& key,
                         const std::vector<uint64_t>& shape, uint64_t elements, uint64_t offset = 0,
                         std::vector<uint64_t> strides = {}) {
        if (strides.empty()) {
            strides.assign(shape.size(), 1);
            for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
        }
        global("torch._utils", "_rebuild_tensor_v2")
            .op("((")
            .text("storage")
            .global("torch", storage)
            .text(key);
        text("cpu").integer(elements).op("tQ").integer(offset).op("(");
        for (uint64_t d : shape) integer(d);
        op("t(");
        for (uint64_t d : strides) integer(d);
        return op("t\x89").global("collections", "OrderedDict").op(")RtR");
    }
    std::string finish() const { return "\x80\x02" + text_ + "."; }

  private:
    PickleWriter& little(uint64_t n, int bytes) {
        for (int i = 0; i < bytes; i++) text_ += static_cast<char>(n >> 8 * i);
        return *this;
    }
    std::string text_;
};

struct Entry {
    std::string name, content;
    uint16_t method = 0;
    uint16_t flags = 0;
};

void add(std::string* out, uint64_t n, int bytes) {
    for (int i = 0; i < bytes; i++) *out += static_cast<char>(n >> 8 * i);
}

Bytes zip(const std::vector<Entry>& entries, bool zip64 = false) {
    std::string file, central;
    for (const Entry& e : entries) {
        const uint32_t crc = crc32(reinterpret_cast<const uint8_t*>(e.content.data()), e.content.size());
        const std::size_t offset = file.size();
        const auto common = [&](std::string* out) {  // version needed .. extra length
            add(out, 20, 2), add(out, e.flags, 2), add(out, e.method, 2), add(out, 0, 4), add(out, crc, 4);
            add(out, zip64 ? 0xffffffff : e.content.size(), 4),
                add(out, zip64 ? 0xffffffff : e.content.size(), 4);
            add(out, e.name.size(), 2);
        };
        file += "PK\x03\x04";
        common(&file);
        add(&file, 0, 2);
        file += e.name + e.content;
        central += "PK\x01\x02";
        add(&central, 20, 2);
        common(&central);
        add(&central, zip64 ? 28 : 0, 2), add(&central, 0, 2), add(&central, 0, 2), add(&central, 0, 2);
        add(&central, 0, 4), add(&central, zip64 ? 0xffffffff : offset, 4);
        central += e.name;
        if (zip64) {
            add(&central, 1, 2), add(&central, 24, 2), add(&central, e.content.size(), 8);
            add(&central, e.content.size(), 8), add(&central, offset, 8);
        }
    }
    const std::size_t at = file.size();
    file += central;
    if (zip64) {
        const std::size_t end64 = file.size();
        file += "PK\x06\x06";
        add(&file, 44, 8), add(&file, 45, 2), add(&file, 45, 2), add(&file, 0, 4), add(&file, 0, 4);
        add(&file, entries.size(), 8), add(&file, entries.size(), 8), add(&file, central.size(), 8),
            add(&file, at, 8);
        file += "PK\x06\x07";
        add(&file, 0, 4), add(&file, end64, 8), add(&file, 1, 4);
    }
    file += "PK\x05\x06";
    add(&file, 0, 4);
    add(&file, zip64 ? 0xffff : entries.size(), 2), add(&file, zip64 ? 0xffff : entries.size(), 2);
    add(&file, zip64 ? 0xffffffff : central.size(), 4), add(&file, zip64 ? 0xffffffff : at, 4),
        add(&file, 0, 2);
    return Bytes(file.begin(), file.end());
}

// A checkpoint of `model` as torch.save would write {"state_dict": ..., "config": ...}.
std::vector<Entry> checkpoint(const FloatModel& model) {
    PickleWriter p;
    std::vector<Entry> entries = {{"m/data.pkl", ""}};
    p.op("}(").text("state_dict").global("collections", "OrderedDict").op(")R(");
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        const std::vector<uint64_t> shape = stored_shape(spec);
        const std::string key = std::to_string(i);
        p.text(std::string(tensor_name(spec).view())).tensor("FloatStorage", key, shape, spec.size());
        entries.push_back(
            {"m/data/" + key, std::string(reinterpret_cast<const char*>(model.tensors[i].data()),
                                          4 * model.tensors[i].size())});
    }
    p.op("u").op("}").op("b");  // attributes, as torch has _metadata there
    p.text("config")
        .op("}(")
        .text("top_k")
        .integer(model.config.top_k)
        .text("val_loss")
        .op("G")
        .op(std::string("?\xf0\0\0\0\0\0\0", 8));
    p.text("disable_pathways").op("]").text("kernel_size").integer(model.config.kernel_size).op("u");
    p.text("step").integer(29000).op("u");
    entries[0].content = p.finish();
    entries.push_back({"m/byteorder", "little"});
    entries.push_back({"m/version", "3\n"});
    return entries;
}

Status parse(const Bytes& bytes, NamedTensors* out) { return parse_pt(bytes.data(), bytes.size(), out); }

// The status of a .pt file whose pickle is `content` and whose one storage has eight bytes.
Status parse_pickle(const std::string& content) {
    NamedTensors file;
    return parse(zip({{"m/data.pkl", content}, {"m/data/0", "12345678"}}), &file);
}

void expect_refused(const std::string& pickle, const std::string& part, Code code = Code::bad_file) {
    const Status s = parse_pickle(pickle);
    EXPECT_EQ(s.code(), code) << s.message();
    EXPECT_NE(std::string(s.message()).find(part), std::string::npos)
        << "'" << s.message() << "' lacks '" << part << "'";
}

std::string one_tensor(const PickleWriter& tensor) {
    return PickleWriter()
        .op("}")
        .text("w")
        .op(tensor.finish().substr(2, tensor.finish().size() - 3))
        .op("s")
        .finish();
}

// ---- what is read --------------------------------------------------------------------------------------

TEST(TorchPt, ReadsACheckpoint) {
    for (bool zip64 : {false, true}) {
        const FloatModel model = random_model(small_config(), 8);
        const Bytes bytes = zip(checkpoint(model), zip64);
        NamedTensors file;
        ASSERT_OK(parse(bytes, &file));
        EXPECT_EQ(*file.meta("top_k"), "2");
        EXPECT_EQ(*file.meta("disable_pathways"), "");
        EXPECT_EQ(file.meta("val_loss"), nullptr);
        FloatModel back;
        ASSERT_OK(read_model(file, &back));
        EXPECT_EQ(back.config, model.config);
        EXPECT_EQ(back.tensors, model.tensors);
        LoadedModel loaded;
        ASSERT_OK(load_model(bytes.data(), bytes.size(), nullptr, &loaded));
        EXPECT_EQ(loaded.format, FileFormat::pt);
        expect_equal(loaded.coded, quantised(model));
    }
}

TEST(TorchPt, ReadsViewsOfSharedStoragesAndEveryStorageType) {
    NamedTensors file;
    const std::pair<const char*, Dtype> types[] = {
        {"FloatStorage", Dtype::f32},     {"DoubleStorage", Dtype::f64}, {"HalfStorage", Dtype::f16},
        {"BFloat16Storage", Dtype::bf16}, {"LongStorage", Dtype::i64},   {"IntStorage", Dtype::i32},
        {"ByteStorage", Dtype::u8},       {"BoolStorage", Dtype::u8}};
    for (const auto& [storage, dtype] : types) {
        const uint64_t n = 8 / dtype_size(dtype);
        const Bytes bytes =
            zip({{"m/data.pkl", one_tensor(PickleWriter().tensor(storage, "0", {1}, n, n - 1))},
                 {"m/data/0", "12345678"}});
        ASSERT_OK(parse(bytes, &file));
        const NamedTensor* t = file.find("w");
        ASSERT_NE(t, nullptr);
        EXPECT_EQ(t->dtype, dtype);
        EXPECT_EQ(t->size, dtype_size(dtype));
        EXPECT_EQ(t->data[t->size - 1], '8');
    }
    // A parameter object around the tensor, under the text protocol 4 would use.
    const PickleWriter inner = PickleWriter().tensor("FloatStorage", "0", {2, 1}, 2);
    PickleWriter p;
    p.op("}\x8c\x01w\x94").op("\x8c\x0ctorch._utils\x8c\x12_rebuild_parameter\x93(");
    p.op(inner.finish().substr(2, inner.finish().size() - 3)).op("\x88").global("collections", "OrderedDict");
    p.op(")RtRs");
    const Bytes bytes = zip({{"m/data.pkl", p.finish()}, {"m/data/0", "12345678"}});
    ASSERT_OK(parse(bytes, &file));
    EXPECT_EQ(file.find("w")->shape, (std::vector<uint64_t>{2, 1}));
}

TEST(TorchPt, ReadsThePublishedKitsSmallCheckpoint) {
    ATOME_NEEDS_SHARED("golden/odd_ternary.pt");
    const Bytes bytes = read_file(shared_path("golden/odd_ternary.pt"));
    LoadedModel loaded;
    ASSERT_OK(load_model(bytes.data(), bytes.size(), nullptr, &loaded));
    const FloatModel expected = golden_model("odd_ternary");
    ASSERT_TRUE(loaded.shadow.has_value());
    EXPECT_EQ(loaded.shadow->config, expected.config);
    EXPECT_EQ(loaded.shadow->tensors, expected.tensors);
}

TEST(TorchPt, ThePublishedCheckpointGivesThePublishedBlob) {
    ATOME_NEEDS_SHARED("reference/atome_1m_v1.pt");
    ATOME_NEEDS_SHARED("reference/atome_944k.bin");
    const Bytes bytes = read_file(shared_path("reference/atome_1m_v1.pt")),
                blob = read_file(shared_path("reference/atome_944k.bin"));
    LoadedModel trained, published;
    ASSERT_OK(load_model(bytes.data(), bytes.size(), nullptr, &trained));
    ASSERT_OK(load_model(blob.data(), blob.size(), nullptr, &published));
    ASSERT_EQ(trained.coded.config, published.coded.config);
    std::size_t codes = 0, different = 0;
    for (std::size_t i = 0; i < trained.coded.tensors.size(); i++) {
        const CodedTensor &a = trained.coded.tensors[i], &b = published.coded.tensors[i];
        EXPECT_EQ(a.values, b.values);
        ASSERT_EQ(a.codes.size(), b.codes.size());
        codes += a.codes.size();
        for (std::size_t j = 0; j < a.codes.size(); j++) different += a.codes[j] != b.codes[j];
        // The blob was made on another machine, whose sums ran in another order.
        for (std::size_t j = 0; j < a.scales.size(); j++)
            EXPECT_NEAR(a.scales[j], b.scales[j], 1e-6f * b.scales[j]);
    }
    EXPECT_GT(codes, 900000u);
    EXPECT_LE(different, 6u) << "of " << codes;
    RecordProperty("different_codes", static_cast<int>(different));
}

TEST(TorchPt, SaysThatTheBaselineIsNoRoutedModel) {
    // The first tensor tells, as in a file of PyTorch's.
    PickleWriter p;
    p.op("}").text("tok_embed.weight").tensor("FloatStorage", "0", {2, 1}, 2).op("s");
    const Bytes bytes = zip({{"m/data.pkl", p.finish()}, {"m/data/0", "12345678"}});
    LoadedModel loaded;
    EXPECT_EQ(load_model(bytes.data(), bytes.size(), nullptr, &loaded).code(), Code::unsupported);
}

// ---- what is refused -----------------------------------------------------------------------------------

TEST(TorchPt, UnknownGlobalsAreRefusedByName) {
    expect_refused(
        "\x80\x02"
        "cos\nsystem\n(X\x02\0\0\0lstR.",
        "global 'os.system' is refused", Code::unsupported);
    expect_refused(
        "\x80\x02"
        "cbuiltins\neval\n.",
        "'builtins.eval'", Code::unsupported);
    expect_refused("\x80\x02\x8c\x05posix\x8c\x06system\x93.", "'posix.system'", Code::unsupported);
    // An allowed name in another module, and the other way round.
    expect_refused(
        "\x80\x02"
        "cos\nOrderedDict\n.",
        "'os.OrderedDict'", Code::unsupported);
    expect_refused(
        "\x80\x02"
        "ctorch\nQInt8Storage\n.",
        "'torch.QInt8Storage'", Code::unsupported);
}

TEST(TorchPt, UnknownOpcodesAreRefused) {
    using namespace std::string_literals;
    for (const std::string& op :
         {"i"s, "o"s, "\x81"s, "\x92"s, "\x82"s, "P"s, "I"s, "L"s, "2"s, "\x97"s, "\x8b"s, "\0"s})
        expect_refused("\x80\x02" + op + "....", "is refused", Code::unsupported);
}

TEST(TorchPt, BrokenPicklesAreRefused) {
    using namespace std::string_literals;
    const std::pair<std::string, std::string> cases[] = {
        {"\x80\x02"s, "it ends without STOP"},
        {"\x80\x01."s, "protocol 1"},
        {"\x80\x02."s, "STOP with 0 values"},
        {"\x80\x02NN."s, "STOP with 2 values"},
        {"\x80\x02(N."s, "expected 1"},
        {"\x80\x02t."s, "no mark on the stack"},
        {"\x80\x02\x85."s, "too few values"},
        {"\x80\x02N(\x85."s, "too few values"},  // not below the mark
        {"\x80\x02"
         "0."s,
         "too few values"},
        {"\x80\x02h\x07."s, "memo 7 was never stored"},
        {"\x80\x02q\x07."s, "too few values"},
        {"\x80\x02X\xff\xff\xff\xff"
         "a."s,
         "it is cut off"},
        {"\x80\x02"
         "cos"s,
         "it is cut off"},
        {"\x80\x02\x8a\x09"
         "123456789."s,
         "an integer of 9 bytes"},
        {"\x80\x02]NNs."s, "for a value that is no dict"},
        {"\x80\x02}Na."s, "for a value that is no list"},
        {"\x80\x02}(Nu."s, "a key without value"},
        {"\x80\x02NQ."s, "an unknown persistent object"},
        {"\x80\x02NNNNN(NNNNNtQ."s, "a persistent object that is no storage"},
        {"\x80\x02NNR."s, "cannot be called"},
        {"\x80\x02"
         "ctorch\nFloatStorage\n)R."s,
         "a storage type cannot be called"},
        {"\x80\x02"
         "ctorch._utils\n_rebuild_tensor_v2\n)R."s,
         "a tensor of 0 arguments"},
        {"\x80\x02"
         "ctorch._utils\n_rebuild_tensor_v2\n(NNNNtR."s,
         "argument 0 is of the wrong kind"},
        {"\x80\x02"
         "ctorch._utils\n_rebuild_parameter\n(NtR."s,
         "a parameter of no tensor"},
        {"\x80\x02"
         "ccollections\nOrderedDict\n(NtR."s,
         "OrderedDict with arguments"},
        {"\x80\x02NNb."s, "attributes for no dictionary"},
        {"\x80\x02N."s, "holds no dictionary"},
    };
    for (const auto& [pickle, part] : cases) expect_refused(pickle, part);
    std::string many = "\x80\x02";
    many.append(1'000'001, 'N');
    expect_refused(many + ".", "more than 1000000 values");
    // References are values on the stack as well.
    std::string references = "\x80\x02Nq";
    references += '\0';
    for (int i = 0; i < 1'000'001; i++) references += "h"s + '\0';
    expect_refused(references + ".", "values on the stack");
}

// What a pickle repeats costs it a byte or two: each place that keeps something has its own bound.
TEST(TorchPt, MemoAndContainersAreBounded) {
    using namespace std::string_literals;
    const std::string memoize(1'000'001, '\x94');
    expect_refused("\x80\x02N" + memoize + ".", "more than 1000000 memo entries");
    std::string put = "\x80\x02N";
    for (uint32_t i = 0; i <= 1'000'000; i++) {
        char index[4];
        store(reinterpret_cast<uint8_t*>(index), i * 4001);
        put += "r" + std::string(index, 4);
    }
    expect_refused(put + ".", "more than 1000000 memo entries");
    // The same entry again takes nothing.
    std::string again = "\x80\x02}q"s + '\0';
    for (uint32_t i = 0; i <= 1'000'000; i++) again += "q"s + '\0';
    EXPECT_TRUE(parse_pickle(again + ".").ok());

    std::string million;
    for (uint32_t i = 0; i < 999'000; i++) million += "h"s + '\0';
    std::string lists = "\x80\x02Nq"s + '\0' + "]", tuples = "\x80\x02Nq"s + '\0';
    for (uint32_t i = 0; i < 5; i++) {
        lists += "(" + million + "e";
        tuples += "(" + million + "t";
    }
    expect_refused(lists + ".", "more than 4000000 items");
    expect_refused(tuples + ".", "more than 4000000 items");
}

TEST(TorchPt, KeysThatAppearTwiceAreRefused) {
    const auto tensor = [](const std::vector<uint64_t>& shape) {
        const std::string whole = PickleWriter().tensor("FloatStorage", "0", shape, 2).finish();
        return whole.substr(2, whole.size() - 3);
    };
    const auto dict = [&](const std::string& first, const std::string& second) {
        return PickleWriter().op("}(").text("w").op(first).text("w").op(second).op("u");
    };
    expect_refused(dict(tensor({2}), tensor({1, 2})).finish(), "'w' appears twice");
    // Whatever the second value is: one of the two would be lost.
    expect_refused(dict(tensor({2}), "N").finish(), "'w' appears twice");
    const auto beside = [&](const std::string& key, const PickleWriter& inner) {
        const std::string whole = inner.finish();
        return PickleWriter().op("}").text(key).op(whole.substr(2, whole.size() - 3)).op("s").finish();
    };
    expect_refused(beside("state_dict", dict(tensor({2}), tensor({2}))), "'w' appears twice");
    expect_refused(beside("config", dict("K\x01", "K\x02")), "'w' appears twice");
    EXPECT_TRUE(parse_pickle(PickleWriter().op("}").text("w").op(tensor({2})).op("s").finish()).ok());
}

TEST(TorchPt, TensorsThatLieAboutTheirStorageAreRefused) {
    const auto refused = [](const PickleWriter& tensor, const std::string& part, Code code = Code::bad_file) {
        expect_refused(one_tensor(tensor), part, code);
    };
    const auto tensor = [](auto... args) { return PickleWriter().tensor("FloatStorage", args...); };
    using Dims = std::vector<uint64_t>;
    refused(tensor("1", Dims{2}, 2), "has no entry data/1");
    refused(tensor("0", Dims{2}, 3), "a storage of 3 elements of 4 bytes in an entry of 8 bytes");
    refused(tensor("0", Dims{2}, uint64_t{1} << 62), "in an entry of 8 bytes");
    refused(tensor("0", Dims{2}, ~uint64_t{0}), "no storage");
    refused(tensor("0", Dims{3}, 2), "more elements than its storage of 2");
    refused(tensor("0", Dims{2}, 2, 1), "of 2 elements from 1 on passes its storage of 2");
    refused(tensor("0", Dims{2}, 2, ~uint64_t{0}), "passes its storage");
    refused(tensor("0", Dims{1ull << 62, 1ull << 62}, 2), "'w' ", Code::bad_file);
    refused(tensor("0", Dims{~uint64_t{0}}, 2), "has dimension -1");
    refused(tensor("0", Dims{2}, 2, 0, Dims{2}), "is not contiguous", Code::unsupported);
    refused(tensor("0", Dims{2, 1}, 2, 0, Dims{1}), "has 2 dimensions and 1 strides");
    refused(tensor("0", Dims(9, 1), 2), "more than 8 dimensions");
}

TEST(TorchPt, CompressedOrEncryptedEntriesAreRefused) {
    std::vector<Entry> entries = checkpoint(random_model(small_config(), 8));
    NamedTensors file;
    entries[3].method = 8;
    EXPECT_EQ(parse(zip(entries), &file).message(),
              "zip entry 'm/data/2' is compressed (method 8): torch.save stores its entries, so this is no "
              ".pt file");
    entries[3].method = 0;
    entries[3].flags = 1;
    EXPECT_EQ(parse(zip(entries), &file).message(), "zip entry 'm/data/2' is encrypted");
}

TEST(TorchPt, ForeignArchivesAreRefused) {
    NamedTensors file;
    const auto message = [&](const std::vector<Entry>& entries) {
        return std::string(parse(zip(entries), &file).message());
    };
    const std::string empty_dict = "\x80\x02}.";
    EXPECT_NE(message({{"a.txt", "x"}}).find("no single NAME/data.pkl"), std::string::npos);
    EXPECT_NE(message({{"data.pkl", empty_dict}}).find("no single NAME/data.pkl"), std::string::npos);
    EXPECT_NE(message({{"a/data.pkl", empty_dict}, {"b/data.pkl", empty_dict}}).find("no single"),
              std::string::npos);
    EXPECT_NE(message({{"a/data.pkl", empty_dict}, {"a/byteorder", "big"}}).find("byteorder is 'big'"),
              std::string::npos);
    EXPECT_NE(message({{"a/data.pkl", empty_dict}, {"a/data.pkl", empty_dict}}).find("appears twice"),
              std::string::npos);
    Bytes damaged = zip({{"a/data.pkl", empty_dict}});
    damaged[30 + 10] ^= 1;
    EXPECT_NE(std::string(parse(damaged, &file).message()).find("CRC-32 differs"), std::string::npos);
    // Two records of the directory that claim the same bytes.
    const std::vector<Entry> two = {{"a/data.pkl", empty_dict}, {"a/x", "123"}};
    Bytes overlap = zip(two);
    const std::size_t second = 30 + 10 + 4;  // where the second local header is
    for (std::size_t at = overlap.size() - 22 - 49; at + 4 <= overlap.size(); at++)
        if (load<uint32_t>(overlap.data() + at) == second) store<uint32_t>(overlap.data() + at, 2);
    EXPECT_NE(std::string(parse(overlap, &file).message()).find("overlaps"), std::string::npos);
}

TEST(TorchPt, EveryTruncationIsRefused) {
    const Bytes good = zip(checkpoint(random_model(small_config(), 8)));
    NamedTensors file;
    for (std::size_t n = 0; n < good.size(); n++)
        ASSERT_FALSE(parse(Bytes(good.begin(), good.begin() + static_cast<long>(n)), &file).ok()) << n;
}

// Damage of the archive and, behind a right checksum, of the pickle: never a crash, and what is read stays
// inside the file.
TEST(TorchPt, RandomDamageNeverCrashes) {
    Config c = small_config();
    c.n_layers = 1;
    const std::vector<Entry> good = checkpoint(random_model(c, 9));
    const Bytes good_bytes = zip(good);
    std::mt19937 random(10);
    std::size_t parsed = 0, refused = 0;
    for (int round = 0; round < 8000; round++) {
        Bytes bytes;
        if (round % 4 != 0) {
            std::vector<Entry> entries = good;
            std::string& pickle = entries[0].content;
            for (uint32_t i = 0; i <= random() % 3; i++)
                pickle[random() % pickle.size()] = static_cast<char>(random());
            bytes = zip(entries, round % 8 == 1);
        } else {
            bytes = good_bytes;
            // Mostly the directory at the end.
            const std::size_t range = round % 8 == 0 ? bytes.size() : 1500;
            for (uint32_t i = 0; i <= random() % 3; i++)
                bytes[bytes.size() - 1 - random() % range] = static_cast<uint8_t>(random());
        }
        NamedTensors file;
        if (!parse(bytes, &file).ok()) {
            refused++;
            continue;
        }
        parsed++;
        for (const auto& [name, t] : file.tensors) {
            ASSERT_GE(t.data, bytes.data());
            ASSERT_LE(t.data + t.size, bytes.data() + bytes.size());
        }
        FloatModel model;
        if (read_model(file, &model).ok()) ASSERT_OK(check(model));
    }
    EXPECT_GT(parsed, 100u);
    EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace atome::test
