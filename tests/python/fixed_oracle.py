#!/usr/bin/python3
"""The fixed engine of core/atome/infer/fixed once more, from its definition, in numpy: every case of tests/parity.

    fixed_oracle.py PARITY CASES     # the program tests/parity/parity, and the folder of its cases

Every number is an int64 here and checked to fit the 32 bits that the engine has. Reads `.atome` by formats/FORMAT.md. Letters: V tokens,
D d_model, H d_head, K taps, L layers, k top_k, F d_ff, P pathways, W window.
"""
import math
import pathlib
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    print("SKIP: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

i64 = np.int64


def fits(v):
    assert np.all(np.abs(v) < 1 << 31), "a number passes 32 bits"
    return v


def shift(v, n):  # add half, shift right
    return fits(v + (i64(1) << (n - 1))) >> n if n else v


def clamp16(v): return np.clip(v, -32768, 32767)
def clamp8(v): return np.clip(v, -128, 127)


def q15(v, c):
    assert np.all(np.abs(v) < 1 << 30)
    return (v * c + (1 << 14)) >> 15


EXP2 = [int((1 << 15) * 2 ** (-i / 64) + 0.5) for i in range(65)]
SIGMOID = [int((1 << 15) / (1 + 2 ** (i / 16)) + 0.5) for i in range(193)]
LOG2 = [int(4096 * np.log2(1 + i / 64) + 0.5) for i in range(65)]


def exp2(t):
    n = -int(t)
    if n >> 10 >= 16: return 0
    i, low = (n & 1023) >> 4, n & 15
    return int(shift(i64(EXP2[i] - int(shift(i64((EXP2[i] - EXP2[i + 1]) * low), 4))), n >> 10))


def sigmoid_down(z):
    n = abs(int(z))
    i, low = n >> 6, n & 63
    v = 0 if i >= 192 else SIGMOID[i] - int(shift(i64((SIGMOID[i] - SIGMOID[i + 1]) * low), 6))
    return (1 << 15) - v if z < 0 else v


def softmax(t):
    e = [exp2(v - max(t)) for v in t]
    inverse = (1 << 31) // sum(e)
    return [(v * inverse + (1 << 15)) >> 16 for v in e]


def entropy(r):
    total = 0
    for share in r:
        if not 0 < share < 1 << 15: continue
        whole, m = 0, share
        while m < 1 << 15: m, whole = m * 2, whole + 1
        i, low = (m - (1 << 15)) >> 9, (m - (1 << 15)) & 511
        total += share * (whole * 4096 - (LOG2[i] + int(shift(i64((LOG2[i + 1] - LOG2[i]) * low), 9))))
    return int(q15(i64(total >> 12), 22713))


class File:
    """Tensors of an .atome file as codes and gains, and the words of its plan."""
    FIELDS = ["vocab_size", "d_model", "n_layers", "d_head", "top_k", "kernel_size", "d_ff", "quantizer", "disabled"]
    LATER = ["vectors", "gains", "state"]

    def __init__(self, path):
        self.data = path.read_bytes()
        u = lambda at, size=4: int.from_bytes(self.data[at:at + size], "little")
        self.c = dict.fromkeys(self.LATER, 0)
        self.codes, self.gains, self.plan = {}, {}, None
        if u(8) == 1:
            self.c.update((f, u(64 + 4 * i)) for i, f in enumerate(self.FIELDS))
            for i in range(u(32)):
                at = 112 + 32 * i
                kind, layer, encoding, begin, size = u(at, 2), u(at + 2, 2), self.data[at + 4], u(at + 8), u(at + 12)
                if kind == 132: self.plan = self.data[begin:begin + size]
                if kind < 18 and encoding: self.codes[kind, layer] = self.decode(encoding, begin, u(at + 16), u(at + 20))
            return
        names = self.FIELDS + self.LATER
        self.c.update((names[i], u(32 + 2 * i, 2)) for i in range(u(28, 2)))
        self.compact(u)
        for i in range(u(30, 2)):
            at = u(16) - 4 - 16 * (u(30, 2) - i)
            if u(at) == 132: self.plan = self.data[u(at + 4):u(at + 4) + u(at + 8)]

    def shape(self, kind):
        c, P = self.c, 3 - bin(self.c["disabled"]).count("1")
        D = c["d_model"]
        return {0: (c["vocab_size"], D), 3: (D, c["kernel_size"]), 7: (c["d_head"], D), 8: (c["d_head"], D), 9: (D, D), 10: (P, D),
                13: (c["d_ff"], D), 14: (D, c["d_ff"]), 17: (c["vocab_size"], D), 18: (D, D)}.get(kind, (1, D))

    def compact(self, u):
        c = self.c
        on = lambda p: not c["disabled"] >> p & 1
        block = [1, 2] + [3] * on(0) + [4, 5, 6] * on(1) + [7, 8, 9] * on(2) + [10] + [18] * (on(1) and c["state"])
        block += [11, 12, 13, 14] * (c["d_ff"] > 0)
        has_gains = lambda kind: c["gains"] and kind in (0, 7, 8, 9, 10, 13, 14, 17, 18)
        # Gains follow the tensors of their part, in the same order.
        parts = [(0, [0])] + [(l, block) for l in range(c["n_layers"])] + [(0, [15, 16, 17])]
        coded = (0, 3, 7, 8, 9, 10, 13, 14, 17, 18)
        matrices = sum(kind in coded for _, kinds in parts for kind in kinds)
        config_end = 32 + 2 * u(28, 2)
        encodings = (config_end + 3) // 4 * 4 + 4 * matrices
        at, matrix = u(16), 0
        for layer, kinds in parts:
            for kind in kinds:
                rows, cols = self.shape(kind)
                if kind in coded:
                    encoding = self.data[encodings + matrix]
                    matrix += 1
                    self.codes[kind, layer] = self.decode(encoding, at, rows, cols)
                    at += {1: (rows * cols + 3) // 4, 2: (rows * cols + 4) // 5, 4: (rows * cols + 1) // 2}[encoding]
                else:
                    width = 2 if c["vectors"] else 4
                    at = (at + width - 1) // width * width + width * cols
            for kind in filter(has_gains, kinds):
                rows = self.shape(kind)[0]
                self.gains[kind, layer] = np.frombuffer(self.data, np.uint8, rows, at).astype(i64)
                at += rows
            at = (at + 3) // 4 * 4

    def decode(self, encoding, at, rows, cols):
        n, p = rows * cols, np.frombuffer(self.data, np.uint8, offset=at).astype(i64)
        if encoding == 1: v = np.array([0, 1, 0, -1])[np.stack([p[:(n + 3) // 4] >> s & 3 for s in (0, 2, 4, 6)], 1).ravel()]
        elif encoding == 2: v = (np.stack([p[:(n + 4) // 5] // 3 ** i % 3 for i in range(5)], 1) - 1).ravel()
        else: v = ((np.stack([p[:(n + 1) // 2] >> s & 15 for s in (0, 4)], 1) ^ 8) - 8).ravel()
        return v[:n].reshape(rows, cols).astype(i64)


class Plan:
    """The words, one item after the other, in the order of infer/fixed/plan.h."""
    def __init__(self, f):
        self.words, self.at = np.frombuffer(f.plan, np.int16).astype(i64), 0
        c, D = f.c, f.c["d_model"]
        on = lambda p: not c["disabled"] >> p & 1
        self.epsilon, self.embed = int(np.frombuffer(f.plan, np.uint32, 1)[0]), None
        self.take(2)
        self.embed, self.blocks = self.rescale(), []
        for _ in range(c["n_layers"]):
            b = {"norm": self.norm(D), "router": self.rescale()}
            if on(0): b["local"] = self.rescale()
            if on(1): b["decay"], b["gain"], b["shift"], b["finer"] = self.take(D), self.take(D), int(self.take(1)[0]), int(self.take(1)[0])
            if on(1) and c["state"]: b["gate"] = self.rescale()
            if on(2): b.update((name, self.rescale()) for name in ("query", "key", "score", "value"))
            if c["d_ff"]: b["norm2"], b["up"], b["down"] = self.norm(D), self.rescale(), self.rescale()
            self.blocks.append(b)
        self.final, self.unembed = self.norm(D), self.rescale()
        assert self.at == len(self.words)

    def take(self, n):
        self.at += n
        return self.words[self.at - n:self.at]

    def norm(self, D): return self.take(D), self.take(D), int(self.take(1)[0])

    def rescale(self):
        multiplier, shifts = (int(v) for v in self.take(2))
        before, after = shifts & 255, shifts >> 8 & 255
        return lambda v: clamp16(shift(fits(clamp16(shift(fits(v), before)) * multiplier), after))


class Engine:
    def __init__(self, f, window):
        self.f, self.c, self.p, self.W = f, f.c, Plan(f), window
        L, D = self.c["n_layers"], self.c["d_model"]
        self.past = [[] for _ in range(L)]  # (h, key) of every token
        self.state = np.zeros((L, D), i64)

    def product(self, kind, layer, x):
        codes = self.f.codes[kind, layer]
        return fits(codes @ x) * self.f.gains.get((kind, layer), np.full(len(codes), 64, i64))

    def norm(self, x, gain, bias, gain_shift):
        D = len(x)
        total = int(x.sum())
        mean = (total + D // 2) // D
        S = int((x * x).sum()) + mean * (mean * D - 2 * total) + (self.p.epsilon << (D - 1).bit_length())
        k = 0
        while S >> 32: S, k = S >> 2, k - 1
        while 0 < S < 1 << 30: S, k = S << 2, k + 1
        inverse = (1 << 29) // math.isqrt(S) if S else 0
        if k > 14: inverse, k = inverse << k - 14, 14
        z = shift(fits((x - mean) * inverse), 14 - k)
        return clamp8(shift(shift(fits(z * gain), gain_shift) + bias, 6))

    def mix(self, x, r, out): return clamp16(x + shift(fits(r * clamp16(out)), 15))

    def step(self, token):
        c, p, f = self.c, self.p, self.f
        D, H = c["d_model"], c["d_head"]
        x = p.embed(f.codes[0, 0][token] * (f.gains[0, 0][token] if (0, 0) in f.gains else 64))
        routers = []
        for l, b in enumerate(p.blocks):
            h = self.norm(x, *b["norm"])
            r = softmax([int(v) for v in b["router"](self.product(10, l, h))])
            routers += r + [entropy(r)]
            share, past = iter(r), self.past[l]
            past.append((h, clamp8(b["key"](self.product(8, l, h))) if "key" in b else None))
            if "local" in b:
                taps = f.codes[3, l]
                total = sum(taps[:, j] * past[-1 - j][0] for j in range(min(taps.shape[1], len(past))))
                x = self.mix(x, next(share), b["local"](total * 64))
            if "decay" in b:
                s, taken = self.state[l], h << b["finer"]
                if "gate" in b:
                    z = b["gate"](self.product(18, l, h)) + b["decay"]
                    s = s + q15(taken - s, np.array([sigmoid_down(v) for v in z], i64))
                else:
                    s = np.clip(q15(s, b["decay"]) + taken, -1 << 28, (1 << 28) - 1)
                self.state[l] = s
                x = self.mix(x, next(share), shift(q15(s, b["gain"]), b["shift"]))
            if "key" in b:
                q, seen = clamp8(b["query"](self.product(7, l, h))), past[-self.W:]
                scores = np.array([int(q @ key) for _, key in seen])
                best = np.argsort(-scores, kind="stable")[:c["top_k"]]  # ties go to the oldest
                shares = softmax([int(b["score"](i64(scores[i] - scores[best[0]]))) for i in best])
                mixed = clamp8(shift(sum(i64(s) * seen[i][0] for s, i in zip(shares, best)), 15))
                x = self.mix(x, next(share), b["value"](self.product(9, l, mixed)))
            if "up" in b:
                root = np.maximum(b["up"](self.product(13, l, self.norm(x, *b["norm2"]))), 0)
                hidden = np.minimum(shift(root * root, 22), 255)
                x = clamp16(x + b["down"](self.product(14, l, hidden)))
        self.logits = p.unembed(self.product(17, 0, self.norm(x, *p.final)))
        return [*self.logits, *routers]


def digest(words):
    state = 0xCBF29CE484222325
    for w in words: state = (state ^ (int(w) & 0xFFFFFFFF)) * 0x100000001B3 & (1 << 64) - 1
    state = (state ^ state >> 32) * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    return state ^ state >> 29


def run(name, cases):
    window, greedy, *tokens = (int(word) for word in (cases / f"{name}.tokens").read_text().split())
    engine, words = Engine(File(cases / f"{name}.atome"), window), []
    for i in range(len(tokens) + max(greedy - 1, 0)): words += engine.step(tokens[i] if i < len(tokens) else int(np.argmax(engine.logits)))
    return f"case {name}_fixed tokens {len(tokens) + max(greedy - 1, 0)} digest {digest(words):016x}"


said = subprocess.run([sys.argv[1], "scalar", "packed"], capture_output=True, check=True, text=True).stdout.split("\n")
said = [line for line in said if line.split()[1:2] and line.split()[1].endswith("_fixed")]
assert len(said) >= 20, f"only {len(said)} cases of the fixed engine"
wrong = [(line, mine) for line in said if (mine := run(line.split()[1][:-6], pathlib.Path(sys.argv[2]))) != line]
for line, mine in wrong: print(f"engine {line}\noracle {mine}")
print(f"{len(said)} cases, {len(wrong)} differ")
sys.exit(1 if wrong else 0)
