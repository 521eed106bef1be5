// SPDX-License-Identifier: Apache-2.0
// Calls an access, authentication, group or dispatch script in an interpreter. On the thread of the
// Apache request, detached on entry and return.
#pragma once

#include "base/hook.h"
#include "base/log.h"
#include "python/interpreter.h"

namespace wsgi::engine {

HookAnswer run_hook(python::Interpreter& interpreter, const HookCall& call, HookHost& host,
                    Log& log);

}  // namespace wsgi::engine
