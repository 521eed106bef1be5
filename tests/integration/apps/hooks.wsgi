# SPDX-License-Identifier: Apache-2.0
"""Access, authentication and group functions for the tests; what they do is chosen by the query."""

import hashlib
import json

seen = {}


def words(environ):
    return dict(p.partition("=")[::2] for p in environ["QUERY_STRING"].split("&"))


def result(environ, function, default):
    what = words(environ).get(function)
    if what == "raise":
        raise KeyError("from " + function)
    table = {
        "true": True, "false": False, "none": None, "int": 1, "empty": "", "list": [], "bytes": b"x",
        "name": "anna", "utf8": "\u00e4nna", "nul": "a\0b", "badlist": [1], "wide": ["\u20ac"],
    }
    return table[what] if what else default


def keep(environ):
    seen["environ"] = environ
    path = words(environ).get("keep")
    if path:
        try:
            now = environ["mod_ssl.is_https"](), environ["mod_ssl.var_lookup"](b"SSL_PROTOCOL")
        except Exception as e:
            now = repr(e)
        facts = {k: v if isinstance(v, str) else repr(v) for k, v in environ.items()}
        print("ENVIRON " + json.dumps({"ssl": now, **facts}), file=environ["wsgi.errors"])
    if words(environ).get("late"):
        try:
            seen["earlier"]["mod_ssl.is_https"]()
        except RuntimeError as e:
            print(f"LATE {e}", file=environ["wsgi.errors"])
    seen["earlier"] = environ


def allow_access(environ, host):
    keep(environ)
    print(f"HOST {host}", file=environ["wsgi.errors"])
    return result(environ, "access", True)


def check_password(environ, user, password):
    default = {"guest": "secret", "anna": "secret"}.get(user)
    return result(environ, "password", None if default is None else password == default)


def get_realm_hash(environ, user, realm):
    if user != "guest":
        return None
    text = hashlib.md5(f"{user}:{realm}:secret".encode()).hexdigest()
    return result(environ, "hash", text)


def groups_for_user(environ, user):
    return result(environ, "groups", {"guest": ["staff", b"Other"], "anna": ["visitors"]}.get(user, []))
