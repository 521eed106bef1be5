# SPDX-License-Identifier: Apache-2.0
"""A script that leaves while it is loaded."""

raise SystemExit("leaving")
