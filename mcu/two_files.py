#!/usr/bin/env python3
"""Writes the engine and its C interface as two files, for firmware that builds without CMake:

    mcu/two_files.py FOLDER      FOLDER/atome.h and FOLDER/atome.cpp

They are put together of the same sources as everything else: each header once, before all that needs it, then the files
that core/sources.cmake lists for chips and mcu/atome.cc.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
# What only the float engine needs: left out by ATOME_FIXED_ONLY.
FLOAT_ALONE = re.compile(r"core/atome/(infer/engine\w*|infer/sampler|kernels/\w+)\.cc")

INTRODUCTION = """\
// Atome for firmware, the whole of it: atome.h is the manual. Written by mcu/two_files.py; C++14 or later, and of the
// libraries memcpy, memset, memmove, memcmp and strlen alone.
//
// ATOME_FIXED_ONLY    leaves the float engine out, with atome_init() and atome_arena_size(). Then no option of the
//                     compiler matters. The float engine's bits need -ffp-contract=off and no -ffast-math, and on a
//                     chip with an FPU -fno-math-errno spares the C library's sqrtf.
// ATOME_MESSAGES=0    errors say their code's name and no more, which saves a third of the code.
//
// -Os -ffunction-sections and -Wl,--gc-sections leave in what is used.
#include "atome.h"

// Of headers not everything is used, and here they are no headers.
#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wunused-const-variable"
#pragma clang diagnostic ignored "-Wunneeded-internal-declaration"
#endif
"""


def headers_of(text):
    """The project's own that a file includes, but for the one that stays a file."""
    names = [name for name in INCLUDE.findall(text) if name != "mcu/atome.h"]
    return [next(folder / name for folder in (ROOT / "core", ROOT) if (folder / name).exists()) for name in names]


class Files:
    def __init__(self):
        self.seen, self.text = set(), []

    def add(self, path):
        """A file and, before it, the headers that it includes."""
        if path in self.seen:
            return
        self.seen.add(path)
        text = path.read_text()
        for header in headers_of(text):
            self.add(header)
        name = path.relative_to(ROOT).as_posix()
        body = [line for line in text.splitlines() if not INCLUDE.match(line) and line != "#pragma once"]
        if FLOAT_ALONE.fullmatch(name):
            body = ["#ifndef ATOME_FIXED_ONLY", *body, "#endif"]
        self.text += ["", f"// ---- {name} " + "-" * max(3, 100 - len(name)), *body]


def main():
    folder = pathlib.Path(sys.argv[1])
    listed = re.findall(r"^ +(atome/\S+\.cc)", (ROOT / "core/sources.cmake").read_text(), re.M)
    sources = [ROOT / "core" / name for name in listed] + [ROOT / "mcu/atome.cc"]
    files = Files()
    # All headers first: the first that needs one may be left out.
    for source in sources:
        for header in headers_of(source.read_text()):
            files.add(header)
    for source in sources:
        files.add(source)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "atome.cpp").write_text(INTRODUCTION + "\n".join(files.text) + "\n")
    (folder / "atome.h").write_text((ROOT / "mcu/atome.h").read_text())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
