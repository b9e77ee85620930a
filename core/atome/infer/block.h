// The order of a block, once for every engine: what is computed from what, whatever the numbers are.
#pragma once

#include <stdint.h>

#include "atome/base/math.h"
#include "atome/model/config.h"

namespace atome {

// One token through block `l`. Engine has, each false where the stream has to end:
//
//     bool normalise(l)     h = norm(x)
//     bool route(l)         what h is multiplied by; the router's distribution and its entropy
//     bool local(l, p)      x += r[p] * local, and so on; p counts the pathways that are on
//     bool state(l, p)
//     bool sparse(l, p)
//     bool feed_forward(l)  x += down relu(up norm2(x))^2
template <class Engine>
ATOME_INLINE_MEMBER bool run_block(Engine& e, const Config& c, uint32_t l) {
    if (!e.normalise(l) || !e.route(l)) return false;
    uint32_t p = 0;
    if (c.enabled(Pathway::local) && !e.local(l, p++)) return false;
    if (c.enabled(Pathway::state) && !e.state(l, p++)) return false;
    if (c.enabled(Pathway::sparse) && !e.sparse(l, p++)) return false;
    return c.d_ff == 0 || e.feed_forward(l);
}

}  // namespace atome
