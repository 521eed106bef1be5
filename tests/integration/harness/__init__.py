# SPDX-License-Identifier: Apache-2.0
"""What the integration tests are made of: a private Apache (server), an HTTP client on a bare socket
(client), load with a ledger (load), and a look into /proc (procs)."""
