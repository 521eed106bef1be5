// SPDX-License-Identifier: Apache-2.0
// What people ask about a message: which one an id names and what to do about it. For the tool and
// the reference page; kept out of error_id.cc so that no process of Apache carries the texts. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error_id.h"

namespace wsgi {

// What an operator does about it; empty for an id without row (a test forbids it).
std::string_view error_remedy(ErrorId id);

// By "WSGI2004", in any case. nullptr: no such message.
const ErrorInfo* find_error(std::string_view code);

// "alert", as in LogLevel.
std::string_view level_name(Level level);

// docs/messages/README.md, whole.
std::string messages_markdown();

}  // namespace wsgi
