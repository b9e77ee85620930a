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
made = tempfile.TemporaryDirectory()  # of a model such as no checkpoint is
paths.append(pathlib.Path(made.name) / "vectors-bf16-gains-rows" / "model.safetensors")
paths[-1].parent.mkdir()
(paths[-1].parent / "text").write_text(TEXT * 500)
subprocess.run([sys.argv[1], "train", "--data", paths[-1].parent / "text", "--out", paths[-1], "--steps", "20", "--d-model", "16",
                "--vectors", "bf16", "--gains", "rows"], capture_output=True, check=True)
for path in paths:
    said = subprocess.run([sys.argv[1], "trace", path, "--text", TEXT, "--json"], capture_output=True, check=True)
    trace, model = json.loads(said.stdout), Model(path)
    tokens = model.vocabulary.encode(TEXT.encode())
    assert tokens == trace["tokens"], f"{path}: other tokens"
    difference = float(np.abs(model.logits(tokens) - np.array(trace["logits"], np.float32)).max())
    print(f"{path.parent.name}: {len(tokens)} tokens, largest difference of a logit {difference:.2e}")
    worst, n = max(worst, difference), n + 1
assert n > 0 and worst <= 1e-4, f"{n} models, largest difference {worst}"
