#include "atome/measure/ranges.h"

#include <algorithm>
#include <cmath>

#include "atome/infer/block.h"
#include "atome/infer/stream.h"
#include "atome/kernels/packed.h"
#include "atome/model/projections.h"

namespace atome {

namespace {

void see(const float* values, std::size_t n, float* most) {
    for (std::size_t i = 0; i < n; i++) *most = std::max(*most, std::abs(values[i]));
}

}  // namespace

// The engine's parts in the order of a block, with a look at what each leaves.
class RangesOfEngine {
  public:
    RangesOfEngine(Engine& engine, Ranges* out) : e_(engine), c_(engine.config_), out_(*out) {}

    Status step(uint32_t token) {
        read_row(e_.embed_, token, e_.b_.x);
        see_x();
        bool finite = true;
        for (uint32_t l = 0; finite && l < c_.n_layers; l++) finite = run_block(*this, c_, l);
        if (!finite) return e_.ended();
        e_.position_++;
        ATOME_TRY(e_.predict());
        see(e_.b_.h, c_.d_model, &out_.h);
        see(e_.logits(), c_.vocab_size, &out_.logits);
        return {};
    }

    bool normalise(uint32_t l) {
        const bool finite = e_.normalise(l);
        see(e_.b_.h, c_.d_model, &out_.blocks[l].h);
        return finite;
    }
    bool route(uint32_t l) {
        e_.route(l);
        const ProjectionRows at(c_);
        const float* y = e_.b_.projected;
        Ranges::Block& b = out_.blocks[l];
        see(y + at.router, c_.active_pathways(), &b.router);
        if (c_.enabled(Pathway::sparse)) {
            see(y + at.q, c_.d_head, &b.query);
            see(y + at.k, c_.d_head, &b.key);
        }
        if (c_.selective()) see(y + at.decay, c_.d_model, &b.gate);
        return true;
    }
    bool local(uint32_t l, uint32_t p) {
        e_.local(l, p);
        see(e_.b_.mixed, c_.d_model, &out_.blocks[l].local);
        return see_x();
    }
    bool state(uint32_t l, uint32_t p) {
        e_.state(l, p);
        see(e_.b_.state + std::size_t{l} * c_.d_model, c_.d_model, &out_.blocks[l].state);
        return see_x();
    }
    bool sparse(uint32_t l, uint32_t p) {
        e_.sparse(l, p);
        see(e_.b_.mixed, c_.d_model, &out_.blocks[l].sparse);
        return see_x();
    }
    bool feed_forward(uint32_t l) {
        if (!e_.feed_forward(l)) return false;
        see(e_.b_.h, c_.d_model, &out_.blocks[l].h2);
        see(e_.b_.hidden, c_.d_ff, &out_.blocks[l].hidden);
        see(e_.b_.mixed, c_.d_model, &out_.blocks[l].down);
        return see_x();
    }

  private:
    bool see_x() {
        see(e_.b_.x, c_.d_model, &out_.x);
        return true;
    }

    Engine& e_;
    const Config& c_;
    Ranges& out_;
};

Status find_ranges(Engine& engine, std::span<const uint8_t> tokens, Ranges* out) {
    if (tokens.empty())
        return Status::error(Code::bad_argument, "ranges are found on a text: this one is empty");
    ATOME_TRY(check_vocabulary(tokens.data(), tokens.size(), engine.config().vocab_size));
    Ranges ranges;
    ranges.blocks.resize(engine.config().n_layers);
    RangesOfEngine observed(engine, &ranges);
    for (std::size_t i = 0; i < tokens.size(); i++) {
        if (i % kAfresh == 0) engine.reset();
        ATOME_TRY(observed.step(tokens[i]));
    }
    *out = std::move(ranges);
    return {};
}

}  // namespace atome
