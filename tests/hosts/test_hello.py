# SPDX-License-Identifier: Apache-2.0
"""What must be true on a host after packages were installed and the role has run (Testinfra)."""
import os
import time

PORT = os.environ["HELLO_PORT"]
# Of this tree only: a chroot shares /proc with the machine, on which other servers may run.
PROCESSES = """
root=$(stat --dereference --format %d:%i /)
for p in /proc/[0-9]*; do
  [ "$(stat --dereference --format %d:%i $p/root 2>/dev/null)" = "$root" ] || continue
  case $(readlink $p/exe) in */{name}*) echo ${{p#/proc/}} $(stat --format %U $p);; esac
done
"""


def processes(host, name):
    """[(pid, user)] of the programs of that name."""
    return [line.split() for line in host.run(PROCESSES.format(name=name)).stdout.splitlines()]


def test_module_is_enabled(host):
    assert host.file("/etc/apache2/mods-enabled/wsgi.load").is_symlink


def test_definition_is_in_place(host):
    definition = host.file("/etc/wsgictl/apps.d/hello.yaml")
    assert definition.user == "root"
    assert definition.mode == 0o644


def test_application_answers_as_its_own_user(host):
    deadline = time.monotonic() + 20
    while True:
        answer = host.run(
            "curl --silent --fail --noproxy '*' --header 'Host: hello.example.com' "
            "http://127.0.0.1:%s/", PORT
        )
        if answer.rc == 0 or time.monotonic() > deadline:
            break
    assert answer.stdout == "Hello, World!\n"
    owners = [user for _, user in processes(host, "wsgi-daemon-py")]
    assert owners == ["nobody"], owners


def test_no_libpython_in_apache(host):
    apaches = processes(host, "apache2")
    assert apaches
    for pid, _ in apaches:
        assert "libpython" not in host.file(f"/proc/{pid}/maps").content_string


def test_status_names_the_application(host):
    assert "hello" in host.check_output("wsgictl status")
