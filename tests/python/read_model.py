#!/usr/bin/python3
"""Reads a model.safetensors of Atome and runs it, with numpy and nothing else: what a Python user needs to begin.

    read_model.py model.safetensors "Once upon a time" 100       # continues a text, greedily

The model is the one of ARCHITECTURE.md: float shadow weights, rounded here as training rounds them. Shapes: V tokens,
D d_model, H d_head, K taps, L layers, k top_k, F d_ff, T positions.
"""
import json
import sys

import numpy as np


def load(path):
    """Tensors by name, as float32, and the metadata."""
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    metadata = header.pop("__metadata__")
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], np.float32).reshape(t["shape"])
            for name, t in header.items() if t["dtype"] == "F32"}, metadata


def absmean(w):
    """mean|w| in float32, in the order of PyTorch's CPU sum: weights that trained to the edge of a code hang on its last bit."""
    a = np.abs(w).ravel()
    lanes, rest = a[:len(a) // 32 * 32].reshape(-1, 32), a[len(a) // 32 * 32:]
    sums, power = np.zeros((4, 32), np.float32), 4
    while 1 << (4 * power + 3) < len(lanes): power += 1
    for row, values in enumerate(lanes, 1):
        sums[0] += values
        if row % (1 << power): continue
        for level in range(1, 4):
            sums[level] += sums[level - 1]
            sums[level - 1] = 0
            if row >> level * power & ((1 << power) - 1): break
    for level in range(1, 4): sums[0] += sums[level]
    while len(rest) >= 8: sums[0, :8], rest = sums[0, :8] + rest[:8], rest[8:]
    for k in range(8, 32): sums[0, k % 8] += sums[0, k]
    total = np.float32(0)
    for value in [*rest, *sums[0, :8]]: total += value
    return max(total / np.float32(len(a)), np.float32(1e-5))


def rounded(w, quantizer):
    """scale * code: ternary codes are -1..1, int4 codes -7..7, rounded half to even."""
    if quantizer == "none": return w
    most = {"ternary": 1, "int4": 7}[quantizer]
    alpha = absmean(w) if most == 1 else absmean(w) * np.float32(3) / np.float32(most)
    return np.clip(np.rint(w / alpha), -most, most) * alpha


def as_vector(v):
    """bf16: the upper 16 bits of a float32, to the nearest, ties to even."""
    bits = v.view(np.uint32)
    return (bits + 0x7FFF + (bits >> 16 & 1) & 0xFFFF0000).astype(np.uint32).view(np.float32)


class Vocabulary:
    """tokens/vocabulary.h: escape, bytes, merges in order of rank. Without a table a token is a byte."""
    def __init__(self, table):
        self.texts = [bytes([b]) for b in range(256)]
        self.merges, self.own = [], list(range(256))
        if not table: return
        n, self.own = table[1], [0] * 256
        self.texts = [b""] + [bytes([b]) for b in table[2:2 + n]]
        for i, b in enumerate(table[2:2 + n]): self.own[b] = 1 + i
        for left, right in zip(table[3 + n::2], table[4 + n::2]):
            self.merges.append((left, right, len(self.texts)))
            self.texts.append(self.texts[left] + self.texts[right])
        self.texts += [b""] * (256 - len(self.texts))

    def encode(self, text):
        tokens = [t for b in text for t in ([self.own[b]] if self.own[b] or not self.merges else [0, b])]
        for left, right, whole in self.merges:
            i, out = 0, []
            while i < len(tokens):
                escaped = tokens[i] == 0
                hit = tokens[i:i + 2] == [left, right]
                out += [whole] if hit else tokens[i:i + 2] if escaped else tokens[i:i + 1]
                i += 2 if hit or escaped else 1
            tokens = out
        return tokens


def layer_norm(x, gamma, beta):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * gamma + beta


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Model:
    def __init__(self, path):
        tensors, self.metadata = load(path)
        q, vectors = self.metadata["quantizer"], self.metadata.get("vectors", "f32")
        self.w = {name: rounded(t, q) if t.ndim > 1 else as_vector(t) if vectors == "bf16" else t for name, t in tensors.items()}
        for name, gain in tensors.items():  # a factor n / 64 for each row, n in 1..255
            if name.endswith(".gain") and not name.startswith("optimizer."):
                self.w[name[:-4] + "weight"] *= np.clip(np.rint(64 * gain), 1, 255)[:, None] / np.float32(64)
        self.L, self.k = int(self.metadata["n_layers"]), int(self.metadata["top_k"])
        self.vocabulary = Vocabulary(bytes.fromhex(self.metadata.get("vocabulary", "")))

    def block(self, x, l):  # x (T, D) before and behind
        w = lambda name: self.w[f"blocks.{l}.{name}"]
        h = layer_norm(x, w("norm.weight"), w("norm.bias"))
        r, paths = softmax(h @ w("router.proj.weight").T), []
        off, (T, D) = self.metadata.get("disable_pathways", "").split(","), h.shape
        if "local" not in off:
            taps = w("local.weight").reshape(D, -1)
            padded = np.vstack([np.zeros((taps.shape[1] - 1, D), np.float32), h])
            paths.append(sum(padded[j:j + T] * taps[:, j] for j in range(taps.shape[1])))
        if "state" not in off:
            s, out = np.zeros(D, np.float32), []
            decay, taken = np.tile(np.tanh(w("state.a_raw")), (T, 1)), w("state.b") * h
            if self.metadata.get("state") == "selective":
                decay = 1 / (1 + np.exp(-2 * (h @ w("state.Wa.weight").T + w("state.a_raw"))))
                taken = (1 - decay) * taken
            for t in range(T):
                s = decay[t] * s + taken[t]
                out.append(w("state.c_out") * s)
            paths.append(np.array(out))
        if "sparse" not in off:
            q, k, v = (h @ w(f"sparse.{n}.weight").T for n in ("Wq", "Wk", "Wv"))
            out = np.zeros_like(h)
            for t in range(T):
                scores = k[:t + 1] @ q[t] / np.sqrt(np.float32(q.shape[1]))
                best = np.argsort(-scores, kind="stable")[:self.k]  # ties go to the oldest
                out[t] = softmax(scores[best]) @ v[best]
            paths.append(out)
        x = x + sum(r[:, i:i + 1] * path for i, path in enumerate(paths))
        if f"blocks.{l}.ffn.up.weight" in self.w:
            up = layer_norm(x, w("norm2.weight"), w("norm2.bias")) @ w("ffn.up.weight").T
            x = x + np.maximum(up, 0) ** 2 @ w("ffn.down.weight").T
        return x

    def logits(self, tokens):  # (T, V)
        x = self.w["embed.weight"][tokens]
        for l in range(self.L): x = self.block(x, l)
        return layer_norm(x, self.w["final_norm.weight"], self.w["final_norm.bias"]) @ self.w["unembed.weight"].T


if __name__ == "__main__":
    model = Model(sys.argv[1])
    tokens = model.vocabulary.encode(sys.argv[2].encode())
    for _ in range(int(sys.argv[3])): tokens.append(int(model.logits(tokens)[-1].argmax()))
    print(b"".join(model.vocabulary.texts[t] for t in tokens).decode(errors="replace"))
