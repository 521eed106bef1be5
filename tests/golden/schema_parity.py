#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Editors judge by the schema, the tool by its decoder: both must agree on the golden cases.

Usage: schema_parity.py WSGICTL SCHEMA FOLDER. The schema must never refuse what the decoder takes,
and must refuse whatever the decoder refuses for its structure (STRUCTURAL below).
"""
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

STRUCTURAL = {"WCTL%d" % n for n in (1201, 1202, 1203, 1205, 1206, 1207, 1208, 1209, 1210, 1211,
                                     1212, 1213, 1214)}


class Core(yaml.SafeLoader):
    """Scalars as the tool reads them: no yes, no octal, no dates."""


Core.yaml_implicit_resolvers = {}
for tag, pattern in (("null", r"~|null|Null|NULL|"), ("bool", "true|false"),
                     ("int", "-?(0|[1-9][0-9]*)"), ("float", r"-?[0-9]+\.[0-9]+")):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), None)


def main():
    tool, schema, folder = sys.argv[1:]
    validator = jsonschema.Draft202012Validator(json.load(open(schema, encoding="utf-8")))
    compared = wrong = 0
    for path in sorted(pathlib.Path(folder).rglob("*.case")):
        text = re.split(r"(?m)^----\n", path.read_text(encoding="utf-8"))[0]
        if text.startswith("#!escapes") or "\n==== " in "\n" + text:
            continue
        answer = json.loads(subprocess.run([tool, "validate", "-", "--format", "json"], input=text,
                                           capture_output=True, encoding="utf-8").stdout)
        codes = {d["code"] for d in answer["diagnostics"] if d["severity"] == "error"}
        if any(code.startswith("WCTL10") for code in codes):
            continue  # no tree to compare
        valid = validator.is_valid(yaml.load(text, Core))
        compared += 1
        # What the schema refuses the decoder must refuse; the decoder alone may refuse a value.
        if (valid and codes & STRUCTURAL) or (not valid and not codes):
            print(f"{path}: schema says {'valid' if valid else 'invalid'}, decoder says "
                  f"{sorted(codes) or 'valid'}")
            wrong += 1
    print(f"{compared} cases compared, {wrong} differ")
    return 1 if wrong or compared < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
