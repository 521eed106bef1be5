// SPDX-License-Identifier: Apache-2.0
// The life of a daemon process from its first instruction to its exit status. Main thread.
// Source: daemon-ipc.md, sections 1 and 8.
#pragma once

namespace wsgi::daemon {

// Exit status: 0 an orderly end; 1 a start that failed or requests that were abandoned.
int run_daemon();

}  // namespace wsgi::daemon
