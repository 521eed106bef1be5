// SPDX-License-Identifier: Apache-2.0
#include "config/directives.h"

#include "config/setters.h"

namespace wsgi::config {
namespace {

Fail wrong_count(const Directive& directive, std::string_view what) {
  return wrong(ErrorId::cfg_arguments, {directive.name, {}, {}}, what,
               "write " + std::string(directive.name) + " " + std::string(directive.syntax));
}

Status check_count(const Directive& directive, std::size_t count) {
  if (directive.args == Args::flag || directive.args == Args::one) {
    if (count != 1) return wrong_count(directive, "takes exactly one argument");
  } else if (directive.args == Args::some && count == 0) {
    return wrong_count(directive, "takes at least one argument");
  }
  return ok();
}

void note_effect(const Directive& directive, Scopes& to) {
  if (!to.notices) return;
  std::string name(directive.name), remark(directive.remark);
  switch (directive.effect) {
    case Effect::now:
      return;
    case Effect::none:
      to.notices->push_back({ErrorId::cfg_no_effect_info, name + " has no effect: " + remark});
      return;
    case Effect::deprecated:
      to.notices->push_back({ErrorId::cfg_deprecated, name + " is deprecated: " + remark});
  }
}

// `%{GLOBAL}` and "" both mean embedded, or the main interpreter.
Status set_selector(InterpreterOptions& section, const Subject& subject, const Option& option) {
  std::optional<std::string>* selector = nullptr;
  if (same_word(option.name, "process-group")) selector = &section.process_group;
  if (same_word(option.name, "application-group")) selector = &section.application_group;
  if (!selector || *selector) {
    return wrong(ErrorId::cfg_interp_selector, subject,
                 (selector ? "repeated selector " : "unknown selector ") + quote(option.name),
                 "may have process-group=NAME and application-group=NAME, each once");
  }
  *selector = option.value == "%{GLOBAL}" ? "" : option.value;
  return ok();
}

}  // namespace

char context_letter(Context context) { return "GSDFA"[static_cast<std::size_t>(context)]; }

const Directive* find_directive(std::string_view name) {
  for (const auto& directive : directive_table()) {
    if (same_word(directive.name, name)) return &directive;
  }
  return nullptr;
}

Status apply(const Directive& directive, std::string_view arguments, Scopes& to) {
  Call call{directive, to, arguments, {}};
  if (directive.args != Args::raw && directive.args != Args::section) {
    call.words = split_words(arguments);
    WSGI_TRY(check_count(directive, call.words.size()));
  }
  WSGI_TRY(directive.apply(call));
  note_effect(directive, to);
  return ok();
}

Result<InterpreterOptions> parse_selectors(std::string_view arguments) {
  const Subject subject{"<WSGIInterpreterOptions>", {}, {}};
  InterpreterOptions section;
  while (true) {
    auto option = next_option(subject, arguments);
    if (!option) return Fail{ErrorId::cfg_interp_selector, option.error().text};
    if (!*option) return section;
    WSGI_TRY(set_selector(section, subject, **option));
  }
}

Fail wrong_child(std::string_view name) {
  std::string allowed = "may hold only:";
  for (const auto& directive : directive_table()) {
    if (directive.in_container) allowed.append(" ").append(directive.name);
  }
  return wrong(ErrorId::cfg_interp_child, {"<WSGIInterpreterOptions>", {}, {}},
               quote(name) + " is not allowed here", allowed);
}

}  // namespace wsgi::config
