// SPDX-License-Identifier: Apache-2.0
// Which sockets a fork of Apache's parent must not keep. What listens and is never accepted from
// swallows connections: with ListenCoresBucketsRatio each copy is a bucket of its own to the kernel
// (SO_REUSEPORT, socket(7)), and ap_listeners names one bucket only. A new supervisor, single
// thread.
#pragma once

#include <vector>

namespace wsgi::supervisor {

// Closes every listening socket of this process, whoever opened it; where /proc cannot be read only
// `known`. Does not block.
void close_listening_sockets(const std::vector<int>& known);

}  // namespace wsgi::supervisor
