// SPDX-License-Identifier: Apache-2.0
// Calls of access, authentication, group and dispatch scripts: in the embedded runtime of this
// child, on the thread of the request, wherever the application itself runs. WSGIRestrictEmbedded
// does not apply to them. Source: runtime.md, section 9.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>

#include "apache/server_config.h"
#include "base/hook.h"

namespace wsgi::apache {

// Blocks for the script. What it says is handed to `answer`; the text is valid for that call only.
using Answers = std::function<void(std::uint8_t which, std::string_view text)>;

// `failed` has been logged.
HookAnswer call_hook(request_rec* r, HookKind kind, const config::HookScript& script,
                     std::span<const EnvVar> variables,
                     std::initializer_list<std::string_view> arguments, const Answers& answer);

// The environ of access, authentication and group scripts: nothing in it comes from the request
// environment, which authors of .htaccess files can write. Views into r->pool.
std::span<const EnvVar> hook_variables(request_rec* r);

}  // namespace wsgi::apache
