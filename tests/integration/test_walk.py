# SPDX-License-Identifier: Apache-2.0
"""Walks the tables of docs/directives, which unit_config holds to those of the module: each row has a
test that shows what it does. (Bounds and error texts of each row: unit_config, Directives and
DaemonOptions and Docs; contexts: test_config.py.) Nothing is started here."""

import pathlib
import re

import pytest
from test_config import ALLOWED, DIRECTIVES

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
DOCS = TESTS.parent / "docs/directives"

# Row: tests of its effect, as FILE::NAME below tests/integration, or unit/FILE::SUITE.NAME.
SHOWN = {
    "WSGIScriptAlias": ["test_basic.py::test_environ_paths", "test_mapping.py::test_directory_target"],
    "WSGIScriptAliasMatch": ["test_mapping.py::test_match"],
    "WSGIHandlerScript": ["test_effects_scripts.py::test_options_of_aliases"],
    "WSGIDispatchScript": ["test_dispatch.py::test_routes"],
    "WSGICallableObject": ["test_names.py::test_callable_names"],
    "WSGIImportScript": ["test_effects_scripts.py::test_children",
                         "test_effects_scripts.py::test_groups_of_others"],
    "WSGIScriptReloading": ["test_reload.py::test_switched_off"],
    "WSGICaseSensitivity": ["test_effects_scripts.py::test_case_sensitivity"],
    "WSGIProcessGroup": ["test_names.py::test_process_group_names"],
    "WSGIApplicationGroup": ["test_names.py::test_application_group_names"],
    "WSGIRestrictProcess": ["test_refusals.py::test_refused"],
    "WSGIRestrictEmbedded": ["test_names.py::test_embedded_is_restricted"],
    "WSGIDaemonProcess": ["test_basic.py::test_runs_where_it_should"],
    "WSGISocketPrefix": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "WSGISocketRotation": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "WSGIAcceptMutex": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "WSGIPythonHome": ["test_effects_python.py::test_start_of_python"],
    "WSGIPythonPath": ["test_effects_python.py::test_of_children_only",
                       "test_effects_python.py::test_sections"],
    "WSGIPythonEggs": ["test_effects_python.py::test_of_children_only"],
    "WSGIPythonOptimize": ["test_effects_python.py::test_start_of_python"],
    "WSGIPythonWarnings": ["test_effects_python.py::test_start_of_python"],
    "WSGIPythonHashSeed": ["test_effects_python.py::test_start_of_python",
                           "test_effects_python.py::test_random_hashes"],
    "WSGIDontWriteBytecode": ["test_effects_python.py::test_start_of_python"],
    "WSGISwitchInterval": ["test_effects_python.py::test_of_children_only",
                           "test_effects_python.py::test_interval_of_a_shared_lock"],
    "WSGIDestroyInterpreter": ["test_effects_python.py::test_destroy_interpreter"],
    "WSGIPythonRuntime": ["test_effects_python.py::test_runtime_path"],
    "WSGIRuntimePath": ["test_effects_python.py::test_runtime_path"],
    "WSGIPerInterpreterGIL": ["test_effects_python.py::test_switches_that_this_python_lacks",
                              "test_effects_python.py::test_switches_at_a_start"],
    "WSGIFreeThreading": ["test_effects_python.py::test_switches_that_this_python_lacks"],
    "<WSGIInterpreterOptions>": ["test_effects_python.py::test_sections"],
    "WSGIRestrictStdin": ["test_effects_python.py::test_restricted_streams"],
    "WSGIRestrictStdout": ["test_effects_python.py::test_restricted_streams"],
    "WSGIRestrictSignal": ["test_effects_python.py::test_signals"],
    "WSGIPassAuthorization": ["test_environ.py::test_headers"],
    "WSGIChunkedRequest": ["test_basic.py::test_post_chunked", "test_wire.py::test_announced"],
    "WSGIMapHEADToGET": ["test_environ.py::test_head_mapping"],
    "WSGIErrorOverride": ["test_wire.py::test_error_override"],
    "WSGIEnableSendfile": ["test_file_wrapper.py::test_whole_file"],
    "WSGIIgnoreActivity": ["test_effects_scripts.py::test_ignored_activity"],
    "WSGIPassApacheRequest": ["test_python_api.py::test_apache_request"],
    "WSGITrustedProxyHeaders": ["test_environ.py::test_any_proxy"],
    "WSGITrustedProxies": ["test_environ.py::test_known_proxies"],
    "WSGIAccessScript": ["test_access.py::test_answers"],
    "WSGIAuthUserScript": ["test_auth.py::test_basic", "test_auth.py::test_digest"],
    "WSGIAuthGroupScript": ["test_auth.py::test_groups"],
    "WSGIGroupAuthoritative": ["test_auth.py::test_groups"],
    "WSGIServerMetrics": ["test_python_api.py::test_server_metrics"],
    "WSGITelemetryService": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "WSGISlowRequests": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "WSGITelemetryOptions": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "WSGIVerboseDebugging": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    # options of WSGIDaemonProcess
    "user": ["test_effects_group.py::test_account", "test_process.py::test_identity"],
    "group": ["test_effects_group.py::test_account", "test_process.py::test_identity"],
    "supplementary-groups": ["test_effects_group.py::test_account"],
    "umask": ["test_effects_group.py::test_surroundings"],
    "chroot": ["test_chroot.py::test_paths_are_those_of_the_root",
               "unit/supervisor/privileges_test.cc::PrivilegesTest.ChrootComesFirst"],
    "home": ["test_effects_group.py::test_surroundings"],
    "lang": ["test_effects_group.py::test_surroundings"],
    "locale": ["test_effects_group.py::test_surroundings",
               "test_effects_group.py::test_unknown_locale"],
    "display-name": ["test_effects_group.py::test_titles"],
    "python": ["test_effects_group.py::test_python"],
    "python-home": ["test_effects_group.py::test_python",
                    "test_process.py::test_group_that_cannot_start"],
    "python-path": ["test_effects_group.py::test_python"],
    "python-eggs": ["test_effects_group.py::test_python"],
    "environment-file": ["test_effects_group.py::test_surroundings"],
    "switch-interval": ["test_effects_group.py::test_python"],
    "processes": ["test_effects_group.py::test_concurrency"],
    "threads": ["test_effects_group.py::test_concurrency",
                "test_effects_scripts.py::test_service_scripts"],
    "send-buffer-size": ["test_effects_group.py::test_socket_buffers"],
    "receive-buffer-size": ["test_effects_group.py::test_socket_buffers"],
    "header-buffer-size": ["test_effects_group.py::test_header_buffer"],
    "response-buffer-size": ["test_effects_group.py::test_response_buffer_size"],
    "response-flush-delay": ["test_effects_group.py::test_response_flush_delay"],
    "response-socket-timeout": ["test_effects_group.py::test_response_socket_timeout"],
    "cpu-time-limit": ["test_effects_group.py::test_limits", "test_timeouts.py::cpu"],
    "cpu-priority": ["test_effects_group.py::test_surroundings"],
    "memory-limit": ["test_effects_group.py::test_limits", "test_timeouts.py::memory"],
    "virtual-memory-limit": ["test_effects_group.py::test_limits", "test_timeouts.py::virtual"],
    "socket-user": ["test_effects_scripts.py::test_sockets_and_others_without_effect"],
    "script-user": ["test_effects_group.py::test_script_owner",
                    "unit/config/script_owner_test.cc::Owner.NobodyElseMayWrite"],
    "script-group": ["test_effects_group.py::test_script_owner",
                     "unit/config/script_owner_test.cc::Owner.NobodyElseMayWrite"],
    "server-metrics": ["test_python_api.py::test_server_metrics"],
    "stack-size": ["test_timeouts.py::stack"],
    "listen-backlog": ["test_timeouts.py::connect"],
    "overlap": ["test_timeouts.py::leaving"],
    "maximum-requests": ["test_timeouts.py::maximum"],
    "restart-interval": ["test_timeouts.py::interval"],
    "inactivity-timeout": ["test_timeouts.py::inactivity"],
    "startup-timeout": ["test_timeouts.py::startup"],
    "request-timeout": ["test_timeouts.py::request"],
    "interrupt-timeout": ["test_timeouts.py::interrupt", "test_timeouts.py::stubborn"],
    "deadlock-timeout": ["test_timeouts.py::deadlock"],
    "graceful-timeout": ["test_timeouts.py::graceful"],
    "eviction-timeout": ["test_timeouts.py::eviction"],
    "shutdown-timeout": ["test_timeouts.py::shutdown"],
    "connect-timeout": ["test_timeouts.py::connect"],
    "socket-timeout": ["test_timeouts.py::socket"],
    "queue-timeout": ["test_timeouts.py::queue"],
    # options of scripts
    "process-group": ["test_effects_scripts.py::test_options_of_aliases"],
    "application-group": ["test_effects_scripts.py::test_options_of_aliases"],
    "callable-object": ["test_effects_scripts.py::test_options_of_aliases"],
    "pass-authorization": ["test_effects_scripts.py::test_options_of_aliases"],
}


def rows(page):
    """(name, cells) of each row of the tables of a page."""
    for line in (DOCS / page).read_text().splitlines():
        if match := re.match(r"\| (?:\[)?`([^`]+)`(?:\]\([^)]*\))? \|(.*)", line):
            yield match[1], [c.strip() for c in re.split(r"(?<!\\)\|", match[2])]


TABLES = {n: dict(rows(p)) for n, p in (
    ("directives", "README.md"), ("options", "daemon-process.md"), ("scripts", "scripts.md"))}


def test_every_row_is_shown():
    names = [name for table in TABLES.values() for name in table]
    assert len(TABLES["directives"]) == 49 + 2 and len(TABLES["options"]) == 47
    assert len(TABLES["scripts"]) == 4
    assert sorted(names) == sorted(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_shown_by(name):
    """The test exists, and its file writes the directive or option down."""
    for test in SHOWN[name]:
        file, _, function = test.partition("::")
        if file.startswith("unit/"):
            suite, _, case = function.partition(".")
            pattern = rf"^TEST(_F|_P)?\({suite}, {case}\)"
        else:
            pattern = rf"^ *def {function}\("
        path = TESTS / file if file.startswith("unit/") else HERE / file
        text = path.read_text().replace("\\n", "\n")
        assert re.search(pattern, text, re.M), f"{test} does not exist"
        written = name.removesuffix(">").replace("-", "[-_]")
        assert re.search(rf"(?<![\w-]){written}(?![\w-])", text), f"{file} does not write {name}"


def test_every_context_is_tried():
    """test_config.py tries every directive in its places and elsewhere: by the table's letters."""
    letters = {n: c[0].rstrip("+") for n, c in TABLES["directives"].items()}
    section = "<WSGIInterpreterOptions>"
    assert letters.pop(section) == "G"
    assert letters == {name: context for name, (context, _) in DIRECTIVES.items()}
    assert set(letters.values()) <= set(ALLOWED)
