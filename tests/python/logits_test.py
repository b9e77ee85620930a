#!/usr/bin/python3
"""Every checkpoint's logits from numpy (read_model.py) against those of `atome trace`: logits_test.py ATOME CHECKPOINTS"""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("SKIP: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

from read_model import Model

TEXT = "Once upon a time, Lily saw a \u00eb \u2013 and then"
worst, n = 0.0, 0
paths = sorted(pathlib.Path(sys.argv[2]).glob("*/model.safetensors"))
made = tempfile.TemporaryDirectory()  # of models such as no checkpoint is
for quantizer, gains, state, vectors in (("ternary", "none", "fixed", "bf16"), ("int4", "none", "selective", "f32"),
                                         ("ternary", "rows", "selective", "bf16")):
    paths.append(pathlib.Path(made.name) / f"{quantizer}-{gains}-{state}-{vectors}" / "model.safetensors")
    paths[-1].parent.mkdir()
    (paths[-1].parent / "text").write_text(TEXT * 500)
    subprocess.run([sys.argv[1], "train", "--data", paths[-1].parent / "text", "--out", paths[-1], "--steps", "20", "--d-model", "16",
                    "--quantizer", quantizer, "--gains", gains, "--state", state, "--vectors", vectors], capture_output=True, check=True)
for path in paths:
    said = subprocess.run([sys.argv[1], "trace", path, "--text", TEXT, "--json"], capture_output=True, check=True)
    trace, model = json.loads(said.stdout), Model(path)
    tokens = model.vocabulary.encode(TEXT.encode())
    assert tokens == trace["tokens"], f"{path}: other tokens"
    difference = float(np.abs(model.logits(tokens) - np.array(trace["logits"], np.float32)).max())
    print(f"{path.parent.name}: {len(tokens)} tokens, largest difference of a logit {difference:.2e}")
    worst, n = max(worst, difference), n + 1
assert n > 0 and worst <= 1e-4, f"{n} models, largest difference {worst}"
