# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests: servers that are stopped and judged whatever happens."""

import pytest

from harness import sanitizer, server


def fail(complaints):
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


def end(servers):
    complaints = []
    for one in servers:
        complaints += one.stop() + one.verdict()
        one.remove()
    fail(complaints + sanitizer.reports())


def factory(servers):
    def make(config, start=True, **kwargs):
        one = server.Server(config, **kwargs)
        servers.append(one)
        return one.start() if start else one

    return make


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What failed is shown with the end of the error log, which goes with its server."""
    report = (yield).get_result()
    if report.failed:
        for one in server.live:
            report.sections.append((f"error log of {one.root}", one.log()[-4000:]))


@pytest.fixture(autouse=True)
def judged():
    """After each test, the error logs of all servers that run and what a sanitizer said."""
    yield
    fail([line for one in server.live for line in one.verdict()] + sanitizer.reports())


@pytest.fixture
def make_server():
    """make_server(config, start=True, mpm=None, modules=(), log_level="info") for one test."""
    servers = []
    yield factory(servers)
    end(servers)


@pytest.fixture(scope="module")
def shared_server():
    """The same for all tests of a file."""
    servers = []
    yield factory(servers)
    end(servers)
