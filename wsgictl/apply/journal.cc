// SPDX-License-Identifier: Apache-2.0
// journal.json and the copies beside it; see journal.h.
#include "apply/journal.h"

#include <fmt/format.h>

#include "json/json.h"
#include "sys/atomic_file.h"

namespace wsgictl::apply {
namespace {

constexpr const char* kFile = "journal.json";
constexpr const char* kFolder = "transaction";

Json to_json(const Record& record) {
  Json undo = Json::array();
  for (const Undo& u : record.undo)
    undo.push_back({{"path", u.path},
                    {"existed", u.existed},
                    {"link", u.link},
                    {"mode", u.mode},
                    {"copy", u.copy}});
  return {{"format_version", "1.0"},
          {"generation", record.generation},
          {"step", record.step == Step::writing ? "writing" : "reloading"},
          {"was_running", record.was_running},
          {"user", record.user},
          {"command", record.command},
          {"since", record.since},
          {"undo", undo}};
}

std::optional<Record> parse(const std::string& text) {
  const Json json = parse_json(text);
  if (!json.is_object() || !json.contains("undo") || !json["undo"].is_array()) return std::nullopt;
  Record record;
  record.generation = json.value("generation", 0);
  record.step = json.value("step", "writing") == "reloading" ? Step::reloading : Step::writing;
  record.was_running = json.value("was_running", false);
  record.user = json.value("user", "");
  record.command = json.value("command", "");
  record.since = json.value("since", "");
  for (const Json& item : json["undo"]) {
    if (!item.is_object()) return std::nullopt;
    record.undo.push_back({item.value("path", ""), item.value("existed", false),
                           item.value("link", false), item.value("mode", 0644),
                           item.value("copy", "")});
  }
  return record;
}

// Temporary files of a killed run in the folder above PATH.
void remove_leftovers(sys::Files& files, const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  const auto names = files.list(folder);
  if (!names) return;
  for (const std::string& name : *names)
    if (name.starts_with(sys::kTemporaryPrefix) && name.ends_with(sys::kTemporarySuffix))
      (void)files.remove(folder + "/" + name);
}

}  // namespace

sys::Result<std::optional<Record>> Journal::read() {
  const std::string path = store_.path(kFile);
  WSGI_ASSIGN(const auto info, files_.look(path));
  if (!info) return std::optional<Record>();
  WSGI_ASSIGN(const std::string text, files_.read(path));
  std::optional<Record> record = parse(text);
  if (!record) return sys::Fail{wsgi::ErrorId::internal, path + " is damaged", 0};
  return record;
}

sys::Result<std::vector<Undo>> Journal::keep(const std::vector<std::string>& paths,
                                             const std::string& root) {
  WSGI_TRY(sys::remove_tree(files_, store_.path(kFolder)));
  WSGI_TRY(files_.make_folder(store_.path(kFolder), 0700));
  std::vector<Undo> kept;
  for (const std::string& path : paths) {
    const std::string real = sys::below(root, path);
    Undo undo;
    undo.path = path;
    WSGI_ASSIGN(const auto info, files_.look(real));
    if (info) {
      undo.existed = true;
      undo.link = info->kind == sys::FileKind::link;
      undo.mode = info->mode;
      undo.copy = fmt::format("{}/{:04}", kFolder, kept.size() + 1);
      WSGI_ASSIGN(const std::string content,
                  undo.link ? files_.read_link(real) : files_.read(real));
      WSGI_TRY(files_.write(store_.path(undo.copy), content, 0600));
    }
    kept.push_back(std::move(undo));
  }
  return kept;
}

sys::Status Journal::write(const Record& record) {
  return files_.write(store_.path(kFile), json_text(to_json(record), 2) + "\n", 0600);
}

sys::Status Journal::undo(const Record& record, const std::string& root) {
  sys::Status result;
  for (auto it = record.undo.rbegin(); it != record.undo.rend(); ++it) {
    const std::string real = sys::below(root, it->path);
    sys::Status done;
    if (!it->existed) {
      done = files_.remove(real);
      if (real.starts_with(store_.path("apps/")))
        (void)files_.remove_folder(real.substr(0, real.rfind('/')));
    } else if (auto content = files_.read(store_.path(it->copy)); !content) {
      done = std::move(content).error();
    } else {
      done = it->link ? files_.write_link(real, *content) : files_.write(real, *content, it->mode);
    }
    remove_leftovers(files_, real);
    if (!done && result) result = std::move(done);
  }
  return result;
}

// The journal first: copies without a journal are waste, a journal without copies could not undo.
sys::Status Journal::clear() {
  WSGI_TRY(files_.remove(store_.path(kFile)));
  return sys::remove_tree(files_, store_.path(kFolder));
}

}  // namespace wsgictl::apply
