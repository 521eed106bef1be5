// SPDX-License-Identifier: Apache-2.0
// What a start does that finds the journal of a killed run: finish it where the commit was made,
// else put everything back as the failed run itself would have done. See transaction.h.
#include <fmt/format.h>

#include "apply/transaction.h"

namespace wsgictl::apply {
namespace {

// The killed run may have left the server with the new configuration, or dead of it.
sys::Status put_server_back(World& world, const Record& record) {
  if (record.step != Step::reloading) return wsgi::ok();
  const bool running = world.server.parent() != 0;
  if (!record.was_running) return running ? world.server.stop() : wsgi::ok();
  WSGI_TRY(world.server.test());
  return running ? world.server.reload() : world.server.start();
}

}  // namespace

sys::Result<std::string> recover(World& world, const sys::LockHolder& who) {
  Journal journal(world.files, world.store);
  WSGI_ASSIGN(const std::optional<Record> record, journal.read());
  if (!record) return std::string();
  WSGI_ASSIGN(const plan::Generation current, world.store.current());
  const bool committed = current.number == record->generation;
  if (!committed) {
    WSGI_TRY(journal.undo(*record, world.root));
    WSGI_TRY(put_server_back(world, *record));
    WSGI_TRY(world.store.discard(record->generation));
  }
  const char* outcome =
      committed ? "finished after an interruption" : "undone after an interruption";
  WSGI_TRY(world.store.add_history({{"time", who.since},
                                    {"user", record->user},
                                    {"command", record->command},
                                    {"generation", record->generation},
                                    {"summary", ""},
                                    {"outcome", outcome},
                                    {"failure", ""}}));
  WSGI_TRY(journal.clear());
  return fmt::format("the run of {} at {} ({}) was {}", record->user, record->since,
                     record->command, outcome);
}

}  // namespace wsgictl::apply
