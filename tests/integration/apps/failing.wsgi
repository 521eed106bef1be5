# SPDX-License-Identifier: Apache-2.0
"""A script that fails while it is loaded."""

raise ValueError("hostile load")
