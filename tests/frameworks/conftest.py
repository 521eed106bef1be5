# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the integration tests, here as well."""

import importlib.util
import pathlib
import sys

INTEGRATION = pathlib.Path(__file__).resolve().parents[1] / "integration"
sys.path.insert(0, str(INTEGRATION))
_spec = importlib.util.spec_from_file_location("integration_conftest", INTEGRATION / "conftest.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
judged, make_server, shared_server = _module.judged, _module.make_server, _module.shared_server
