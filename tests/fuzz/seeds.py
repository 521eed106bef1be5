#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the first corpus of the YAML fuzzers: the definitions of all golden cases and examples.

Usage: seeds.py SOURCE FOLDER, SOURCE being the top of the tree.
"""
import pathlib
import re
import sys


def definitions(case):
    """The inputs of a golden case; tests/unit/wsgictl/core_golden_test.cc describes the form."""
    text = re.split(r"(?m)^----\n", case.read_text(encoding="utf-8"))[0]
    escaped = text.startswith("#!escapes")
    text = re.sub(r"\A(#!.*\n)+", "", text)
    for part in re.split(r"(?m)^==== .*\n", text):
        if not part:
            continue
        data = part.encode("utf-8")
        if escaped:
            data = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), data)
        yield data


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for case in sorted((source / "tests/golden").rglob("*.case")):
        for number, data in enumerate(definitions(case)):
            (folder / f"{case.stem}-{number}").write_bytes(data)
    for example in sorted((source / "examples").rglob("*.y*ml")):
        (folder / f"example-{example.parent.name}-{example.stem}").write_bytes(example.read_bytes())


if __name__ == "__main__":
    main()
