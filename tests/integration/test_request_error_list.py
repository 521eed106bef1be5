# SPDX-License-Identifier: Apache-2.0
"""Every message id that a request can meet (4nnn, 5nnn) is provoked by a test: the tables below say
by which, and this fails where an id is in neither, or where the named file does not name it. That it
is logged at the level of its table is checked wherever it is logged (harness/server.py)."""

import pathlib
import re

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
TABLE = (TESTS.parent / "module/base/error_ids.def").read_text()
IDS = {int(n): key for n, key in re.findall(r"^WSGI_ERROR\(([45]\d{3}), (\w+),", TABLE, re.M)}

# Provoked through a real Apache; the file names the id.
INTEGRATION = {
    "hostile_site.py": (5020,),
    "test_access.py": (5101, 5102, 5103, 5104),
    "test_auth.py": (5106,),
    "test_basic.py": (5004, 5005, 5006),
    "test_chroot.py": (5021,),
    "test_dispatch.py": (5107,),
    "test_faults.py": (4108, 4110, 4115),
    "test_hostile.py": (5001, 5002, 5003, 5007, 5008, 5010, 5013, 5024),
    "test_hostile_heads.py": (4111,),
    "test_python_api.py": (5023,),
    "test_refusals.py": (4002, 4003, 4004, 4010, 4011, 4012, 4014),
    "test_request_errors.py": (4001, 4013, 4015, 4114, 5009, 5014, 5016, 5017, 5022, 5105,
                               5201, 5204),
    "test_timeouts.py": (4102, 4106, 4109),
    "test_vhosts.py": (5018,),
    "test_wire.py": (4005, 4007, 4009, 5202, 5203),
}
# Provoked below Apache, because nothing outside can: a real daemon does not misbehave so. The test
# names the key.
UNIT = {
    "transport/codec_test.cc": (4103, 4112),
    "transport/retry_test.cc": (4104, 4107, 4113),
}
# Asserted by the text of the message.
BY_TEXT = {
    4105: ("unit/transport/retry_test.cc", "placed again"),
    5011: ("unit/engine/response_test.cc", "Request interrupted by RequestTimeout; thread recovered."),
    5012: ("unit/engine/response_test.cc", "Request interrupted by RequestTimeout"),
    5015: ("unit/engine/process_test.cc", "Reloading WSGI script '"),
    5019: ("unit/engine/process_test.cc", "Loading WSGI script '"),
    5301: ("unit/engine/process_test.cc", "Injected RequestTimeout into thread"),
}
# Provoked by none, and why.
NONE = {
    4006: "Apache strips the length of a chunked request before any handler; test_wire.py has both",
    4008: "Apache answers a bad length with 400 before any handler; test_wire.py has the cases",
    4101: "the kernel must refuse a socket pair for another reason than too many descriptors",
    5302: "the life of a process, not of a request",
    5303: "the life of a process, not of a request",
    5304: "the life of a process, not of a request",
}


def listed():
    for group in (INTEGRATION, UNIT):
        for numbers in group.values():
            yield from numbers
    yield from (*BY_TEXT, *NONE)


def test_each_id_is_listed_once():
    assert sorted(listed()) == sorted(IDS)


@pytest.mark.parametrize("file", INTEGRATION)
def test_named_in_the_integration_tests(file):
    text = (TESTS / "integration" / file).read_text()
    assert [n for n in INTEGRATION[file] if f"WSGI{n}" not in text] == []


@pytest.mark.parametrize("file", UNIT)
def test_named_in_the_unit_tests(file):
    text = (TESTS / "unit" / file).read_text()
    assert [n for n in UNIT[file] if not re.search(rf"ErrorId::{IDS[n]}\b", text)] == []


@pytest.mark.parametrize("number", BY_TEXT)
def test_known_by_their_text(number):
    file, words = BY_TEXT[number]
    assert words in (TESTS / file).read_text()
