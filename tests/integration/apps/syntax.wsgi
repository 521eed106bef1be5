# SPDX-License-Identifier: Apache-2.0
"""A script that does not compile."""

def application(:
