#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What validate lets pass, Apache and the module let pass: random definitions, made from the schema.

Usage: random_definitions.py WSGICTL MODULE SCHEMA [--seconds N] [--first SEED] [--wanted N]. Each key is
there by chance, with its example, a value at a limit, or an example with signs put in that mean
something to Apache. Definitions without an error are rendered and read as apache_accepts.py does it. A
definition that Apache refuses is printed with its seed. Without --seconds it stops after --wanted
(40) that were let pass, always the same ones.
"""
import argparse
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import apache_accepts

SIGNS = " '\"\\%$&#~()+,;:=@!^|`<>{}-_.é/0aZ"
# For keys without an example, and for names: the first that has the pattern.
KNOWN = ["10.0.0.0/8", "www.example.com", "8081", "X-Tier", "GREETING", "warn", "mailer", "404", "503",
         "shop", "C.UTF-8", "/page", "some text"]
# What a rule checks beyond the pattern of the schema, so that chance alone would be refused.
PLAIN = {"redirect", "proxy", "authority", "behind_proxy", "networks", "listen", "level", "status",
         "aliases", "contact", "path", "host"}
# They depend on this host or on other parts of the definition.
SKIPPED = {"extra_directives", "python_runtime", "version", "process_groups"}


class Maker:
    def __init__(self, schema, seed):
        self.schema = schema
        self.random = random.Random(seed)
        self.chance = self.random.choice([0.05, 0.1, 0.2])

    def definition(self):
        made = {"version": 1, "apps": {}, "sites": {}}
        parts = self.schema["properties"]
        if self.random.random() < 0.3:
            made["server"] = self.value(parts["server"])
        for name in ("shop", "api")[: self.random.randint(1, 2)]:
            made["apps"][name] = self.value(parts["apps"]["additionalProperties"])
        for name in ("a.example.com", "b.example.com")[: self.random.randint(1, 2)]:
            made["sites"][name] = self.site(parts["sites"]["additionalProperties"], made["apps"])
        return made

    def site(self, schema, apps):
        site = self.value(schema)
        routes = schema["properties"]["routes"]
        site["routes"] = {}
        for path in self.random.sample(["/", "/a", "/a/b", "/static", "/a.b", "/a+b~c"], 3):
            route = self.value(routes["additionalProperties"])
            if "app" in route:
                route["app"] = self.random.choice(sorted(apps))
            site["routes"][path] = route
        if "tls" not in site:
            site.pop("redirect_to_tls", None)
        return site

    def value(self, schema, name=""):
        if "anyOf" in schema:
            rest = {key: value for key, value in schema.items() if key != "anyOf"}
            return self.value({**rest, **self.random.choice(schema["anyOf"])}, name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return self.object(schema)
        if kind == "array":
            return [self.value(schema["items"], name) for _ in range(self.random.randint(1, 2))]
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 100)
            near = self.random.randint(low, min(high, low + 100))
            return self.random.choice([low, high, near, schema.get("examples", [near])[0]])
        return self.text(name, schema)

    def text(self, name, schema):
        """An example with up to three signs put in, if that still has the pattern."""
        pattern = schema.get("pattern", "")
        fitting = [known for known in KNOWN if re.search(pattern, known)]
        example = schema.get("examples", fitting)[0]
        if name in PLAIN:
            return example
        for _ in range(8):
            text = example
            for _ in range(self.random.randint(0, 3)):
                at = self.random.randint(0, len(text))
                text = text[:at] + self.random.choice(SIGNS) + text[at:]
            if re.search(pattern, text):
                return text
        return example

    def object(self, schema):
        choices = [set(one["required"]) for one in schema.get("oneOf", []) if "required" in one]
        wanted = set(schema.get("required", []))
        if choices:
            wanted |= self.random.choice(choices)
        others = set().union(*choices) - wanted
        made = {}
        for name, key in schema.get("properties", {}).items():
            if name in SKIPPED or name in others:
                continue
            if name in wanted or self.random.random() < self.chance:
                made[name] = self.value(key, name)
        for name, needs in schema.get("dependentSchemas", {}).items():
            needed = [one["required"][0] for one in needs["anyOf"]]
            if name not in made or any(one in made for one in needed):
                continue
            if needed[0] in others:
                del made[name]
            else:
                made[needed[0]] = self.value(schema["properties"][needed[0]], needed[0])
        if isinstance(schema.get("additionalProperties"), dict) and not made:
            for name in self.names(schema.get("propertyNames", {}).get("pattern", "")):
                made[name] = self.value(schema["additionalProperties"])
        return made

    def names(self, pattern):
        fitting = [name for name in KNOWN if re.search(pattern, name)]
        return self.random.sample(fitting, min(len(fitting), self.random.randint(1, 2)))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("files", nargs=3)
    options.add_argument("--seconds", type=float)
    options.add_argument("--first", type=int, default=1)
    options.add_argument("--wanted", type=int, default=40)
    options = options.parse_args()
    tool, module, schema = options.files
    schema = json.loads(pathlib.Path(schema).read_text(encoding="utf-8"))
    store = pathlib.Path(tempfile.mkdtemp(prefix="wsgictl-random-"))
    certificate = apache_accepts.certificate_in(store)
    end = time.monotonic() + (options.seconds or 240)
    seed, good, refused = options.first, 0, 0
    while time.monotonic() < end and (options.seconds or good < options.wanted):
        case = store / "random.case"
        text = json.dumps(Maker(schema, seed).definition(), ensure_ascii=False)
        case.write_text(text, encoding="utf-8")
        validated = subprocess.run([tool, "validate", "-q", str(case)], capture_output=True)
        if validated.returncode == 0:
            good += 1
            if complaint := apache_accepts.check(tool, module, case, certificate):
                print(f"seed {seed}: {complaint}\n{text}", flush=True)
                refused += 1
        seed += 1
    shutil.rmtree(store)
    print(f"{seed - options.first} definitions, {good} let pass, {refused} of these refused by Apache")
    return 1 if refused or good < min(options.wanted, 10) else 0


if __name__ == "__main__":
    sys.exit(main())
