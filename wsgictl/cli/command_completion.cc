// SPDX-License-Identifier: Apache-2.0
// wsgictl completion: scripts for bash, zsh and fish, made from the same description as --help.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/commands.h"

namespace wsgictl::cli {
namespace {

struct Flag {
  std::string name;  // with its dashes
  std::string help;
  std::vector<std::string> values;
  bool takes_value = false;
  bool is_folder = false;
};

struct Described {
  std::string name, help;
  std::vector<Flag> flags;
  std::vector<std::string> words;  // that its argument may be
  bool takes_file = false;
};

// The words of "text|json:{text,json}": what follows the colon is CLI11's.
std::vector<std::string> choices(std::string type) {
  std::vector<std::string> out;
  type = type.substr(0, type.find(':'));
  if (type.find('|') == std::string::npos) return out;
  for (std::size_t at = 0; at <= type.size();) {
    const std::size_t end = std::min(type.find('|', at), type.size());
    const std::string word = type.substr(at, end - at);
    // KEY|CODE names two kinds of word, it lists none.
    if (word.empty() || (word[0] >= 'A' && word[0] <= 'Z')) return {};
    out.push_back(word);
    at = end + 1;
  }
  return out;
}

std::vector<Described> describe(const CLI::App& app) {
  std::vector<Described> out;
  for (const CLI::App* sub : app.get_subcommands({})) {
    Described command{sub->get_name(), sub->get_description(), {}, {}, false};
    for (const CLI::Option* option : sub->get_options()) {
      const std::string type = option->get_type_name();
      if (option->get_positional()) {
        command.words = choices(type);
        command.takes_file = command.takes_file || type == "PATH" || type == "FILE";
        if (type == "DIR") command.takes_file = true;
        continue;
      }
      const bool takes_value = option->get_items_expected_max() > 0;
      for (const std::string& name : option->get_lnames())
        command.flags.push_back(
            {"--" + name, option->get_description(), choices(type), takes_value, type == "DIR"});
      for (const std::string& name : option->get_snames())
        command.flags.push_back(
            {"-" + name, option->get_description(), choices(type), takes_value, type == "DIR"});
    }
    out.push_back(std::move(command));
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// In single quotes, as all three shells take it.
std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// What bash and zsh (through its bash layer) share.
std::string bash(const std::vector<Described>& commands) {
  std::string names, cases;
  for (const Described& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    std::string flags, values;
    for (const Flag& flag : command.flags) {
      flags += (flags.empty() ? "" : " ") + flag.name;
      if (!flag.values.empty())
        values += fmt::format("        {}) _wsgictl_words '{}'; return;;\n", flag.name,
                              joined(flag.values));
      else if (flag.takes_value)
        values += fmt::format("        {}) _wsgictl_files{}; return;;\n", flag.name,
                              flag.is_folder ? " -d" : "");
    }
    const std::string argument = !command.words.empty()
                                     ? fmt::format("_wsgictl_words '{}'", joined(command.words))
                                 : command.takes_file ? "_wsgictl_files"
                                                      : ":";
    cases += fmt::format(
        "    {})\n      case $before in\n{}      esac\n"
        "      case $word in -*) _wsgictl_words '{}';; *) {};; esac;;\n",
        command.name, values, flags, argument);
  }
  return fmt::format(
      "# Completion of wsgictl for bash: . <(wsgictl completion bash)\n"
      "_wsgictl_words() {{ COMPREPLY=($(compgen -W \"$1\" -- \"$word\")); }}\n"
      "_wsgictl_files() {{ compopt -o filenames 2>/dev/null; "
      "mapfile -t COMPREPLY < <(compgen ${{1:--f}} -- \"$word\"); }}\n"
      "_wsgictl() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then _wsgictl_words '{} --help --version'; return; fi\n"
      "  case ${{COMP_WORDS[1]}} in\n{}  esac\n}}\n"
      "complete -F _wsgictl wsgictl\n",
      names, cases);
}

std::string zsh(const std::vector<Described>& commands) {
  // Brackets and colons separate the parts of a specification.
  const auto spec = [](const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
    return out;
  };
  std::string names, cases;
  for (const Described& command : commands) {
    names += fmt::format("    {}\n", shell_quoted(command.name + ":" + spec(command.help)));
    std::string lines;
    for (const Flag& flag : command.flags) {
      std::string text = flag.name + "[" + spec(flag.help) + "]";
      if (!flag.values.empty())
        text += ":value:(" + joined(flag.values) + ")";
      else if (flag.takes_value)
        text += std::string(":value:_files") + (flag.is_folder ? " -/" : "");
      lines += fmt::format(" \\\n        {}", shell_quoted(text));
    }
    if (!command.words.empty())
      lines +=
          fmt::format(" \\\n        {}", shell_quoted("*:value:(" + joined(command.words) + ")"));
    else if (command.takes_file)
      lines += " \\\n        '*:file:_files'";
    cases += fmt::format("    {}) _arguments{};;\n", command.name, lines);
  }
  return fmt::format(
      "#compdef wsgictl\n"
      "# Completion of wsgictl for zsh: . <(wsgictl completion zsh), or _wsgictl in $fpath.\n"
      "_wsgictl() {{\n  local -a commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
      "  local command=$words[2]\n  shift words; (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n}}\n"
      "if [ \"$funcstack[1]\" = _wsgictl ]; then _wsgictl \"$@\"; "
      "else compdef _wsgictl wsgictl; fi\n",
      names, cases);
}

std::string fish(const std::vector<Described>& commands) {
  std::string out =
      "# Completion of wsgictl for fish: wsgictl completion fish | source\n"
      "complete -c wsgictl -f\n";
  for (const Described& command : commands) {
    out += fmt::format("complete -c wsgictl -n __fish_use_subcommand -a {} -d {}\n", command.name,
                       shell_quoted(command.help));
    const std::string when =
        fmt::format("complete -c wsgictl -n '__fish_seen_subcommand_from {}'", command.name);
    if (!command.words.empty())
      out += fmt::format("{} -a '{}'\n", when, joined(command.words));
    else if (command.takes_file)
      out += when + " -F\n";
    for (const Flag& flag : command.flags) {
      const bool is_long = flag.name.starts_with("--");
      out += fmt::format("{} -{} {} -d {}", when, is_long ? "l" : "s",
                         flag.name.substr(is_long ? 2 : 1), shell_quoted(flag.help));
      if (!flag.values.empty())
        out += fmt::format(" -x -a '{}'", joined(flag.values));
      else if (flag.takes_value)
        out += " -r -F";
      out += '\n';
    }
  }
  return out;
}

void complete(Context& context, const CLI::App& app, const std::string& shell) {
  const std::vector<Described> commands = describe(app);
  const std::string script = shell == "bash"  ? bash(commands)
                             : shell == "zsh" ? zsh(commands)
                                              : fish(commands);
  if (context.options.format == Format::text) context.streams.out << script;
  report(context, "completion", kDone, {{"shell", shell}, {"script", script}});
}

}  // namespace

void register_completion(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "completion", "Print completion for a shell.",
                                "wsgictl completion bash > /etc/bash_completion.d/wsgictl");
  auto shell = std::make_shared<std::string>();
  command.option("shell", *shell, "Shell to complete in",
                 {.type = "bash|zsh|fish", .one_of = {"bash", "zsh", "fish"}, .required = true});
  command.callback([&context, &app, shell] { complete(context, app, *shell); });
}

}  // namespace wsgictl::cli
