#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Editors judge by the schema, the tool by its decoder: both must agree on the golden cases.

Usage: schema_parity.py WSGICTL SCHEMA FOLDER. The schema must never refuse what the decoder takes,
and must refuse whatever the decoder refuses, but for the cases of BEYOND and for cross-checks.
"""
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

# What no schema can see, by case: ranges of values with units, and what a value means.
BEYOND = set("""
buffer_too_small duration_overflow duration_too_long limits_line_small limits_timeout_zero
switch_interval_zero
log_level_module log_level_unknown proxy_network_prefix redirect_open
extra_daemon extra_include extra_module header_expression header_substitution substitution
path_trailing_slash path_with_dots
instance_as_root
script_user_root supplementary_groups_root user_root user_zero
""".split())
CROSS = "WCTL14"  # codes about two keys that do not fit together


class Core(yaml.SafeLoader):
    """Scalars as the tool reads them: no yes, no octal, no dates. Keys are texts, as in JSON."""

    def construct_mapping(self, node, deep=False):
        for key, _ in node.value:
            key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


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
        # What the schema refuses the decoder must refuse; what the decoder alone refuses is one of
        # the cases that no schema can see, and these are no others.
        alone = valid and any(not code.startswith(CROSS) for code in codes)
        unlisted = alone != (path.stem in BEYOND)
        if unlisted or (not valid and not codes):
            print(f"{path}: schema says {'valid' if valid else 'invalid'}, decoder says "
                  f"{sorted(codes) or 'valid'}")
            wrong += 1
    print(f"{compared} cases compared, {wrong} differ")
    return 1 if wrong or compared < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
