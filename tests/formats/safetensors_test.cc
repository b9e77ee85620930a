// `.safetensors`: round trips, deduced configurations, and headers that lie.
#include "atome/formats/model_tensors.h"

#include <cmath>
#include <limits>

#include "helpers.h"

namespace atome::test {
namespace {

using Metadata = std::map<std::string, std::string, std::less<>>;

Bytes with_header(const std::string& header, std::size_t data_size) {
    Bytes out(8 + header.size() + data_size, 0);
    store(out.data(), static_cast<uint64_t>(header.size()));
    std::copy(header.begin(), header.end(), out.begin() + 8);
    return out;
}

Status parse(const Bytes& bytes) {
    NamedTensors file;
    return parse_safetensors(bytes.data(), bytes.size(), &file);
}

std::string message_of(const std::string& header, std::size_t data_size = 8) {
    const Status s = parse(with_header(header, data_size));
    EXPECT_FALSE(s.ok()) << header;
    return std::string(s.message());
}

// A file that owns its bytes, open for changes of its tensors and metadata.
struct OpenFile {
    Bytes bytes;
    NamedTensors file;
    explicit OpenFile(Bytes b) : bytes(std::move(b)) {
        const Status s = parse_safetensors(bytes.data(), bytes.size(), &file);
        EXPECT_TRUE(s.ok()) << s.message();
    }
};

OpenFile written(const FloatModel& model, const std::vector<ExtraTensor>& extra = {},
                 const Metadata& metadata = {}) {
    Bytes bytes;
    const Status s = write_safetensors(model, extra, metadata, &bytes);
    EXPECT_TRUE(s.ok()) << s.message();
    return OpenFile(std::move(bytes));
}

TEST(Safetensors, ReadsEveryGoldenModelAndWritesItBack) {
    for (const char* name : {"default_60k", "odd_ternary", "tiny_power3_pr", "tiny_none",
                             "tiny_no_local_state", "tiny_ffn_ternary"}) {
        SCOPED_TRACE(name);
        const FloatModel model = golden_model(name);
        const OpenFile f = written(model);
        FloatModel back;
        ASSERT_OK(read_model(f.file, &back));
        EXPECT_EQ(back.config, model.config);
        EXPECT_EQ(back.tensors, model.tensors);
        EXPECT_EQ(written(back).bytes, f.bytes);
    }
    const FloatModel odd = golden_model("odd_ternary");
    EXPECT_EQ(odd.config.top_k, 3u);
    EXPECT_EQ(odd.config.kernel_size, 3u);
    EXPECT_EQ(golden_model("odd_window8").window, 8u);
    EXPECT_EQ(golden_model("tiny_no_local_state").config.disabled, 3);
    EXPECT_EQ(golden_model("tiny_ffn_power3_pr").config.quantizer, Quantizer::power3_pr);
}

TEST(Safetensors, KeepsExtraTensorsAndMetadataAndAlignsThem) {
    FloatModel model = random_model(small_config(), 1);  // an odd number of weights
    model.window = 77;
    const std::vector<ExtraTensor> extra = {{"bytes", Dtype::u8, {3}, {1, 2, 3}},
                                            {"step", Dtype::i64, {}, {9, 0, 0, 0, 0, 0, 0, 0}},
                                            {"nothing", Dtype::f32, {4, 0}, {}},
                                            {"half", Dtype::f16, {1, 1}, {0, 0x3c}}};
    const OpenFile f = written(model, extra, {{"seed", "5"}, {"note", "quote \" and \\ and \n"}});
    EXPECT_EQ(*f.file.meta("note"), "quote \" and \\ and \n");
    EXPECT_EQ(*f.file.meta("d_head"), "5");
    EXPECT_EQ(f.file.meta("nope"), nullptr);
    for (const ExtraTensor& e : extra) {
        const NamedTensor* t = f.file.find(e.name);
        ASSERT_NE(t, nullptr);
        EXPECT_EQ(t->dtype, e.dtype);
        EXPECT_EQ(t->shape, e.shape);
        EXPECT_EQ(Bytes(t->data, t->data + t->size), e.bytes);
    }
    std::vector<int64_t> step;
    ASSERT_OK(to_integers(*f.file.find("step"), &step));
    EXPECT_EQ(step, std::vector<int64_t>{9});
    const uint64_t header = load<uint64_t>(f.bytes.data());
    EXPECT_EQ(header % 8, 0u);
    for (const auto& [name, t] : f.file.tensors)
        EXPECT_EQ(static_cast<std::size_t>(t.data - f.bytes.data()) % dtype_size(t.dtype), 0u) << name;
    FloatModel back;
    ASSERT_OK(read_model(f.file, &back));
    EXPECT_EQ(back.tensors, model.tensors);
    EXPECT_EQ(back.window, 77u);
}

TEST(Safetensors, WriterRefusesNamesTwiceAndSizesThatDisagree) {
    const FloatModel model = random_model(small_config(), 1);
    Bytes out;
    const auto code = [&](const ExtraTensor& e) { return write_safetensors(model, {e}, {}, &out).code(); };
    EXPECT_EQ(code({"embed.weight", Dtype::u8, {1}, {0}}), Code::bad_argument);
    EXPECT_EQ(code({"__metadata__", Dtype::u8, {1}, {0}}), Code::bad_argument);
    EXPECT_EQ(code({"x", Dtype::u8, {2}, {0}}), Code::bad_argument);
    EXPECT_EQ(code({"x", Dtype::f32, {1u << 31, 1u << 31, 16}, {}}), Code::bad_argument);
    EXPECT_EQ(write_safetensors(model, {}, {{"d_model", "7"}}, &out).code(), Code::bad_argument);
    FloatModel bad = model;
    bad.tensors[2][1] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(write_safetensors(bad, {}, {}, &out).code(), Code::not_finite);
    EXPECT_TRUE(out.empty());
}

// Replaced by the same character, names that differ would become one.
TEST(Safetensors, WriterRefusesNamesThatAreNotUtf8) {
    const FloatModel model = random_model(small_config(), 1);
    Bytes out;
    for (const char* bad :
         {"\xff", "\xfe", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
        const Status key = write_safetensors(model, {}, {{bad, "1"}}, &out);
        EXPECT_EQ(key.code(), Code::bad_argument);
        EXPECT_NE(key.message().find("is not UTF-8"), std::string_view::npos) << key.message();
        const Status name = write_safetensors(model, {{bad, Dtype::u8, {1}, {0}}}, {}, &out);
        EXPECT_EQ(name.code(), Code::bad_argument);
        EXPECT_NE(name.message().find("is not UTF-8"), std::string_view::npos) << name.message();
    }
    EXPECT_TRUE(out.empty());
    const Metadata good = {{"é", "1"}, {"\u20ac", "2"}, {"\U0001f600", "3"}, {"\U0010ffff", "4"}, {"", "5"}};
    const OpenFile f = written(model, {{"\u00fcber", Dtype::u8, {1}, {7}}}, good);
    for (const auto& [key, value] : good) EXPECT_EQ(*f.file.meta(key), value);
    EXPECT_NE(f.file.find("\u00fcber"), nullptr);
}

TEST(Safetensors, ConfigurationIsDeducedFromShapes) {
    for (const char* name : {"odd_ternary", "tiny_ffn_ternary", "tiny_gains_ffn_ternary", "default_60k",
                             "tiny_selective_ternary"}) {
        FloatModel model = golden_model(name);
        OpenFile f = written(model);
        f.file.metadata.clear();
        FloatModel back;
        ASSERT_OK(read_model(f.file, &back));
        model.config.top_k = 4;  // no shape shows it
        EXPECT_EQ(back.config, model.config);
        EXPECT_EQ(back.tensors, model.tensors);
    }
    // Which pathways are off shows in what is missing.
    const FloatModel model = golden_model("tiny_no_sparse");
    OpenFile f = written(model);
    f.file.metadata.clear();
    FloatModel back;
    EXPECT_EQ(read_model(f.file, &back).message(),
              "the routers have 2 rows: name the disabled pathways in metadata disable_pathways");
    for (const char* block : {"blocks.0.", "blocks.1."})
        for (const char* w : {"sparse.Wq.weight", "sparse.Wk.weight", "sparse.Wv.weight"})
            f.file.tensors.erase(f.file.tensors.find(std::string(block) + w));
    ASSERT_OK(read_model(f.file, &back));
    EXPECT_EQ(back.config.disabled, 4);
    EXPECT_EQ(back.tensors[tensor_index(back.config, TensorKind::wv, 1)], std::vector<float>(256, 0.0f));
}

TEST(Safetensors, NamesTheTensorWhoseShapeIsWrong) {
    OpenFile f = written(golden_model("tiny_ternary"));
    FloatModel out;
    f.file.metadata["kernel_size"] = "3";
    EXPECT_EQ(read_model(f.file, &out).message(),
              "blocks.0.local.weight has shape (16, 1, 5), expected (16, 1, 3)");
    f.file.metadata["kernel_size"] = "5";
    f.file.tensors.find("blocks.1.sparse.Wv.weight")->second.shape = {256};
    EXPECT_EQ(read_model(f.file, &out).message(),
              "blocks.1.sparse.Wv.weight has shape (256), expected (16, 16)");
    f.file.tensors.erase(f.file.tensors.find("blocks.1.sparse.Wv.weight"));
    EXPECT_EQ(read_model(f.file, &out).message(), "tensor blocks.1.sparse.Wv.weight is missing");
}

TEST(Safetensors, MetadataThatCannotBeIsRefused) {
    const auto message = [](const char* key, const char* value, const char* model = "tiny_ffn_ternary") {
        OpenFile f = written(golden_model(model));
        f.file.metadata[key] = value;
        FloatModel out;
        const Status s = read_model(f.file, &out);
        EXPECT_EQ(s.code(), Code::bad_config) << s.message();
        return std::string(s.message());
    };
    EXPECT_EQ(message("d_model", "0"), "d_model is 0: use 1..4096");
    EXPECT_EQ(message("d_model", "2147483648"), "d_model is 2147483648: use 1..4096");
    EXPECT_EQ(message("n_layers", "2147483648"), "n_layers is 2147483648: use 1..64");
    EXPECT_EQ(message("vocab_size", "-5"), "metadata vocab_size is '-5': expected a whole number");
    EXPECT_EQ(message("top_k", "4294967296"), "metadata top_k is '4294967296': expected a whole number");
    EXPECT_EQ(message("top_k", ""), "metadata top_k is '': expected a whole number");
    EXPECT_EQ(message("n_layers", "1"), "metadata n_layers is 1, but the file has 2 layers");
    EXPECT_EQ(message("d_ff", "0"), "metadata d_ff is 0, but the file has blocks.0.ffn.up.weight of 40 rows");
    EXPECT_EQ(message("quantizer", "int8"),
              "metadata quantizer is 'int8': use ternary, power3, power3_pr, none or int4");
    EXPECT_EQ(message("state", "free"), "metadata state is 'free': use fixed or selective");
    EXPECT_EQ(message("state", "fixed", "tiny_selective_ternary"),
              "metadata state is fixed, but the file has blocks.0.state.Wa.weight");
    EXPECT_EQ(message("disable_pathways", "local,conv"),
              "unknown pathway 'conv': use local, state or sparse");
    EXPECT_EQ(message("window", "65537"), "window is 65537: use 0..65536");
}

TEST(Safetensors, ShapesOfZeroOr2To31AreRefused) {
    for (uint64_t v : {uint64_t{0}, uint64_t{1} << 31, uint64_t{1} << 33}) {
        NamedTensors file;
        file.tensors["embed.weight"] = {Dtype::f32, {v, 16}, nullptr, 0};
        FloatModel out;
        EXPECT_EQ(read_model(file, &out).code(), Code::bad_config);
        file.tensors["embed.weight"].shape = {32, v};
        EXPECT_EQ(read_model(file, &out).code(), Code::bad_config);
    }
}

TEST(Safetensors, RefusesWeightsThatAreNotFiniteAndOtherModels) {
    FloatModel model = golden_model("tiny_ternary");
    OpenFile f = written(model);
    FloatModel out;
    for (uint32_t bits : {0x7fc00000u, 0x7f800000u, 0xff800000u}) {
        const NamedTensor* t = f.file.find("blocks.0.state.b");
        store(f.bytes.data() + (t->data - f.bytes.data()) + 8, bits);
        const Status s = read_model(f.file, &out);
        EXPECT_EQ(s.code(), Code::not_finite);
        EXPECT_EQ(s.message(), "blocks.0.state.b: element 2 is not finite");
    }
    const OpenFile vanilla(read_file(kGolden + "vanilla_tiny.safetensors"));
    NamedTensors bare = vanilla.file;  // the golden file has a prefix before every name
    for (const auto& [name, t] : vanilla.file.tensors)
        if (name.rfind("param/", 0) == 0) bare.tensors[name.substr(6)] = t;
    EXPECT_EQ(read_model(bare, &out).code(), Code::unsupported);
    EXPECT_EQ(read_model(NamedTensors(), &out).message(),
              "tensor embed.weight is missing among 0 tensors: not a model's weights");
}

TEST(Safetensors, ConvertsEveryDtype) {
    const auto floats = [](Dtype dtype, const Bytes& bytes) {
        std::vector<float> out;
        const Status s = to_floats({dtype, {}, bytes.data(), bytes.size()}, &out);
        EXPECT_TRUE(s.ok()) << s.message();
        return out;
    };
    // 1, -2, the largest half 65504, the smallest subnormal half 2^-24, and -0.
    EXPECT_EQ(floats(Dtype::f16, {0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0, 0, 0x80}),
              (std::vector<float>{1.0f, -2.0f, 65504.0f, 0x1p-24f, -0.0f}));
    EXPECT_TRUE(std::isinf(floats(Dtype::f16, {0, 0x7c})[0]));
    EXPECT_TRUE(std::isnan(floats(Dtype::f16, {1, 0x7c})[0]));
    EXPECT_EQ(floats(Dtype::bf16, {0x80, 0x3f, 0x40, 0xc0}), (std::vector<float>{1.0f, -3.0f}));
    Bytes doubles(24);
    store(doubles.data(), 0.1);
    store(doubles.data() + 8, 1e300);
    store(doubles.data() + 16, -1e300);
    const std::vector<float> f = floats(Dtype::f64, doubles);
    EXPECT_EQ(f[0], 0.1f);
    EXPECT_TRUE(std::isinf(f[1]) && f[1] > 0 && std::isinf(f[2]) && f[2] < 0);
    std::vector<double> d;
    ASSERT_OK(to_doubles({Dtype::f64, {}, doubles.data(), 24}, &d));
    EXPECT_EQ(d, (std::vector<double>{0.1, 1e300, -1e300}));
    std::vector<int64_t> n;
    const Bytes ints = {0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0};
    ASSERT_OK(to_integers({Dtype::i32, {}, ints.data(), 8}, &n));
    EXPECT_EQ(n, (std::vector<int64_t>{-1, 7}));
    ASSERT_OK(to_integers({Dtype::u8, {}, ints.data(), 8}, &n));
    EXPECT_EQ(n[0], 255);
    std::vector<float> out;
    EXPECT_EQ(to_floats({Dtype::i32, {}, ints.data(), 8}, &out).code(), Code::bad_file);
    EXPECT_EQ(to_integers({Dtype::f32, {}, ints.data(), 8}, &n).code(), Code::bad_file);
}

TEST(Safetensors, LyingHeadersAreRefused) {
    ASSERT_OK(parse(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   )", 8)));
    ASSERT_OK(parse(with_header("{}", 0)));
    Bytes huge = with_header("{}", 0);
    for (uint64_t length :
         {uint64_t{3}, uint64_t{100'000'001}, ~uint64_t{0}, uint64_t{1} << 63, uint64_t{0}}) {
        store(huge.data(), length);
        EXPECT_EQ(parse(huge).code(), Code::bad_file) << length;
    }
    for (std::size_t n = 0; n < 10; n++) EXPECT_FALSE(parse(Bytes(n, 0)).ok());
    const auto entry = [](const std::string& fields) { return "{\"a\":{" + fields + "}}"; };
    const std::string good = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";
    const std::string expectations[][2] = {
        {entry(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
         "of shape (3) F32 has 8 bytes, expected 12"},
        {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,9])"),
         "ends at data byte 9, but the file has 8"},
        {entry(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), "expected them to start at 0"},
        {entry(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"),
         "the tensors end at data byte 4, but the file has 8"},
        {entry(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "expected them to start at 0"},
        {entry(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"), "passes 2^63 bytes"},
        {entry(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8])"), "passes 2^63 bytes"},
        {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,8])"),
         "needs dtype, shape and two data_offsets"},
        {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), "needs dtype, shape and two data_offsets"},
        {entry(R"("dtype":"F32","shape":[2])"), "needs dtype, shape and two data_offsets"},
        {entry(R"("dtype":"Q4","shape":[2],"data_offsets":[0,8])"), "has dtype 'Q4'"},
        {entry(R"("dtype":7,"shape":[2],"data_offsets":[0,8])"), "unexpected a number at 'dtype'"},
        {entry(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), "unexpected a negative number"},
        {entry(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), "unexpected a fraction"},
        {entry(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8])"),
         "unexpected a longer array"},
        {entry(R"("dtype":"F32","shape":[[2]],"data_offsets":[0,8])"), "unexpected an array"},
        {entry(good + R"(,"extra":1)"), "has an unknown field 'extra'"},
        {entry(good + R"(,"shape":[2])"), "has shape twice"},
        {"{\"a\":{" + good + "},\"a\":{" + good + "}}", "'a' appears twice"},
        {"{\"a\":{" + good + R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
         "expected them to start at 8"},
        {R"({"__metadata__":{"k":"1","k":"2"}})", "metadata key 'k' appears twice"},
        {R"({"__metadata__":{"k":1}})", "unexpected a number at 'k'"},
        {R"({"__metadata__":{"k":{}}})", "unexpected an object at 'k'"},
        {R"({"a":1})", "unexpected a number at 'a'"},
        {R"({"a":null})", "unexpected null"},
        {R"({"a":true})", "unexpected a boolean"},
        {entry(good) + "{}", "not JSON at byte"},
        {entry(good).substr(0, 30), "not JSON at byte"},
        {"{\"\xff\":1}", "not JSON at byte"},
        {"[]", "byte 8 is not '{'"},
        {" {}", "byte 8 is not '{'"},
    };
    for (const auto& [header, part] : expectations)
        EXPECT_NE(message_of(header).find(part), std::string::npos) << header << ": " << message_of(header);
    // A thousand levels deep: refused at the second, without recursion.
    std::string deep = "{\"a\":" + std::string(100000, '[');
    EXPECT_NE(message_of(deep).find("unexpected an array"), std::string::npos);
}

TEST(Safetensors, EveryTruncationIsRefused) {
    const OpenFile f = written(random_model(small_config(), 3));
    for (std::size_t n = 0; n < f.bytes.size(); n++)
        ASSERT_FALSE(parse(Bytes(f.bytes.begin(), f.bytes.begin() + static_cast<long>(n))).ok()) << n;
}

// The longest name and the largest shape that a message can be about: it stays one line and keeps its end.
TEST(Safetensors, MessagesAboutLongNamesAndHugeShapesSayEverything) {
    const std::string huge = "18446744073709551615";
    const auto header = [](const std::string& name, const std::vector<std::string>& shape) {
        std::string dimensions;
        for (const std::string& d : shape) dimensions += (dimensions.empty() ? "" : ",") + d;
        return "{\"" + name + R"(":{"dtype":"F32","shape":[)" + dimensions + R"(],"data_offsets":[0,8]}})";
    };
    for (const std::size_t length : {1u, 40u, 63u, 64u, 65u, 500u}) {
        const std::string name(length, 'n'), brief = name.substr(0, 64);
        for (std::size_t rank = 1; rank <= kMaxRank; rank++) {
            SCOPED_TRACE(std::to_string(length) + " characters, rank " + std::to_string(rank));
            std::vector<std::string> shape(rank, huge);
            const std::string large = message_of(header(name, shape));
            EXPECT_EQ(large.find("tensor '" + brief + "' of shape (18446744073709551615"), 0u) << large;
            EXPECT_TRUE(large.ends_with(") passes 2^63 bytes")) << large;
            // Empty, whatever the other dimensions are.
            shape[rank - 1] = "0";
            const std::string empty = message_of(header(name, shape));
            EXPECT_EQ(empty.find("tensor '" + brief + "' of shape ("), 0u) << empty;
            EXPECT_TRUE(empty.ends_with(") F32 has 8 bytes, expected 0")) << empty;
        }
    }
    EXPECT_EQ(message_of(header("a", {"1", "22", "333", "4444", "0"})),
              "tensor 'a' of shape (1, 22, 333, 4444, 0) F32 has 8 bytes, expected 0");
    EXPECT_EQ(message_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[)" + huge + "," + huge + "]}}"),
              "tensor 'a' has data_offsets 18446744073709551615..18446744073709551615: expected them to "
              "start at 0, without hole or overlap");
}

// Random damage never crashes, and what still parses keeps every promise of the reader.
TEST(Safetensors, RandomDamageKeepsThePromises) {
    Config c = small_config();
    c.n_layers = 1;
    const OpenFile good = written(random_model(c, 4));
    const std::size_t header = static_cast<std::size_t>(load<uint64_t>(good.bytes.data()));
    std::mt19937 random(5);
    std::size_t parsed = 0, refused = 0;
    for (int round = 0; round < 6000; round++) {
        Bytes bytes = good.bytes;
        // Mostly the header; the rest of the file holds nothing but numbers.
        const std::size_t range = round % 4 != 0 ? 8 + header : bytes.size();
        for (uint32_t i = 0; i <= random() % 4; i++) {
            const uint8_t digit = static_cast<uint8_t>('0' + random() % 10);
            bytes[random() % range] = round % 2 != 0 ? digit : static_cast<uint8_t>(random());
        }
        NamedTensors file;
        if (!parse_safetensors(bytes.data(), bytes.size(), &file).ok()) {
            refused++;
            continue;
        }
        parsed++;
        for (const auto& [name, t] : file.tensors) {
            ASSERT_GE(t.data, bytes.data() + 8);
            ASSERT_LE(t.data + t.size, bytes.data() + bytes.size());
            uint64_t n = dtype_size(t.dtype);
            for (uint64_t d : t.shape) n *= d;
            ASSERT_EQ(n, t.size) << name;
        }
        FloatModel model;
        if (read_model(file, &model).ok()) ASSERT_OK(check(model));
    }
    EXPECT_GT(parsed, 500u);
    EXPECT_GT(refused, 500u);
}

}  // namespace
}  // namespace atome::test
