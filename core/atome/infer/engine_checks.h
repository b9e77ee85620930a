// What every engine refuses, in the same words.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/arena.h"
#include "atome/base/status.h"
#include "atome/model/view.h"

namespace atome {

// For an owner of memory of which it needs bytes(); the window is looked at first.
template <class Bytes>
Status check_memory(const ModelView& model, uint32_t window, const void* memory, size_t size, Bytes bytes) {
    if (!model.data()) return Status::error(Code::bad_argument, "the model has not been opened");
    if (window < 1 || window > Limits::window)
        return Status::error(Code::bad_argument, "window is ", window, ": use 1..", Limits::window);
    if (reinterpret_cast<uintptr_t>(memory) % Arena::alignment != 0)
        return Status::error(Code::bad_alignment, "the arena must be aligned to ", Arena::alignment,
                             " bytes");
    const uint64_t needed = bytes();
    if (memory && size >= needed) return {};
    return Status::error(Code::arena_too_small, "the arena has ", memory ? size : 0, " bytes: it needs ",
                         needed);
}

// Errors are made where they are returned: a Status that is kept beside a step would lie below its whole
// stack.
inline Status no_such_token(bool initialised, uint32_t token, uint32_t V) {
    if (!initialised) return Status::error(Code::bad_argument, "the engine has not been initialised");
    return Status::error(Code::bad_argument, "token ", token, " is outside the vocabulary: use 0..", V - 1);
}

inline Status no_token_yet() {
    return Status::error(Code::bad_argument, "there is no token yet to predict from");
}

}  // namespace atome
