// SPDX-License-Identifier: Apache-2.0
// A small writer of JSON: objects of numbers, words and lists.
#include "transport/report.h"

#include <cstdio>

#include "transport/control.h"

namespace wsgi::transport {
namespace {

class Json {
 public:
  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  void key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    first_ = true;  // no comma before the value
  }
  void number(std::uint64_t value) {
    separate();
    out_ += std::to_string(value);
  }
  void flag(bool value) {
    separate();
    out_ += value ? "true" : "false";
  }
  void text(std::string_view value) {
    separate();
    quote(value);
  }
  void member(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void quote(std::string_view value) {
    out_ += '"';
    for (unsigned char c : value) {
      if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
        out_ += static_cast<char>(c);
      } else {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
        out_ += escaped;
      }
    }
    out_ += '"';
  }
  std::string out_;
  bool first_ = true;
};

void add_flights(Json& json, const SlotSnapshot& slot) {
  json.key("workers");
  json.open('[');
  for (const auto& flight : slot.flights) {
    json.open('{');
    json.member("worker", flight.worker);
    json.member("started_us", flight.started_us);
    json.member("requests", flight.count);
    json.member("busy_us", flight.busy_us);
    json.key("method");
    json.text(flight.method);
    json.key("path");
    json.text(flight.path);
    json.close('}');
  }
  json.close(']');
}

void add_death(Json& json, const SlotSnapshot& slot) {
  if (slot.death_generation == 0) return;
  json.key("last_death");
  json.open('{');
  json.member("pid", slot.death_pid);
  json.key("how");
  json.text(slot.death_how == DeathHow::signal ? "signal" : "exit");
  json.member("status", slot.death_status);
  json.key("cause");
  json.text(cause_name(static_cast<Cause>(slot.death_cause)));
  json.member("at_ms", slot.death_ms);
  json.key("text");
  json.text(slot.death_text);
  json.close('}');
}

void add_slot(Json& json, const SlotSnapshot& slot) {
  json.open('{');
  json.key("state");
  json.text(slot_state_name(slot.word.state));
  json.member("generation", slot.word.generation);
  json.member("in_use", slot.word.in_use);
  json.member("pid", slot.pid);
  json.member("since_ms", slot.since_ms);
  json.member("rss", slot.rss);
  json.member("served", slot.served);
  json.member("failed", slot.failed);
  json.member("busy_us", slot.busy_us);
  json.member("bytes_in", slot.bytes_in);
  json.member("bytes_out", slot.bytes_out);
  const auto histogram = [&](std::string_view name, const auto& values) {
    json.key(name);
    json.open('[');
    for (auto value : values) json.number(value);
    json.close(']');
  };
  histogram("queue_time", slot.queue_time);
  histogram("request_time", slot.request_time);
  add_flights(json, slot);
  add_death(json, slot);
  json.close('}');
}

}  // namespace

std::string report_json(std::string_view group, const GroupSnapshot& snapshot) {
  Json json;
  json.open('{');
  json.key("group");
  json.text(group);
  json.member("processes", snapshot.shape.slots);
  json.member("threads", snapshot.shape.threads);
  json.member("born_ms", snapshot.born_ms);
  json.member("waiting", snapshot.waiters);
  json.key("ever_ready");
  json.flag(snapshot.ever_ready);
  json.key("superseded");
  json.flag(snapshot.superseded);
  json.key("broken");
  json.flag(snapshot.broken);
  json.member("retry_after_s", snapshot.retry_after_s);
  json.member("handovers", snapshot.handovers);
  json.member("replacements", snapshot.replacements);
  json.member("waits", snapshot.waits);
  json.member("wait_us", snapshot.wait_us);
  json.member("refused_full", snapshot.refused_full);
  json.member("refused_broken", snapshot.refused_broken);
  json.member("bridged", snapshot.bridged);
  json.member("undelivered", snapshot.undelivered);
  json.key("ended");
  json.open('{');
  for (std::size_t cause = 0; cause < kCauseCount; ++cause) {
    if (snapshot.ended[cause] != 0) json.member(end_name(cause), snapshot.ended[cause]);
  }
  json.close('}');
  json.key("slots");
  json.open('[');
  for (const auto& slot : snapshot.slots) add_slot(json, slot);
  json.close(']');
  json.close('}');
  return json.take();
}

}  // namespace wsgi::transport
