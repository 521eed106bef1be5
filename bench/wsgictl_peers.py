#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds and memory for the same definitions: ours, Ansible's template module, jsonschema.

Usage: wsgictl_peers.py WSGICTL SCHEMA. Writes 1,000 and 10,000 applications as wsgictl_scale.py
does and measures, in one run, `validate` and `render`, a Python check of the files against the
schema (python3-yaml with the C parser, python3-jsonschema), and, for 1,000, a play that loads the
definitions and writes their sites with the template module (ansible-core). Prints a table with the
ratio to ours. The play is given every advantage: one task and one file for 500 sites, where ours
writes a file for each; names, logs and aliases only.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import wsgictl_scale

CHECK = """
import json, pathlib, sys, jsonschema, yaml
validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
    errors = list(validator.iter_errors(yaml.load(path.read_text(), yaml.CSafeLoader)))
    assert not errors, errors[0]
"""

TEMPLATE = """{% for name, site in sites.items() %}
<VirtualHost *:80>
    ServerName "{{ name }}"
    ErrorLog "/var/log/apache2/{{ name }}-error.log"
    CustomLog "/var/log/apache2/{{ name }}-access.log" combined
{% for path, route in site.routes.items() %}
{% if route.app is defined %}
    WSGIScriptAlias "{{ path }}" "{{ apps[route.app].script }}" process-group={{ route.app }}
{% else %}
    Alias "{{ path }}" "{{ route.directory }}"
{% endif %}
{% endfor %}
</VirtualHost>
{% endfor %}
"""

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: ["{{ file }}"]
  tasks:
    - name: sites
      ansible.builtin.template: {src: site.j2, dest: "out/{{ file | basename }}.conf"}
"""


def cost(command, cwd=None):
    """CPU seconds and MiB of COMMAND and all it starts."""
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]}: status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def play(folder, files):
    """Ansible over FILES; one play each, as the files are read one by one."""
    (folder / "site.j2").write_text(TEMPLATE, encoding="ascii")
    (folder / "play.yaml").write_text(PLAY, encoding="ascii")
    (folder / "out").mkdir()
    spent = [cost(["ansible-playbook", "-i", "localhost,", "play.yaml", "-e", f"file={path}",
                   "-e", "ansible_python_interpreter=/usr/bin/python3"], folder)
             for path in files]
    return sum(s for s, _ in spent), max(m for _, m in spent)


def main():
    tool, schema = (os.path.abspath(path) for path in sys.argv[1:])
    print("| apps | what | CPU s | MiB | times ours |\n|---|---|---|---|---|")
    for count in (1000, 10000):
        with tempfile.TemporaryDirectory() as top:
            folder = pathlib.Path(top) / "d"
            folder.mkdir()
            wsgictl_scale.write(folder, count)
            rows = {"wsgictl validate": min(cost([tool, "validate", folder]) for _ in range(3)),
                    "wsgictl render": min(cost([tool, "render", folder, "--target", "debian-12"])
                                          for _ in range(3))}
            rows["jsonschema (Python)"] = cost(["/usr/bin/python3", "-c", CHECK, schema, folder])
            if count == 1000:
                rows["Ansible template"] = play(pathlib.Path(top), sorted(folder.iterdir()))
        for what, (seconds, size) in rows.items():
            ours = rows["wsgictl validate" if "jsonschema" in what else "wsgictl render"][0]
            ratio = "" if what.startswith("wsgictl") else f"{seconds / ours:.0f}"
            print(f"| {count} | {what} | {seconds:.2f} | {size:.0f} | {ratio} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
