#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our schema in an editor: drives yaml-language-server over LSP, as an editor does.

Usage: editor.py SCHEMA [SERVER]. Keys and enum values are offered, errors stand at the right place,
hovers show the description of the key. Exits 77 when the server is not installed:
.ci/editor puts npm's into build/editor.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import threading

URI = "file:///definition/shop.yaml"
GOOD = """version: 1
apps:
  shop:
    script: /srv/shop/wsgi.py
    daemon:
      processes: 2
      
sites:
  shop.example.com:
    tls:
      certificate: /etc/ssl/certs/shop.pem
      key: /etc/ssl/private/shop.pem
      profile: 
    routes:
      /: {app: shop}
"""
BAD = """version: 1
apps:
  shop:
    script: /srv/shop/wsgi.py
    daemon:
      processes: many
      proceses: 4
"""


class Server:
    """One language server on its standard streams; answers by number, diagnostics by arrival."""

    def __init__(self, command, schema):
        self.schema = schema
        self.process = subprocess.Popen([command, "--stdio"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.deadline = threading.Timer(60, self.process.kill)
        self.deadline.start()
        self.number = 0
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {
            "textDocument": {"completion": {"completionItem": {"snippetSupport": False}},
                             "hover": {"contentFormat": ["markdown"]}},
            "workspace": {"configuration": True}}})
        self.tell("initialized", {})

    def settings(self):
        return {"schemas": {self.schema.as_uri(): "*.yaml"}, "schemaStore": {"enable": False},
                "validate": True, "completion": True, "hover": True}

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def receive(self):
        """The next message for us; questions of the server are answered on the way."""
        while True:
            size = 0
            while (line := self.process.stdout.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            if size == 0:
                sys.exit("the language server has ended")
            message = json.loads(self.process.stdout.read(size))
            if "method" not in message or "id" not in message:
                return message
            answer = None
            if message["method"] == "workspace/configuration":
                answer = [self.settings() if item.get("section") == "yaml" else {}
                          for item in message["params"]["items"]]
            self.send({"id": message["id"], "result": answer})

    def ask(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while (message := self.receive()).get("id") != self.number:
            pass
        return message["result"]

    def open(self, text, version):
        """Shows TEXT as the whole document; returns what the server says about this version."""
        if version == 1:
            self.tell("textDocument/didOpen", {"textDocument": {
                "uri": URI, "languageId": "yaml", "version": version, "text": text}})
        else:
            self.tell("textDocument/didChange", {
                "textDocument": {"uri": URI, "version": version}, "contentChanges": [{"text": text}]})

    def diagnostics(self):
        while (message := self.receive()).get("method") != "textDocument/publishDiagnostics":
            pass
        return message["params"]["diagnostics"]

    def at(self, method, text, after, extra=0):
        """METHOD at the end of the first AFTER in TEXT."""
        before = text[:text.index(after) + len(after) + extra]
        line = before.count("\n")
        return self.ask("textDocument/" + method, {
            "textDocument": {"uri": URI},
            "position": {"line": line, "character": len(before) - before.rfind("\n") - 1}})


def check(server):
    wrong = []

    def demand(good, what):
        if not good:
            wrong.append(what)

    server.open(BAD, 1)
    found = []
    while not found:  # the first answers come before the schema is read
        found = server.diagnostics()
    places = {(d["range"]["start"]["line"], d["range"]["start"]["character"]) for d in found}
    demand((5, 17) in places, f"no error at the value of processes: {found}")
    demand((6, 6) in places, f"no error at the unknown key: {found}")

    server.open(GOOD, 2)
    items = server.at("completion", GOOD, "processes: 2\n      ")["items"]
    labels = {item["label"] for item in items}
    demand({"threads", "user", "request_timeout"} <= labels, f"keys of daemon: {labels}")
    demand("processes" not in labels, "a key that is there is offered again")
    items = server.at("completion", GOOD, "profile: ")["items"]
    labels = {item["label"] for item in items}
    demand({"modern", "intermediate", "old"} <= labels, f"values of profile: {labels}")
    hover = server.at("hover", GOOD, "proc")
    schema = json.loads(server.schema.read_text(encoding="utf-8"))
    text = json.dumps(hover, ensure_ascii=False)
    wanted = find(schema, "processes")["description"].split(".")[0]
    demand(wanted.split(",")[0] in text, f"hover says {text}, not {wanted}")
    return wrong


def find(node, key):
    """The schema of KEY of a daemon block."""
    if isinstance(node, dict):
        properties = node.get("properties", {})
        if key in properties and "threads" in properties:
            return properties[key]
        node = list(node.values())
    for part in node if isinstance(node, list) else []:
        if (found := find(part, key)) is not None:
            return found
    return None


def main():
    given = sys.argv[2] if len(sys.argv) > 2 else "yaml-language-server"
    command = shutil.which(given) or shutil.which("yaml-language-server")
    if command is None:
        print("yaml-language-server is not installed: .ci/editor does it")
        return 77
    server = Server(command, pathlib.Path(sys.argv[1]).resolve())
    try:
        wrong = check(server)
    finally:
        server.deadline.cancel()
        server.process.kill()
        server.process.wait()
    print("\n".join(wrong) or "completion, errors and hovers are as wanted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
