// SPDX-License-Identifier: Apache-2.0
// A group without processes: page and hand-over pairs, and occupants that are threads of the test,
// each running a function for every connection it is given. Occupants follow the protocol as far
// as the function lets them.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "transport/channel.h"
#include "transport/client.h"
#include "transport/handover.h"
#include "transport/head_codec.h"
#include "transport/permits.h"

namespace wsgi::test {

using namespace wsgi::transport;

// One connection at the occupant's side.
class Peerage {
 public:
  explicit Peerage(Fd socket) : socket_(std::move(socket)) { renew(); }

  Got receive(Frame& frame) { return channel_->receive(frame); }
  // Reads a REQUEST; false when the child has gone.
  bool request(DecodedRequest& into) {
    if (receive(frame_) != Got::frame || frame_.type != FrameType::request) return false;
    return static_cast<bool>(decode_request(frame_.payload, into));
  }
  std::uint8_t flags() const { return frame_.flags; }
  bool send(FrameType type, ByteView payload = {}, std::uint8_t flags = 0, int fd = -1) {
    auto header = make_header(type, flags, payload.size());
    iovec parts[2] = {{&header, sizeof header}, part_of(payload)};
    return channel_->send(parts, fd) == Sent::all;
  }
  bool head(std::uint16_t status = 200) {
    Bytes out;
    const Header headers[] = {{"Content-Type", "text/plain"}};
    EXPECT_TRUE(encode_head({status, "OK", headers}, out));
    return send(FrameType::head, out);
  }
  bool data(std::string_view text, std::uint8_t flags = 0) {
    return send(FrameType::data, as_bytes(text), flags);
  }
  bool end(OutcomeCode code = OutcomeCode::ok) {
    Bytes out;
    Outcome outcome;
    outcome.code = code;
    encode_end(outcome, out);
    return send(FrameType::end, out);
  }
  bool log(std::string_view text) {
    Bytes out;
    encode_log({Level::error, LogStream::wsgi_errors, "app.py", 3, text}, out);
    return send(FrameType::log, out);
  }
  // HEAD, one DATA, END: a whole answer.
  bool answer(std::string_view text) { return head() && data(text, kDataLast) && end(); }
  int fd() const { return socket_.get(); }

 private:
  void renew() { channel_.emplace(socket_.get(), buffer_, Peer::child); }
  Fd socket_;
  ReceiveBuffer buffer_;
  std::optional<Channel> channel_;
  Frame frame_;
};

class FakeGroup {
 public:
  using Serve = std::function<void(Fd connection, const HandOver& message)>;

  explicit FakeGroup(std::uint16_t slots = 1, std::uint32_t threads = 4,
                     std::uint32_t backlog = 100) {
    PageShape shape;
    shape.slots = slots;
    shape.threads = threads;
    shape.backlog = backlog;
    auto made = Page::create("test", shape, SettingsHash{1});
    EXPECT_TRUE(made);
    page = std::move(*made);
    for (int k = 0; k < slots; ++k) {
      auto pair = make_handover_pair(threads);
      EXPECT_TRUE(pair);
      pairs.push_back(std::move(*pair));
    }
    occupants_.resize(slots);
  }
  ~FakeGroup() {
    for (std::size_t k = 0; k < occupants_.size(); ++k) stop(k);
  }

  // The slot becomes ready; each connection runs `serve` on a thread of its own, then the permit
  // is given back.
  void occupy(std::size_t slot, std::uint32_t generation, Serve serve) {
    stop(slot);
    auto& o = occupants_[slot];
    o.wake.reset(::eventfd(0, EFD_CLOEXEC));
    o.thread = std::thread([this, slot, serve, wake = o.wake.get()] { watch(slot, wake, serve); });
    set_ready(page, slot, generation);
  }
  void stop(std::size_t slot) {
    auto& o = occupants_[slot];
    if (!o.thread.joinable()) return;
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(o.wake.get(), &one, sizeof one), 8);
    o.thread.join();
  }
  GroupEnds ends() const {
    GroupEnds ends{&page, {}};
    for (const auto& pair : pairs) ends.sending.push_back(pair.sending.get());
    return ends;
  }

  Page page;
  std::vector<HandOverPair> pairs;

 private:
  struct Occupant {
    Fd wake;
    std::thread thread;
  };
  void watch(std::size_t slot, int wake, const Serve& serve) {
    std::vector<std::thread> conversations;
    for (;;) {
      pollfd fds[2] = {{pairs[slot].receiving.get(), POLLIN, 0}, {wake, POLLIN, 0}};
      ::poll(fds, 2, -1);
      if (fds[1].revents) break;
      auto got = receive_handover(pairs[slot].receiving.get());
      if (got.got != HandOverGot::connection) continue;
      conversations.emplace_back(
          [this, slot, &serve, message = got.message, fd = got.connection.release()] {
            serve(Fd(fd), message);
            give_back(page, {static_cast<std::uint16_t>(slot), message.generation});
          });
    }
    for (auto& one : conversations) one.join();
  }
  std::deque<Occupant> occupants_;
};

}  // namespace wsgi::test
