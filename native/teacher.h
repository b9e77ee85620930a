// A teacher's opinion of a text, for distillation: computed once, kept in a file of bounded size.
//
// The file, little-endian: magic "ATOMESFT", u32 version 1, u32 V, u32 kept, u32 context, u64 positions,
// u64 digest of the text, u64 digest of the teacher's file; then one record of soft_targets.h a position.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "atome/kernels/train_kernels.h"
#include "atome/train/executor.h"
#include "atome/train/kernel_set.h"
#include "atome/train/soft_targets.h"

namespace atome::cli {

struct TeacherCommand {
    std::string model;         // any model with float weights; empty: no teacher
    std::string cache;         // the file; empty: M.teacher beside --out
    uint32_t megabytes = 512;  // the most that the file may take
    bool quiet = false;
};

// The opinions of the teacher about every byte of `text`, from the cache where it holds them, else computed
// and kept there. At a byte the teacher has seen between half of its context and all of it, except in the
// text's first bytes. As many pairs a byte are kept as fit into the bound, at most 32.
// Throws Failure: no model, another vocabulary, a cache of another text or teacher, a bound below 4 pairs.
std::unique_ptr<SoftTargets> open_teacher(const TeacherCommand& command, const std::vector<uint8_t>& text,
                                          uint32_t vocab_size, const KernelSet& kernels, Executor& executor);

}  // namespace atome::cli
