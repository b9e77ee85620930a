// `.atome` files: what is written comes back, for every quantizer and option.
#include "atome/formats/atome_file.h"

#include "helpers.h"

namespace atome::test {
namespace {

constexpr const char* kModels[] = {
    "default_60k",        "odd_ternary",         "tiny_ternary",  "tiny_power3",    "tiny_power3_pr",
    "tiny_none",          "tiny_no_local",       "tiny_no_state", "tiny_no_sparse", "tiny_ffn_ternary",
    "tiny_ffn_power3_pr", "tiny_no_local_state", "tiny_int4",     "tiny_ffn_int4"};

TEST(AtomeFile, RoundTripsEveryGoldenModel) {
    for (const char* name : kModels) {
        CodedModel model = quantised(golden_model(name));
        model.window = 96;
        for (Encoding e : {Encoding::trit2, Encoding::trit5}) {
            SCOPED_TRACE(name);
            Bytes bytes, again;
            ASSERT_OK(write_atome(model, e, &bytes));
            EXPECT_EQ(bytes.size() % 16, 0u);
            CodedModel back;
            ASSERT_OK(read_atome(bytes.data(), bytes.size(), &back));
            expect_equal(back, model);
            EXPECT_EQ(back.window, 96u);
            ASSERT_OK(write_atome(back, e, &again));
            EXPECT_EQ(again, bytes);
        }
    }
}

TEST(AtomeFile, ViewFindsEveryActiveTensorAndNoOther) {
    for (const char* name : kModels) {
        SCOPED_TRACE(name);
        const CodedModel model = quantised(golden_model(name));
        Bytes bytes;
        ASSERT_OK(write_atome(model, Encoding::trit5, &bytes));
        AlignedBytes aligned(bytes);
        ModelView view;
        ASSERT_OK(ModelView::open(aligned.data(), aligned.size(), &view));
        EXPECT_EQ(view.config(), model.config);
        EXPECT_EQ(view.data(), aligned.data());
        EXPECT_EQ(view.size(), bytes.size());
        for (uint32_t i = 0; i < model.tensors.size(); i++) {
            const TensorSpec spec = tensor_spec(model.config, i);
            const TensorView t = view.tensor(spec.kind, spec.layer);
            SCOPED_TRACE(tensor_name(spec).view());
            EXPECT_EQ(t.rows, spec.active ? spec.rows : 0);
            if (!spec.active) continue;
            EXPECT_EQ(t.cols, spec.cols);
            const CodedTensor& from = model.tensors[i];
            if (!from.coded()) {
                ASSERT_NE(t.values, nullptr);
                EXPECT_TRUE(std::equal(from.values.begin(), from.values.end(), t.values));
                continue;
            }
            std::vector<int8_t> codes(from.codes.size());
            decode_codes(t.encoding, t.codes, 0, codes.size(), codes.data());
            EXPECT_EQ(codes, from.codes);
            for (uint32_t r = 0; r < spec.rows; r++)
                EXPECT_EQ(t.row_scale(r), from.scales[from.scales.size() == 1 ? 0 : r]);
        }
        EXPECT_EQ(view.tensor(TensorKind::norm_gamma, model.config.n_layers).rows, 0u);
        if (model.config.d_ff == 0) {
            EXPECT_EQ(view.tensor(TensorKind::ffn_up, 0).rows, 0u);
        }
    }
    EXPECT_EQ(ModelView().tensor(TensorKind::embed).rows, 0u);
}

TEST(AtomeFile, SmallerThanThePublishedKitsFilesButForTheDirectory) {
    const CodedModel model = quantised(golden_model("default_60k"));
    Bytes trit2, trit5;
    ASSERT_OK(write_atome(model, Encoding::trit2, &trit2));
    ASSERT_OK(write_atome(model, Encoding::trit5, &trit5));
    // 44 tensors: 112 + 44 * 32 bytes before the sections, at most 15 of padding after each.
    EXPECT_LE(trit2.size(), 20575u + 112 + 44 * 32 + 44 * 15);
    EXPECT_LE(trit5.size(), 17613u + 112 + 44 * 32 + 44 * 15);
}

TEST(AtomeFile, ReadsAtAnyAlignment) {
    const CodedModel model = quantised(golden_model("tiny_power3_pr"));
    Bytes bytes;
    ASSERT_OK(write_atome(model, Encoding::trit2, &bytes));
    for (std::size_t shift = 0; shift < 16; shift++) {
        AlignedBytes shifted(bytes, shift);
        CodedModel back;
        ASSERT_OK(read_atome(shifted.data(), shifted.size(), &back));
        expect_equal(back, model);
    }
}

TEST(AtomeFile, OptionalSectionsAreCheckedAndSkipped) {
    const CodedModel model = quantised(random_model(small_config(), 5));
    Bytes bytes;
    const std::vector<ExtraSection> extra = {{128, {'h', 'i'}}, {4711, Bytes(33, 7)}, {131, {}}};
    ASSERT_OK(write_atome(model, Encoding::trit2, &bytes, extra));
    CodedModel back;
    ASSERT_OK(read_atome(bytes.data(), bytes.size(), &back));
    expect_equal(back, model);
    bytes[bytes.size() - 48] ^= 1;  // in the section of 33 bytes
    EXPECT_FALSE(read_atome(bytes.data(), bytes.size(), &back).ok());
    EXPECT_EQ(write_atome(model, Encoding::trit2, &bytes, {{127, {}}}).code(), Code::bad_argument);
}

TEST(AtomeFile, WriterRefusesBadInput) {
    CodedModel model = quantised(random_model(small_config(), 6));
    Bytes bytes = {1, 2, 3};
    EXPECT_EQ(write_atome(model, Encoding::p3, &bytes).code(), Code::bad_argument);
    model.tensors[0].codes[0] = 5;
    EXPECT_EQ(write_atome(model, Encoding::trit2, &bytes).code(), Code::bad_config);
    EXPECT_EQ(bytes, (Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace atome::test
