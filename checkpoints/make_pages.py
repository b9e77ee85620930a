#!/usr/bin/env python3
"""Writes RESULTS.md from RESULTS.in.md and the files of results/, and the figure of
flash-curve.json, and each checkpoint's README.md and config.json from its card.

    checkpoints/make_pages.py            # beside this file; --check: writes nothing, exits 1 where a page would change

In RESULTS.in.md a line of its own is replaced:
    @table NAME      the command of sweeps/NAME.json, what it takes, results/NAME.md
    @text FILE       results/FILE as it is, in a block of code
    @rows            a table of chosen rows; below it, to the next empty line: NAME | row | what it is called here
"""
import json
import pathlib
import sys

import flash_curve

FOLDER = pathlib.Path(__file__).resolve().parent


def results(name):
    return json.loads((FOLDER / "results" / f"{name}.json").read_text())


def minutes(rows):
    return max(1, round(sum(r["seconds"]["mean"] * len(r["runs"]) for r in rows if r["seconds"] and r["round"] == "none") / 60))


def table(name):
    text = (FOLDER / "results" / f"{name}.md").read_text()
    took = minutes(results(name)["rows"])
    return (f"```\natome compare checkpoints/sweeps/{name}.json --out results-{name}    # {took} minute{'s' * (took > 1)} of one core\n"
            f"```\n\n{text}").rstrip("\n")


def chosen_rows(lines):
    out = ["| model | bytes of flash | bits per byte | seeds | sweep |", "|---|---:|---:|---:|---|"]
    for line in lines:
        name, row, shown = (part.strip() for part in line.split("|"))
        r = next(r for r in results(name)["rows"] if r["name"] == row)
        bpb = r["valid_bpb"]
        spread = f" ± {bpb['deviation']:.3f}" if bpb["n"] > 1 else ""
        out.append(f"| {shown} | {r['flash_bytes']:,} | {bpb['mean']:.3f}{spread} | {bpb['n']} | `{name}` |")
    return "\n".join(out)


def results_page():
    out, lines = [], iter((FOLDER / "RESULTS.in.md").read_text().split("\n"))
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "@table":
            out.append(table(rest))
        elif word == "@text":
            out.append("```\n" + (FOLDER / "results" / rest).read_text().rstrip("\n") + "\n```")
        elif word == "@rows":
            rows = []
            for row in lines:
                if not row: break
                rows.append(row)
            out.append(chosen_rows(rows) + "\n")
        else:
            out.append(line)
    return "\n".join(out)


def metadata(folder):
    """The metadata of model.safetensors: eight bytes say how long its JSON header is."""
    with open(folder / "model.safetensors", "rb") as f:
        return json.loads(f.read(int.from_bytes(f.read(8), "little")))["__metadata__"]


def config(folder):
    """config.json, as Hugging Face's tools look for it: the model's configuration as its safetensors file has it."""
    known = {k: int(v) if v.isdigit() else v for k, v in metadata(folder).items() if k not in ("vocabulary", "format")}
    return json.dumps({"model_type": "atome", **known}, indent=2) + "\n"


def model_card(folder, card):
    e = card["evaluation"]
    on = f"the first {e['first_bytes']:,} bytes of `{e['file']}`" if "file" in e else f"{e['bytes']:,} bytes of generated text, seed {e['corpus_seed']}"
    data = e.get("file", e.get("corpus"))
    yaml = ["---", "license: apache-2.0", "language: en", "library_name: atome", "pipeline_tag: text-generation",
            "tags: [atome, ternary, tiny, microcontroller]", "model-index:", f"- name: {folder.name}", "  results:",
            "  - task: {type: text-generation}", f"    dataset: {{type: text, name: {data}}}",
            f"    metrics: [{{type: bits_per_byte, value: {e['bits_per_byte']}}}]", "---"]
    commands = "\n".join(card["commands"])
    return "\n".join(yaml) + f"""

# {card['title']}

{card['about']}

{card['parameters']:,} parameters; {card['flash_bytes']:,} bytes of flash; {e['bits_per_byte']:.3f} bits per byte on {on}, in chunks of {e['seq']}.
Data: {card['data']}. Licence: {card['licence']}.

    atome generate model.atome --prompt "{card['trace']['text']}" -n 200

Made by

```
{commands}
```

`model.safetensors` holds the float weights that the codes of `model.atome` are made from; `tests/python/read_model.py` of the
project reads and runs it in numpy. `log.jsonl` is the training run. Written by `checkpoints/make_pages.py` from `card.json`.
"""


def pages():
    yield FOLDER / "RESULTS.md", results_page()
    yield FOLDER / "results" / "flash-curve.svg", flash_curve.svg([r for name in ("flash-curve", "flash-curve-large") for r in results(name)["rows"]])
    for path in sorted(FOLDER.glob("*/card.json")):
        yield path.with_name("README.md"), model_card(path.parent, json.loads(path.read_text()))
        yield path.with_name("config.json"), config(path.parent)


def main():
    check, stale = sys.argv[1:] == ["--check"], 0
    for path, text in pages():
        if path.exists() and path.read_text() == text: continue
        stale += 1
        if check: print(f"{path.relative_to(FOLDER)} is not what checkpoints/make_pages.py writes", file=sys.stderr)
        else: path.write_text(text)
    return 1 if check and stale else 0


sys.exit(main())
