// Damaged `.atome` files, for the tests of their readers.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "atome/formats/atome_file.h"
#include "atome/quant/coded_model.h"
#include "helpers.h"
#include "tests/reseal.h"

namespace atome::test {

inline Status open(const Bytes& bytes) {
    AlignedBytes aligned(bytes);
    ModelView view;
    return ModelView::open(aligned.data(), aligned.size(), &view);
}

// A file with another value at a place, and all checksums right, is refused in a message that has `part`.
template <class T>
void expect_rejected(Bytes bytes, std::size_t at, T value, const std::string& part,
                     Code code = Code::bad_file) {
    ASSERT_NE(load<T>(bytes.data() + at), value) << "the change changes nothing";
    store(bytes.data() + at, value);
    reseal(&bytes);
    const Status s = open(bytes);
    EXPECT_EQ(s.code(), code) << "byte " << at << ": " << s.message();
    EXPECT_NE(std::string(s.message()).find(part), std::string::npos)
        << "byte " << at << ": '" << s.message() << "' lacks '" << part << "'";
}

// Random bytes in files whose checksums are right: whatever passes every check is a model that the writer
// would accept.
class ResealedDamage {
  public:
    explicit ResealedDamage(uint32_t seed) : random_(seed) {}
    // 5,000 times in one or two places, every other time among the first `head` bytes.
    void run(const Bytes& good, std::size_t head) {
        for (int round = 0; round < 5000; round++) {
            Bytes bytes = good;
            for (uint32_t i = 0; i <= random_() % 2; i++)
                bytes[random_() % (round % 2 == 0 ? bytes.size() : head)] = static_cast<uint8_t>(random_());
            reseal(&bytes);
            CodedModel model;
            if (read_atome(bytes.data(), bytes.size(), &model).ok()) {
                ASSERT_OK(check(model));
                accepted_++;
            } else {
                rejected_++;
            }
        }
    }
    void expect_both() const {
        EXPECT_GT(accepted_, 100u);
        EXPECT_GT(rejected_, 100u);
    }

  private:
    std::mt19937 random_;
    std::size_t accepted_ = 0, rejected_ = 0;
};

}  // namespace atome::test
