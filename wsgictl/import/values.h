// SPDX-License-Identifier: Apache-2.0
// From what Apache's configuration says to values of the definition, by the rows of the key table:
// the way of conf/render_settings, backwards. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apache_conf/tree.h"
#include "json/json.h"
#include "model/keys.h"
#include "model/types.h"

namespace wsgictl::importing {

// TEXT as a value of KEY, with a unit where the definition has one; nothing if KEY does not take
// it. Of a list: one element.
std::optional<Json> value_of(const model::Key& key, std::string_view text);

// TEXT is a value of TYPE, and a definition may hold it: no broken UTF-8, nothing invisible.
bool fits(model::Type type, std::string_view text);

// The arguments of NODE as the value of KEY, whose directive it is.
std::optional<Json> value_of(const model::Key& key, const apache_conf::Node& node);

// The row below PATH ("server", "sites.*.limits") whose directive NODE is, or null.
const model::Key* row_for(std::string_view path, const apache_conf::Node& node);

// Puts NODE into OBJECT if a row below PATH is for it and takes it, and says nothing yet.
bool put_setting(Json& object, std::string_view path, const apache_conf::Node& node);

// {directive: …, arguments: […]}; nothing if extra_directives does not take it.
std::optional<Json> extra_directive(const apache_conf::Node& node);

std::vector<std::string> split(std::string_view text, char by);
std::string without_slash(std::string_view path);  // at the end, but for / itself

}  // namespace wsgictl::importing
