#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds every golden rendering and every example to the real Apache with the module as built.

Usage: apache_accepts.py WSGICTL MODULE FOLDER..., MODULE as installed with its runtimes. Each
NAME.case and NAME.yaml of the FOLDERs is rendered for debian-12 below a folder of its own, and
`apache2 -t` reads the result; a NAME.apache is imported first. What names something of a real host
(users, certificates, log folders, fixed folders) is pointed at stand-ins first, nothing else is
changed; Apache starts nothing and listens nowhere. The configuration of an instance is whole by
itself, and systemd-analyze reads its unit where there is one.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODULES = pathlib.Path("/usr/lib/apache2/modules")
ALWAYS = ["mpm_event", "authz_core"]


def split_input(text):
    head = re.split(r"(?m)^----\n", text)[0]
    return re.sub(r"\A#!.*\n", "", head)


def definition_of(tool, case):
    if case.suffix != ".apache":
        return split_input(case.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="wsgictl-golden-") as folder:
        conf = pathlib.Path(folder) / "input.conf"
        conf.write_text(split_input(case.read_text(encoding="utf-8")), encoding="utf-8")
        imported = subprocess.run([tool, "import", str(conf), "--target", "debian-12"],
                                  capture_output=True, text=True, check=True)
    return imported.stdout


def stand_ins(text, root, certificate):
    cert, key = certificate
    text = re.sub(r'(SSLCertificateFile) ".*"', rf'\1 "{cert}"', text)
    text = re.sub(r'(SSLCertificateKeyFile) ".*"', rf'\1 "{key}"', text)
    text = re.sub(r'(?<![\w-])(user|group|script-user|script-group|supplementary-groups)="[^"]*"',
                  r'\1="daemon"', text)
    text = re.sub(r'((?:Error|Custom)Log) "[^"]*/([^"/]+)"', rf'\1 "{root}/logs/\2"', text)
    # Curves depend on the OpenSSL of the target, which is not that of this host.
    return text.replace("X25519MLKEM768:", "")


def modules_of(text):
    """Modules that the directives of TEXT come from."""
    wanted = list(ALWAYS) + ["alias", "wsgi", "dir", "authz_host", "authn_core", "authz_user",
                             "auth_basic", "auth_digest", "authn_file", "authz_groupfile",
                             "headers", "filter", "deflate", "brotli", "proxy", "proxy_http",
                             "setenvif", "mime", "env", "expires", "rewrite", "ldap",
                             "authnz_ldap"]
    if "SSLEngine" in text or "SSLProxyEngine" in text or "MDomainSet" in text:
        wanted += ["socache_shmcb", "ssl"]
    if "MDomainSet" in text:
        wanted.append("md")
    return wanted


def tested(conf, *arguments):
    answer = subprocess.run(["apache2", "-t", "-f", str(conf), *arguments], capture_output=True,
                            text=True, timeout=60)
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def tested_instance(conf, root, module):
    """CONF alone; only the module as built, its folder in /run and root's account are put in."""
    text = conf.read_text(encoding="utf-8")
    text = re.sub(r'(LoadModule wsgi_module) ".*"', rf'\1 "{module}"', text)
    text = re.sub(r'"/run/wsgictl-[^"/]*', f'"{root}', text)
    conf.write_text(text, encoding="utf-8")
    return tested(conf, "-C", "User daemon", "-C", "Group daemon")


def verified(units, root):
    """What systemd finds wrong in UNITS themselves; the accounts are not of this host."""
    if shutil.which("systemd-analyze") is None:
        return ""
    for unit in map(pathlib.Path, units):
        text = unit.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^((?:User|Group|SupplementaryGroups)=).*", r"\1daemon", text)
        unit.write_text(text, encoding="utf-8")
    answer = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True,
                            text=True, timeout=60, env={"SYSTEMD_LOG_LEVEL": "warning"})
    names = [pathlib.Path(unit).name for unit in units]
    return "".join(line + "\n" for line in answer.stderr.splitlines()
                   if any(name in line for name in names))


def check(tool, module, case, certificate):
    root = pathlib.Path(tempfile.mkdtemp(prefix="wsgictl-golden-"))
    try:
        (root / "logs").mkdir()
        rendered = subprocess.run(
            [tool, "render", "-", "--target", "debian-12", "-o", str(root / "out")],
            input=definition_of(tool, case), capture_output=True, text=True)
        if rendered.returncode != 0:
            return rendered.stderr
        lines = []
        for path in sorted((root / "out/etc/apache2/sites-available").glob("*.conf")):
            lines.append(stand_ins(path.read_text(encoding="utf-8"), root, certificate))
        body = "\n".join(lines)
        head = [f'ServerRoot "{root}"', f'PidFile "{root}/pid"', "ServerName golden.test",
                "Listen 127.0.0.1:65000", f'ErrorLog "{root}/logs/error.log"']
        for name in modules_of(body):
            path = module if name == "wsgi" else MODULES / f"mod_{name}.so"
            head.append(f'LoadModule {name}_module "{path}"')
        head += ['LogFormat "%h" combined', "User daemon", "Group daemon",
                 f'DefaultRuntimeDir "{root}"']
        if "MDomainSet" in body:
            head.append(f'MDStoreDir "{root}/md"')
        conf = root / "httpd.conf"
        conf.write_text("\n".join(head) + "\n" + body, encoding="utf-8")
        complaint = tested(conf)
        for instance in sorted((root / "out/etc/wsgictl/instances").glob("*.conf")):
            complaint += tested_instance(instance, root, module)
        units = sorted(map(str, (root / "out/etc/systemd/system").glob("*.service")))
        return complaint + (verified(units, root) if units else "")
    finally:
        shutil.rmtree(root)


def certificate_in(store):
    pair = store / "cert.pem", store / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                    "/CN=golden.test", "-days", "2", "-out", pair[0], "-keyout", pair[1]],
                   check=True, capture_output=True)
    return pair


def main():
    tool, module, *folders = sys.argv[1:]
    store = pathlib.Path(tempfile.mkdtemp(prefix="wsgictl-golden-"))
    certificate = certificate_in(store)
    refused = 0
    cases = sorted(path for folder in map(pathlib.Path, folders)
                   for path in [*folder.rglob("*.case"), *folder.rglob("*.yaml"),
                                 *folder.rglob("*.apache")])
    for case in cases:
        if complaint := check(tool, module, case, certificate):
            print(f"{case}:\n{complaint}")
            refused += 1
    shutil.rmtree(store)
    print(f"{len(cases)} renderings, {refused} refused")
    return 1 if refused or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
