# SPDX-License-Identifier: Apache-2.0
"""wsgictl plan, apply and rollback on a real, private Apache: the new state is live and healthy, or
the old one is back, and nothing in between."""

import fcntl
import json
import os
import signal
import subprocess

import pytest

from wsgictl_site import Site, get, public_folder, tool, wait_for, wsgictl


@pytest.fixture
def site():
    site = Site(public_folder("site"))
    site.define({"/static": f"{{directory: {site.folder}/static}}"})
    yield site
    site.stop()


@pytest.fixture
def running(site):
    site.start()
    return site


@pytest.fixture
def applied(running):
    result = running.run("apply")
    assert result.returncode == 0, result.stderr
    return running


def test_apply_makes_the_site_answer(running):
    parent = running.parent()
    result = running.run("apply")
    assert result.returncode == 0, result.stderr
    assert get(running.port, "/static/index.txt") == (200, "static\n")
    assert running.parent() == parent
    assert running.generation() == 1
    assert "generation 1 is live" in result.stdout


def test_second_apply_changes_nothing_and_does_not_reload(applied):
    reloads = applied.reloads()
    before = applied.owned()
    result = applied.run("apply")
    assert result.returncode == 0, result.stderr
    assert "no changes" in result.stdout
    assert applied.reloads() == reloads == 1
    assert applied.owned() == before
    assert applied.generation() == 1


def test_plan_changes_nothing_and_its_exit_code_says_whether_there_are_changes(running):
    result = running.run("plan", "--exit-code")
    assert result.returncode == 3, result.stderr
    assert "+++ b" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Plan: 4 to add, 0 to change, 0 to remove")
    assert running.owned() == {}
    assert list((running.folder / "state").iterdir()) == []
    assert running.run("apply").returncode == 0
    assert running.run("plan", "--exit-code").returncode == 0


def test_plan_as_json_has_hashes_and_diffs(running):
    result = running.run("plan", "--format", "json")
    document = json.loads(result.stdout)
    assert document["changed"] is True
    change = document["changes"][0]
    assert change["action"] == "create"
    assert change["before"] is None
    assert len(change["after"]["sha256"]) == 64
    assert change["diff"].startswith("--- /dev/null\n+++ b/")


def test_plan_explain_names_the_line_of_the_definition(running):
    text = running.run("plan", "--explain").stdout
    assert any("site.yaml:6" in line and "Alias" in line for line in text.splitlines()), text


def test_diff_is_read_by_patch(applied):
    applied.define({"/files": f"{{directory: {applied.folder}/static}}"})
    diff = applied.run("plan").stdout
    result = subprocess.run(
        ["git", "apply", "--check", "--unsafe-paths", "--directory=/", "-p1", "-"],
        input=diff, capture_output=True, text=True, cwd="/",
    )
    assert result.returncode == 0, result.stderr + diff


def test_configuration_that_apache_refuses_is_put_back(applied):
    before = applied.owned()
    # The folder of the log is missing: the configuration test says so, nothing else can.
    instance = json.loads(applied.instance.read_text())
    instance["log_dir"] = str(applied.folder / "nowhere")
    applied.instance.write_text(json.dumps(instance))
    result = applied.run("apply")
    assert result.returncode == 5, result.stderr
    assert "WCTL4006" in result.stderr and "AH02291" in result.stderr
    assert applied.owned() == before
    assert applied.reloads() == 1
    assert get(applied.port, "/static/index.txt")[0] == 200
    assert not (applied.folder / "state/journal.json").exists()


def test_server_that_dies_at_the_reload_is_started_with_the_old_files(applied):
    """A second program holds the port: the configuration test passes, the reload ends Apache."""
    import socket

    before = applied.owned()
    old_port = applied.port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        applied.port = taken.getsockname()[1]
        applied.define({"/static": f"{{directory: {applied.folder}/static}}"})
        result = applied.run("apply")
    assert result.returncode == 5, result.stderr
    assert applied.owned() == before
    assert get(old_port, "/static/index.txt")[0] == 200


def test_file_of_somebody_else_is_not_touched(running):
    theirs = running.folder / "sites/wsgictl-site.test.conf"
    theirs.write_text("# mine\n")
    for command in ("plan", "apply"):
        result = running.run(command, "--take-over")
        assert result.returncode == 4, result.stderr
        assert "WCTL4001" in result.stderr
    assert theirs.read_text() == "# mine\n"
    assert running.generation() == 0


def test_edited_file_stops_apply_and_take_over_overwrites_it(applied):
    ours = applied.folder / "sites/wsgictl-site.test.conf"
    edited = ours.read_text() + "# edited\n"
    ours.write_text(edited)
    result = applied.run("apply")
    assert result.returncode == 4, result.stderr
    assert "WCTL4002" in result.stderr
    assert "-# edited" in result.stdout
    assert ours.read_text() == edited
    assert applied.run("apply", "--take-over").returncode == 0
    assert "# edited" not in ours.read_text()


def test_held_lock_names_its_holder(applied):
    lock = applied.folder / "state/lock"
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate()
        held.write(json.dumps({"pid": 4711, "user": "ann", "command": "wsgictl deploy", "since": "now"}))
        held.flush()
        result = applied.run("apply", "--lock-timeout", "0")
    assert result.returncode == 7
    assert 'wsgictl deploy" of ann (process 4711)' in result.stderr
    assert applied.run("apply").returncode == 0


def test_stopped_server_stays_stopped_unless_asked(site):
    result = site.run("apply")
    assert result.returncode == 0, result.stderr
    assert site.parent() == 0
    site.define({"/files": f"{{directory: {site.folder}/static}}"})
    result = site.run("apply", "--start")
    assert result.returncode == 0, result.stderr
    assert get(site.port, "/files/index.txt")[0] == 200


def test_configuration_broken_by_others_is_refused_before_anything_is_written(running):
    (running.folder / "enabled/theirs.conf").write_text("NoSuchDirective\n")
    result = running.run("apply")
    assert result.returncode == 4
    assert "WCTL3001" in result.stderr and "NoSuchDirective" in result.stderr
    assert running.generation() == 0
    assert list((running.folder / "sites").iterdir()) == []


def test_missing_module_of_the_server_is_named(running):
    running.config.write_text(
        "".join(l for l in running.config.read_text().splitlines(True) if "headers_module" not in l)
    )
    running.define({"/static": f"{{directory: {running.folder}/static, cache: 1h}}"})
    result = running.run("apply")
    assert result.returncode == 4
    assert "WCTL3002" in result.stderr and "headers" in result.stderr


def test_rollback_brings_the_previous_generation_back(applied):
    first = applied.owned()
    applied.define({"/files": f"{{directory: {applied.folder}/static}}"})
    assert applied.run("apply").returncode == 0
    assert get(applied.port, "/static/index.txt")[0] == 404
    result = applied.run("rollback")
    assert result.returncode == 0, result.stderr
    assert applied.owned() == first
    assert applied.generation() == 3
    assert get(applied.port, "/static/index.txt")[0] == 200


def test_rollback_without_an_earlier_generation_says_so(applied):
    result = applied.run("rollback")
    assert result.returncode == 1
    assert "WCTL4010" in result.stderr


def test_removed_site_is_withdrawn(applied):
    applied.define({"/static": f"{{directory: {applied.folder}/static}}"}, name="other.test")
    assert applied.run("apply").returncode == 0
    assert sorted(applied.owned()) == [
        "enabled/00-wsgictl.conf",
        "enabled/wsgictl-other.test.conf",
        "sites/00-wsgictl.conf",
        "sites/wsgictl-other.test.conf",
    ]


def test_history_has_every_run(applied):
    applied.run("rollback")
    lines = (applied.folder / "state/history.jsonl").read_text().splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["done"]
    assert json.loads(lines[0])["generation"] == 1


def test_kill_at_any_moment_leaves_a_usable_host(running):
    """SIGKILL after each step that apply reports; the next apply puts everything right."""
    for step in ("stage", "write", "configtest", "reload", "verify"):
        running.define({f"/{step}": f"{{directory: {running.folder}/static}}"})
        process = subprocess.Popen(
            [tool(), "apply", str(running.yaml), "--instance", str(running.instance)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for line in process.stderr:
            if line.startswith(step):
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.close()
        process.wait(30)
        result = running.run("apply")
        assert result.returncode == 0, (step, result.stderr)
        assert get(running.port, f"/{step}/index.txt")[0] == 200, step
        assert not (running.folder / "state/journal.json").exists()


def test_leftover_temporary_files_are_removed(applied):
    assert not [name for name in os.listdir(applied.folder / "sites") if name.startswith(".wsgictl")]


# With an application, in daemon mode


def test_application_is_checked_and_served(running):
    running.define_app(running.script("good.wsgi"))
    result = running.run("apply")
    assert result.returncode == 0, result.stderr
    assert get(running.port, "/") == (200, "hello")
    assert "shop: http://site.test" in result.stderr


def test_unhealthy_application_is_rolled_back(running):
    running.define_app(running.script("good.wsgi"))
    assert running.run("apply").returncode == 0
    before = running.owned()
    bad = running.script("bad.wsgi", status="500 Broken")
    running.define_app(bad, health="    health: {path: /healthz, status: 200, deadline: 2s}\n")
    result = running.run("apply")
    assert result.returncode == 5, result.stderr
    assert "/healthz answers 500, wanted 200" in result.stderr
    assert running.owned() == before
    assert running.generation() == 1
    assert wait_for(lambda: get(running.port, "/") == (200, "hello"))


def test_preflight_says_what_is_missing(running):
    running.define_app(running.folder / "missing.wsgi")
    result = running.run("preflight")
    assert result.returncode == 1
    assert "WCTL2001" in result.stderr
    assert running.run("apply").returncode == 4
    assert running.owned() == {}


def test_values_of_variables_are_never_shown(running):
    script = running.script("good.wsgi")
    running.define_app(script, health="    env: {TOKEN: hunter2}\n")
    for arguments in ((), ("--explain",), ("--format", "json")):
        result = running.run("plan", *arguments)
        assert result.returncode == 0, result.stderr
        assert "hunter2" not in result.stdout + result.stderr
        assert "environment" in result.stdout


def test_status_of_a_healthy_host(running):
    running.define_app(running.script("good.wsgi"))
    assert running.run("apply").returncode == 0
    get(running.port, "/")
    result = running.run("status", "--format", "json")
    document = json.loads(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert document["apache"] == {"known": True, "running": True, "pid": running.parent()}
    assert document["applied"]["generation"] == 1
    assert document["drift"] == []
    group = next(g for g in document["groups"] if g["name"] == "shop" and not g["superseded"])
    assert group["slots"][0]["state"] == "ready"
    assert group["served"] >= 2  # the health check and ours
    text = running.run("status").stdout
    assert "group shop: 1 of 1 processes ready" in text


def test_status_names_what_is_not_well(applied):
    with (applied.folder / "sites/wsgictl-site.test.conf").open("a") as file:
        file.write("# edited\n")
    (applied.folder / "enabled/00-wsgictl.conf").unlink()
    applied.stop()
    result = applied.run("status")
    assert result.returncode == 1
    assert "sites/wsgictl-site.test.conf: edited" in result.stdout
    assert "enabled/00-wsgictl.conf: removed" in result.stdout
    assert "Apache is stopped" in result.stdout


def test_help_shows_an_example_first():
    for command in ("plan", "apply", "rollback", "preflight", "serve", "status"):
        result = wsgictl(command, "--help")
        assert result.returncode == 0
        assert f"wsgictl {command}" in "\n".join(result.stdout.splitlines()[:3]), result.stdout
