// SPDX-License-Identifier: Apache-2.0
// Checks of texts; see types.h. Limits: wsgictl-conventions, section 5.
#include "model/types.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "diag/text.h"
#include "model/text_rules.h"

namespace wsgictl::model {
namespace {

struct Info {
  Type type;
  const char* expected;
  std::string_view pattern;
};

// Patterns are no stricter than the checks: an editor must not mark what the tool accepts.
constexpr Info kInfo[] = {
    {Type::object, "a map", ""},
    {Type::map, "a map", ""},
    {Type::integer, "an integer", ""},
    {Type::duration, "a time with a unit, such as 30s or 5m", "^[0-9]+ *(s|m|h|d|w)$"},
    {Type::milliseconds, "a time with a unit, such as 5ms or 2s", "^[0-9]+ *(ms|s|m|h|d|w)$"},
    {Type::size, "a size with a unit, such as 512MiB", "^[0-9]+ *(B|KiB|MiB|GiB|TiB)$"},
    {Type::boolean, "true or false", ""},
    {Type::choice, "one of a few words", ""},
    {Type::text, "a text on one line", "^[^\\u0000-\\u001f\\u007f]+$"},
    {Type::value, "a text on one line", "^[^\\u0000-\\u001f\\u007f]*$"},
    {Type::path, "an absolute path", "^/[^\\u0000-\\u001f\\u007f*?\\[\\]]*$"},
    {Type::list_path, "an absolute path", "^/[^\\u0000-\\u001f\\u007f*?\\[\\]:,]*$"},
    {Type::url_path, "a URL path such as /static", "^/([A-Za-z0-9._~@:+,=/-]*[^/])?$"},
    {Type::request_path, "a URL path such as /healthz", "^/[^\\u0000-\\u0020\\u007f#]*$"},
    {Type::location, "a URL path or a URL", "^(/|https?://)[^\\u0000-\\u0020\\u007f]*$"},
    {Type::proxy_url, "a URL such as http://127.0.0.1:8002",
     "^https?://(\\[[0-9a-fA-F:.]+\\]|[^\\u0000-\\u0020\\u007f?#\\[\\]/])"
     "[^\\u0000-\\u0020\\u007f?#\\[\\]]*$"},
    {Type::app_name, "a name such as shop", "^[a-z0-9][a-z0-9._-]{0,62}$"},
    {Type::host_name, "a host name such as www.example.com", "^[A-Za-z0-9]([A-Za-z0-9.-]*)$"},
    {Type::host_pattern, "a host name such as www.example.com",
     "^(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*)$"},
    {Type::listen, "a port, or an address and a port", "^[0-9a-fA-F.:\\[\\]]+$"},
    {Type::network, "an address or subnet such as 10.0.0.0/8", "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"},
    {Type::account, "a name or #number", "^(#[0-9]{1,10}|[a-zA-Z_][a-zA-Z0-9._-]{0,31})$"},
    {Type::octal, "an octal number in quotes, such as \"027\"", "^0?[0-7]{3}$"},
    {Type::locale, "a locale such as C.UTF-8", "^[A-Za-z0-9][A-Za-z0-9._@-]*$"},
    {Type::python_version, "a version in quotes, such as \"3.13\"", "^3\\.[0-9]{1,2}t?$"},
    {Type::python_module, "a dotted module name such as shop.wsgi",
     "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$"},
    {Type::python_name, "a Python name such as application", "^[A-Za-z_][A-Za-z0-9_]*$"},
    {Type::variable_name, "the name of a variable", "^[A-Za-z_][A-Za-z0-9_]*$"},
    {Type::header_name, "the name of a header", "^[A-Za-z][A-Za-z0-9-]*$"},
    {Type::header_value, "the value of a header",
     "^[^\\u0000-\\u0020\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u0020\\u007f])?$"},
    {Type::status_code, "the status of an error that Apache knows",
     "^(4(0[0-9]|1[0-7]|2[1-4689]|31|51)|5(0[0-8]|1[01]))$"},
    {Type::log_level, "a level such as info, or MODULE:LEVEL", "^([a-z0-9_]+:)?[a-z]+[1-8]?$"},
    {Type::directive_name, "the name of a directive", "^[A-Za-z][A-Za-z0-9]*$"},
    {Type::accounts, "names separated by commas", "^[A-Za-z0-9_#.,-]+$"},
    {Type::user_name, "a name that logs in, such as ada",
     "^(?!#|.*(%\\{|\\$[0-9]))[^\\u0000-\\u0020\\u007f:\"]([^\\u0000-\\u001f\\u007f:\"]*"
     "[^\\u0000-\\u0020\\u007f:\"])?$"},
    {Type::mail_address, "a mail address such as ops@example.com",
     "^(mailto:)?[^\\u0000-\\u0020\\u007f@:,;<>()\"\\\\\\[\\]]+@[A-Za-z0-9]([A-Za-z0-9.-]*)$"},
    {Type::socket_path, "an absolute path", "^/[^\\u0000-\\u001f\\u007f*?\\[\\]]+$"},
    {Type::group_name, "a name of a group, such as staff",
     "^(?!#|.*(%\\{|\\$[0-9]))[^\\u0000-\\u0020\\u007f:\"]+$"},
};

const Info& info(Type type) {
  return *std::find_if(std::begin(kInfo), std::end(kInfo),
                       [&](const Info& i) { return i.type == type; });
}

Problem problem(const char* code, std::string_view text, const char* what, std::string hint,
                std::string replacement = "") {
  return {code, fmt::format("{} {}", diag::quote(text), what), std::move(hint),
          std::move(replacement)};
}

std::optional<Problem> forbidden(Type type, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) continue;
    const char* what = c == '\n' ? "holds a line feed" : "holds a control character";
    return problem("WCTL1601", text, what, "write the value on one line");
  }
  if (type != Type::value && text.find("${") != std::string_view::npos)
    return problem("WCTL1602", text, "holds ${, which Apache would replace",
                   "write the value itself; nothing is expanded");
  return std::nullopt;
}

std::optional<Problem> check_path(Type type, std::string_view text) {
  if (!text.starts_with('/'))
    return problem("WCTL1603", text, "is not an absolute path", "start the path with /");
  if (text.find_first_of("*?[]") != std::string_view::npos)
    return problem("WCTL1604", text, "holds a wildcard of Apache", "rename the folder or file");
  const std::string normal = normal_path(text);
  if (normal != text)
    return problem("WCTL1603", text, "is not a plain path", "write " + normal, normal);
  if (type == Type::list_path && text.find_first_of(":,") != std::string_view::npos)
    return problem("WCTL1612", text, "holds a colon or comma, which separates paths",
                   "rename the folder or file");
  return std::nullopt;
}

// Of sun_path in sockaddr_un, less its end; unix(7).
std::optional<Problem> check_socket(Type type, std::string_view text) {
  constexpr std::size_t kLongest = 107;
  if (text == "/" || text.size() > kLongest)
    return problem("WCTL1621", text, "is no path of a socket",
                   fmt::format("write an absolute path of {} bytes at most", kLongest));
  return check_path(type, text);
}

std::optional<Problem> check_url_path(std::string_view text) {
  constexpr std::string_view kExtra = "._~@:+,=/-";
  if (!text.starts_with('/'))
    return problem("WCTL1605", text, "does not start with /", fmt::format("write /{}", text));
  for (const char c : text)
    if (!alphanumeric(c) && kExtra.find(c) == std::string_view::npos)
      return problem("WCTL1605", text, "holds a character that a route does not take",
                     "use letters, digits and . _ ~ @ : + , = -");
  if (text == "/") return std::nullopt;
  const std::string normal = normal_path(text);
  if (normal != text)
    return problem("WCTL1605", text, "is not a plain URL path", "write " + normal, normal);
  return std::nullopt;
}

bool visible_ascii_free_of(std::string_view text, std::string_view refused) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return c > ' ' && c < 0x7f && refused.find(c) == std::string_view::npos;
  });
}

std::optional<Problem> check_request_path(std::string_view text) {
  if (!text.starts_with('/'))
    return problem("WCTL1605", text, "does not start with /", "start with /");
  if (!visible_ascii_free_of(text, "#\"\\<>^`{|}"))
    return problem("WCTL1605", text, "holds a character that a URL does not take",
                   "write it as %xx");
  return std::nullopt;
}

std::optional<Problem> check_location(std::string_view text) {
  const bool path = text.starts_with('/') && !text.starts_with("//");
  const bool url = is_http_url(text);
  // $ is where RedirectMatch puts parts of the request.
  if ((path || url) && visible_ascii_free_of(text, "\"\\<>^`{|}$")) return std::nullopt;
  return problem("WCTL1608", text, "is no target of a redirect",
                 "write a path such as /new or a URL such as https://www.example.com/");
}

std::optional<Problem> check_proxy(std::string_view text) {
  const std::size_t path = std::min(text.find('/', text.find("://") + 3), text.size());
  if (is_http_url(text) && visible_ascii_free_of(text, "\"\\<>^`{|}$?#%") &&
      visible_ascii_free_of(text.substr(path), "[]"))
    return std::nullopt;
  return problem("WCTL1608", text, "is no address of a server",
                 "write a URL such as http://127.0.0.1:8002");
}

std::optional<Problem> check_account(std::string_view text) {
  if (text == "root" || text == "#0")
    return problem("WCTL1609", text, "must not run an application", "name another user or group");
  const std::string_view digits = text.starts_with('#') ? text.substr(1) : std::string_view{};
  std::uint32_t id = 0;
  if (!digits.empty()) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (error == std::errc{} && end == digits.data() + digits.size() && id != 0)
      return std::nullopt;
  } else if (is_word(text, "_", "._-") && text.size() <= 32 && !digit(text[0])) {
    return std::nullopt;
  }
  return problem("WCTL1616", text, "is no name of a user or group",
                 "write a name such as shop, or \"#1001\"");
}

// What a line of a password or group file can begin with, and Require can say: %{ and $1 would be
// evaluated there.
std::optional<Problem> check_login(Type type, std::string_view text) {
  const auto bad = [&](const char* what, const char* hint) {
    return problem("WCTL1619", text, what, hint);
  };
  if (text.starts_with('#'))
    return bad("starts with #, which makes a comment in a password file", "name another user");
  if (text.front() == ' ' || text.back() == ' ')
    return bad("has a blank at its end, which files lose", "remove the blank");
  if (text.find_first_of(":\"") != std::string_view::npos)
    return bad("holds a colon or quote", "write the name as in the file, before its colon");
  if (type == Type::group_name && text.find(' ') != std::string_view::npos)
    return bad("holds a blank", "write one name for each group");
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if ((text[i] == '%' && text[i + 1] == '{') || (text[i] == '$' && digit(text[i + 1])))
      return bad("holds %{ or $ and a digit, which Apache would evaluate", "rename the user");
  return std::nullopt;
}

// One address, as in a mailto: URL.
bool is_mail_address(std::string_view text) {
  if (text.starts_with("mailto:")) text.remove_prefix(7);
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos) return false;
  return text.find_first_of(" :,;<>()\"\\[]") == std::string_view::npos &&
         is_host_name(text.substr(at + 1));
}

std::optional<Problem> simple(Type type, std::string_view text, bool good, const char* code,
                              const char* hint) {
  if (good) return std::nullopt;
  Problem p = problem(code, text, "", hint);
  p.message = fmt::format("expected {}, found {}", info(type).expected, diag::quote(text));
  return p;
}

// Those that ErrorDocument takes.
bool is_status_code(std::string_view text) {
  constexpr std::string_view kOthers[] = {"421", "422", "423", "424", "426", "428",
                                          "429", "431", "451", "510", "511"};
  if (std::find(std::begin(kOthers), std::end(kOthers), text) != std::end(kOthers)) return true;
  return text.size() == 3 &&
         ((text >= "400" && text <= "417") || (text >= "500" && text <= "508")) && digit(text[1]) &&
         digit(text[2]);
}

bool is_log_level(std::string_view text) {
  constexpr std::string_view kLevels[] = {"emerg",  "alert", "crit",  "error", "warn",
                                          "notice", "info",  "debug", "trace"};
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (!is_word(text.substr(0, colon), "", "_")) return false;
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("trace") && text.size() == 6 && text[5] >= '1' && text[5] <= '8')
    return true;
  return text != "trace" &&
         std::find(std::begin(kLevels), std::end(kLevels), text) != std::end(kLevels);
}

std::optional<Problem> check_header_value(std::string_view text) {
  if (text.front() == ' ' || text.back() == ' ')
    return problem("WCTL1617", text, "has a blank at its end, which is not sent",
                   "remove the blank");
  if (!text.starts_with("expr=")) return std::nullopt;
  return problem("WCTL1617", text, "starts with expr=, which Apache would evaluate",
                 "write another value, or use extra_directives");
}

// A section would need its end, and a file that is read in brings what nobody checked.
std::optional<Problem> check_directive(std::string_view text) {
  constexpr std::string_view kRefused[] = {"include",          "includeoptional", "define",
                                           "undefine",         "loadmodule",      "loadfile",
                                           "wsgidaemonprocess"};
  const std::string name = diag::lower(text);
  if (std::find(std::begin(kRefused), std::end(kRefused), name) != std::end(kRefused))
    return problem("WCTL1618", text, "is not taken here",
                   name == "wsgidaemonprocess" ? "define an application with daemon"
                                               : "write it to a file of your own");
  if (is_word(text, "", "") && !digit(text[0])) return std::nullopt;
  return problem("WCTL1618", text, "is no name of a directive",
                 "write one name, without brackets and arguments");
}

std::optional<Problem> check_accounts(std::string_view text) {
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (auto found = check_account(text.substr(0, comma))) return found;
    if (comma == text.size()) return std::nullopt;
    text.remove_prefix(comma + 1);
  }
}

// Texts that Apache's own modules give a meaning to.
std::optional<Problem> check_apache_word(Type type, std::string_view text) {
  switch (type) {
    case Type::header_name:
      return simple(type, text, is_word(text, "", "-") && !digit(text[0]), "WCTL1617",
                    "use letters, digits and dashes");
    case Type::header_value:
      return check_header_value(text);
    case Type::status_code:
      return simple(type, text, is_status_code(text), "WCTL1616", "write a number such as 404");
    case Type::log_level:
      return simple(
          type, text, is_log_level(text), "WCTL1616",
          "levels: emerg, alert, crit, error, warn, notice, info, debug, trace1 to trace8");
    case Type::directive_name:
      return check_directive(text);
    case Type::accounts:
      return check_accounts(text);
    case Type::mail_address:
      return simple(type, text, is_mail_address(text), "WCTL1620",
                    "write one address such as ops@example.com");
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string expectation(const Key& key) {
  if (key.shape == Shape::list) return "a list";
  if (!key.choices.empty()) return diag::join_or(words(key.choices));
  if (key.type == Type::integer)
    return key.min == key.max ? fmt::format("the integer {}", key.min)
                              : fmt::format("an integer from {} to {}", key.min, key.max);
  return info(key.type).expected;
}

bool is_free_text(Type type) {
  switch (type) {
    case Type::integer:
    case Type::duration:
    case Type::milliseconds:
    case Type::size:
    case Type::boolean:
    case Type::choice:
      return false;
    default:
      return true;
  }
}

std::string_view pattern(Type type) { return info(type).pattern; }

bool is_text(Type type) {
  return type != Type::object && type != Type::map && type != Type::integer &&
         type != Type::boolean && type != Type::listen;
}

std::optional<Problem> check_text(Type type, std::string_view text) {
  if (auto found = forbidden(type, text)) return found;
  if (text.empty() && type != Type::value)
    return Problem{"WCTL1213", fmt::format("expected {}, found an empty text", info(type).expected),
                   "write a value, or remove the key", ""};
  switch (type) {
    case Type::path:
    case Type::list_path:
      return check_path(type, text);
    case Type::socket_path:
      return check_socket(type, text);
    case Type::url_path:
      return check_url_path(text);
    case Type::request_path:
      return check_request_path(text);
    case Type::location:
      return check_location(text);
    case Type::proxy_url:
      return check_proxy(text);
    case Type::account:
      return check_account(text);
    case Type::user_name:
    case Type::group_name:
      return check_login(type, text);
    case Type::app_name:
      return simple(type, text, is_app_name(text), "WCTL1210",
                    "use small letters, digits and . _ -, at most 63 characters");
    case Type::host_name:
      return simple(type, text, is_host_name(text), "WCTL1606",
                    "write the name alone: no scheme, no port, no path");
    case Type::host_pattern:
      return simple(type, text, is_host_name(text.starts_with("*.") ? text.substr(2) : text),
                    "WCTL1606", "write the name alone: no scheme, no port, no path");
    case Type::listen:
      return simple(type, text, parse_listen(text).has_value(), "WCTL1607",
                    "write 8080, \"127.0.0.1:8080\" or \"[::1]:8080\"");
    case Type::network:
      return simple(type, text, is_network(text), "WCTL1613", "write an address in numbers");
    case Type::octal:
      return simple(type, text, is_umask(text), "WCTL1616", "write three octal digits");
    case Type::locale:
      return simple(type, text, is_word(text, "", "._@-"), "WCTL1616", "write C.UTF-8");
    case Type::python_version:
      return simple(type, text, is_python_version(text), "WCTL1616",
                    "write the two numbers, in quotes: \"3.13\"");
    case Type::python_module:
      return simple(type, text, is_dotted_name(text), "WCTL1614",
                    "write the module as after import; a file is given with script");
    case Type::python_name:
      return simple(type, text, is_python_name(text), "WCTL1614", "write one Python name");
    case Type::variable_name:
      return simple(type, text, is_python_name(text), "WCTL1611",
                    "use letters, digits and underscores");
    default:
      return check_apache_word(type, text);
  }
}

}  // namespace wsgictl::model
