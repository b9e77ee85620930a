// A teacher's opinion of a text, for distillation: computed once, kept in a file of bounded size.
//
// The file, little-endian: magic "ATOMESFT", u32 version 1, u32 V, u32 kept, u32 context, u64 positions,
// u64 digest of the text, u64 digest of the teacher's file; then one record of soft_targets.h a position,
// zeros for the first, which nothing precedes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "atome/base/executor.h"
#include "atome/kernels/registry.h"
#include "atome/nn/soft_targets.h"
#include "atome/train/network.h"
#include "atome/train/options.h"

namespace atome::cli {

struct TeacherOptions {
    std::string model;         // any model file; empty: no teacher
    std::string cache;         // the file above; empty: M.teacher beside --out
    uint32_t megabytes = 512;  // the most that its records may take, in millions of bytes
};

// The table of the teacher's vocabulary, which is its student's too; empty: bytes. Throws Failure: no model,
// or one whose tokens are not what `wanted` says.
std::vector<uint8_t> teacher_vocabulary(const TeacherOptions& options, Tokenizer wanted);

// The opinions of the teacher about every token of the student's training text, from the cache where there is
// one, else computed and kept there; a process that finds another at it waits and takes what that one made.
// At a token the teacher has seen between half of its context and all of it, except in the first ones.
// For each, as many tokens with their probabilities are kept as fit into the bound, at most 32. With fused
// kernels the records depend on the kernel set, and a cache does not say which one made it. Throws Failure:
// no model, another vocabulary, a cache that is damaged or of another text, teacher or bound, a bound below 4
// of them.
std::unique_ptr<SoftTargets> open_teacher(const TeacherOptions& options, const std::vector<uint8_t>& tokens,
                                          const Network& student, const KernelSet& kernels,
                                          Executor& executor);

}  // namespace atome::cli
