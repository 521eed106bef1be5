// SPDX-License-Identifier: Apache-2.0
// A definition as Apache's files for one target. Pure: the same definition and layout give the same
// bytes, nothing of this host is looked at, nothing is written.
//
// Files, in this order: SITES_DIR/00-wsgictl.conf (switches, Listen lines, every daemon group
// once), SITES_DIR/wsgictl-SITE.conf per site, links to them in SITES_ENABLED where the layout has
// it, STATE_DIR/apps/NAME/app.wsgi for applications given as a module (0644), and
// STATE_DIR/apps/NAME/environment for `env` (0600, sensitive). The folders above the last two must
// be 0755, since Apache's children look at app.wsgi. An application with `run: instance` has
// INSTANCE_DIR/NAME.conf, UNIT_DIR/wsgictl-NAME.service and the link that starts it at boot; its
// sites proxy to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/rendered.h"
#include "diag/diagnostic.h"
#include "host/layout.h"
#include "model/app.h"

namespace wsgictl::conf {

// Nothing if a value cannot be written; DIAGNOSTICS then says which and where.
std::optional<std::vector<RenderedFile>> render(const model::Definition& definition,
                                                const host::Layout& layout,
                                                diag::Diagnostics& diagnostics);

// Modules that the rendered files need, by Apache's short names ("ssl", "headers"), sorted. Those
// every distribution loads by itself are named too.
std::vector<std::string> required_modules(const model::Definition& definition);

// The content holds values that are never printed: show "(sensitive)" in place of them.
bool is_sensitive(const RenderedFile& file);

// Content of FILE as it may be shown: values of an environment file replaced by "(sensitive)".
std::string printable_content(const RenderedFile& file);

}  // namespace wsgictl::conf
