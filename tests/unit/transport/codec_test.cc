// SPDX-License-Identifier: Apache-2.0
// Every codec: round trip, refusal of each truncation, and garbage that must not be believed.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "transport/boot.h"
#include "transport/control.h"
#include "transport/head_codec.h"

namespace wsgi::transport {
namespace {

Bytes bytes_of(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  return {first, first + size};
}

// `accepts` must be true for the whole and false for each shorter part.
void refuse_truncations(const Bytes& whole, const std::function<bool(ByteView)>& accepts) {
  EXPECT_TRUE(accepts(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own, so that a sanitizer sees each byte read beyond it.
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(accepts(part)) << "cut to " << size << " of " << whole.size();
  }
}

// Nothing to expect but that a decoder survives: sanitizers judge.
void feed_garbage(Bytes seed, const std::function<void(ByteView)>& decode) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    Bytes changed = seed;
    for (int k = 0; k < 3 && !changed.empty(); ++k) {
      changed[random() % changed.size()] = static_cast<std::byte>(random());
    }
    decode(changed);
  }
}

struct RequestFixture {
  std::vector<EnvVar> variables = {{Atom::REQUEST_METHOD, {}, "GET"},
                                   {Atom::none, "HTTP_X_OTHER", "v\xe9"},
                                   {Atom::QUERY_STRING, {}, ""}};
  RequestHead head;
  RequestFixture() {
    head.variables = variables;
    head.target = {"/srv/a.wsgi", "application", "grp", "", "/srv/a.wsgi"};
    head.content_length = 12;
    head.flags = kReloading | kHttps;
    head.log_level = Level::info;
    head.timings = {10, 20, 0};
    head.connects = 1;
    head.rejections = 2;
    head.server_pid = 3;
    head.request_id = "rid";
    head.connection_id = "cid";
  }
};

TEST(FrameHeader, AcceptsEachTypeFromItsSideOnly) {
  for (int type = 0; type < 256; ++type) {
    for (Peer from : {Peer::child, Peer::daemon}) {
      FrameHeader header{};
      header.type = static_cast<std::uint8_t>(type);
      const bool child = type == 1 || type == 2;
      const bool daemon = type >= 16 && type <= 22;
      const std::uint32_t least[] = {0, 1, 10, 0, 16, 8, 40};
      header.length = type == 1 ? 48 : daemon ? least[type - 16] : 0;
      const Bytes bytes = bytes_of(&header, sizeof header);
      EXPECT_EQ(static_cast<bool>(decode_header(bytes, from)), from == Peer::child ? child : daemon)
          << type;
    }
  }
}

TEST(FrameHeader, RefusesLimitsFlagsAndReservedBits) {
  const auto accepts = [](FrameType type, std::uint8_t flags, std::uint32_t length,
                          std::uint16_t zero, Peer from) {
    FrameHeader header{length, static_cast<std::uint8_t>(type), flags, zero};
    return static_cast<bool>(decode_header(bytes_of(&header, sizeof header), from));
  };
  EXPECT_TRUE(accepts(FrameType::data, kDataLast, kMaxData, 0, Peer::daemon));
  EXPECT_FALSE(accepts(FrameType::data, 0, kMaxData + 1, 0, Peer::daemon));
  EXPECT_FALSE(accepts(FrameType::data, 2, 1, 0, Peer::daemon));
  EXPECT_FALSE(accepts(FrameType::data, 0, 1, 1, Peer::daemon));
  EXPECT_FALSE(accepts(FrameType::end, 0, 41, 0, Peer::daemon));
  EXPECT_FALSE(accepts(FrameType::request, 0, kMaxRequest + 1, 0, Peer::child));
  EXPECT_FALSE(accepts(FrameType::request, 8, 48, 0, Peer::child));
  EXPECT_TRUE(accepts(FrameType::body, kBodyLast | kBodyFailed, 1, 0, Peer::child));
  EXPECT_FALSE(accepts(FrameType::body, kBodyFailed, 1, 0, Peer::child));
  EXPECT_FALSE(accepts(FrameType::body, kBodyLast | kBodyFailed, 2, 0, Peer::child));
  EXPECT_FALSE(accepts(FrameType::body, kBodyLast | kBodyAbandoned, 1, 0, Peer::child));
  EXPECT_FALSE(
      accepts(FrameType::body, kBodyLast | kBodyFailed | kBodyAbandoned, 1, 0, Peer::child));
}

TEST(RequestCodec, RoundTrip) {
  RequestFixture f;
  Bytes bytes;
  ASSERT_TRUE(encode_request(f.head, bytes));
  const auto body = as_bytes("inline body");
  bytes.insert(bytes.end(), body.begin(), body.end());
  DecodedRequest got;
  ASSERT_TRUE(decode_request(bytes, got));
  EXPECT_EQ(as_text(got.rest), "inline body");
  ASSERT_EQ(got.head.variables.size(), 3u);
  EXPECT_EQ(got.head.variables[0].atom, Atom::REQUEST_METHOD);
  EXPECT_EQ(got.head.variables[0].value, "GET");
  EXPECT_EQ(got.head.variables[1].name, "HTTP_X_OTHER");
  EXPECT_EQ(got.head.variables[1].value, "v\xe9");
  EXPECT_EQ(got.head.variables[2].value, "");
  EXPECT_EQ(got.head.target.script, "/srv/a.wsgi");
  EXPECT_EQ(got.head.target.callable, "application");
  EXPECT_EQ(got.head.target.process_group, "grp");
  EXPECT_EQ(got.head.target.application_group, "");
  EXPECT_EQ(got.head.content_length, 12u);
  EXPECT_EQ(got.head.flags, kReloading | kHttps);
  EXPECT_EQ(got.head.log_level, Level::info);
  EXPECT_EQ(got.head.timings.queue_us, 20u);
  EXPECT_EQ(got.head.rejections, 2u);
  EXPECT_EQ(got.head.server_pid, 3u);
  EXPECT_EQ(got.head.request_id, "rid");
  EXPECT_EQ(got.head.connection_id, "cid");
}

TEST(RequestCodec, UnknownLengthAndEveryTruncation) {
  RequestFixture f;
  f.head.content_length.reset();
  Bytes bytes;
  ASSERT_TRUE(encode_request(f.head, bytes));
  DecodedRequest got;
  refuse_truncations(bytes, [&](ByteView part) {
    return static_cast<bool>(decode_request(part, got)) && !got.head.content_length;
  });
  feed_garbage(bytes, [&](ByteView part) { (void)decode_request(part, got); });
}

TEST(RequestCodec, RefusesMoreThan16MiB) {
  RequestFixture f;
  const std::string large(16 * 1024 * 1024, 'x');
  f.variables[1].value = large;
  Bytes bytes;
  const auto status = encode_request(f.head, bytes);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().id, ErrorId::conn_send);
}

TEST(RequestCodec, DoesNotAllocateForAClaimedCount) {
  RequestFixture f;
  Bytes bytes;
  ASSERT_TRUE(encode_request(f.head, bytes));
  const std::uint32_t claimed = 0xffffffff;
  std::memcpy(bytes.data() + offsetof(RequestFixed, variables), &claimed, sizeof claimed);
  DecodedRequest got;
  EXPECT_FALSE(decode_request(bytes, got));
  EXPECT_EQ(got.variables.capacity(), 0u);
}

TEST(HeadCodec, RoundTripTruncationGarbage) {
  const Header headers[] = {{"Content-Type", "text/html"}, {"Set-Cookie", ""}};
  Bytes bytes;
  ASSERT_TRUE(encode_head({404, "Not Found", headers}, bytes));
  DecodedHead got;
  ASSERT_TRUE(decode_head(bytes, 0, got));
  EXPECT_EQ(got.head.status, 404);
  EXPECT_EQ(got.head.reason, "Not Found");
  ASSERT_EQ(got.head.headers.size(), 2u);
  EXPECT_EQ(got.head.headers[0].name, "Content-Type");
  EXPECT_EQ(got.head.headers[1].value, "");
  refuse_truncations(bytes,
                     [&](ByteView part) { return static_cast<bool>(decode_head(part, 0, got)); });
  feed_garbage(bytes, [&](ByteView part) { (void)decode_head(part, 8192, got); });
}

TEST(HeadCodec, RefusesWhatCouldForgeAHeader) {
  DecodedHead got;
  for (std::string_view bad :
       {std::string_view("a\nb"), std::string_view("a\rb"), std::string_view("a\0b", 3)}) {
    const Header value[] = {{"X", bad}};
    const Header name[] = {{bad, "v"}};
    for (const ResponseHead& head : {ResponseHead{200, "OK", value}, ResponseHead{200, "OK", name},
                                     ResponseHead{200, bad, {}}}) {
      Bytes bytes;
      ASSERT_TRUE(encode_head(head, bytes));
      const auto status = decode_head(bytes, 0, got);
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().id, ErrorId::resp_malformed);
    }
  }
  for (std::uint16_t status : {100, 199, 1000}) {
    Bytes bytes;
    ASSERT_TRUE(encode_head({status, "OK", {}}, bytes));
    EXPECT_FALSE(decode_head(bytes, 0, got)) << status;
  }
  for (std::uint16_t status : {0, 99, 200, 999}) {
    Bytes bytes;
    ASSERT_TRUE(encode_head({status, "OK", {}}, bytes));
    EXPECT_TRUE(decode_head(bytes, 0, got)) << status;
  }
}

TEST(HeadCodec, NamesTheHeaderThatIsTooLong) {
  const std::string value(100, 'v');
  const Header headers[] = {{"X-Long", value}};
  Bytes bytes;
  ASSERT_TRUE(encode_head({200, "OK", headers}, bytes));
  DecodedHead got;
  EXPECT_TRUE(decode_head(bytes, 108, got));
  const auto status = decode_head(bytes, 107, got);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().id, ErrorId::resp_toolong);
  EXPECT_NE(status.error().text.find("'X-Long'"), std::string::npos);
}

TEST(SmallFrames, RoundTripAndTruncation) {
  Bytes log;
  encode_log({Level::info, LogStream::stdout_, "app.py", 7, "text"}, log);
  const auto record = decode_log(log);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->level, Level::info);
  EXPECT_EQ(record->stream, LogStream::stdout_);
  EXPECT_EQ(record->file, "app.py");
  EXPECT_EQ(record->line, 7u);
  EXPECT_EQ(record->text, "text");

  Bytes end;
  encode_end({OutcomeCode::expired, 1, 2, 3, 4, 5}, end);
  EXPECT_EQ(end.size(), 40u);
  refuse_truncations(end, [](ByteView part) { return static_cast<bool>(decode_end(part)); });
  const auto outcome = decode_end(end);
  EXPECT_EQ(outcome->code, OutcomeCode::expired);
  EXPECT_EQ(outcome->cpu_us, 5u);

  Bytes file;
  encode_file({8, 9}, file);
  refuse_truncations(file, [](ByteView part) { return static_cast<bool>(decode_file(part)); });
  EXPECT_EQ(decode_file(file)->length, 9u);
}

TEST(SmallFrames, ClampsWhatIsUnknown) {
  Bytes log;
  encode_log({Level::info, LogStream::message, "", 0, "t"}, log);
  log[0] = log[1] = std::byte{200};
  const auto record = decode_log(log);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->level, Level::trace8);
  EXPECT_EQ(record->stream, LogStream::message);
  Bytes end;
  encode_end({}, end);
  end[0] = std::byte{99};
  EXPECT_EQ(decode_end(end)->code, OutcomeCode::internal);
}

TEST(Control, RoundTripTruncationGarbage) {
  const ControlMessage to_supervisor[] = {FailedMessage{StartStep::exec, 2, "text"},
                                          ReadyMessage{kIpcVersion, 1, "3.11.2", "0.1.0"},
                                          LogRecord{Level::error, LogStream::stderr_, "f", 1, "t"},
                                          LoadedMessage{"/a.wsgi", "grp"},
                                          RecycleMessage{Cause::restart_interval, 3},
                                          LeavingMessage{Cause::script_reload, 1, 5000},
                                          ScoreMessage{}};
  const ControlMessage to_daemon[] = {DrainMessage{Cause::stop, 5000}, DumpMessage{},
                                      ScoredMessage{}};
  const auto check = [](const ControlMessage& message, Peer from) {
    Bytes bytes;
    encode_control(message, bytes);
    const auto got = decode_control(bytes, from);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->index(), message.index());
    EXPECT_FALSE(decode_control(bytes, from == Peer::child ? Peer::daemon : Peer::child));
    refuse_truncations(
        bytes, [&](ByteView part) { return static_cast<bool>(decode_control(part, from)); });
    feed_garbage(bytes, [&](ByteView part) { (void)decode_control(part, from); });
  };
  for (const auto& message : to_supervisor) check(message, Peer::daemon);
  for (const auto& message : to_daemon) check(message, Peer::child);
}

TEST(Control, FitsItsLimitWhateverTheTexts) {
  const std::string large(100'000, 'x');
  for (const ControlMessage& message :
       {ControlMessage{FailedMessage{StartStep::exec, 2, large}},
        ControlMessage{ReadyMessage{1, 0, large, large}},
        ControlMessage{LoadedMessage{large, large}},
        ControlMessage{LogRecord{Level::error, LogStream::message, large, 1, large}}}) {
    Bytes bytes;
    encode_control(message, bytes);
    EXPECT_LE(bytes.size(), kMaxControl);
    EXPECT_TRUE(decode_control(bytes, Peer::daemon));
  }
}

TEST(Control, NamesEveryCauseAndStep) {
  for (int k = 0; k < kCauseCount; ++k) EXPECT_FALSE(cause_name(static_cast<Cause>(k)).empty());
  EXPECT_EQ(cause_name(Cause::memory), "memory");
  EXPECT_EQ(start_step_name(StartStep::threads), "threads");
}

TEST(Boot, RoundTripThroughAMemfdAndTruncation) {
  BootRecord record;
  record.options.name = "site";
  record.options.groups = {4, 5};
  record.options.environment_files = {"/a", "/b"};
  record.options.switch_interval = 0.25;
  record.python.hash_seed = 7;
  record.python.containers.emplace_back().python_path = "/x";
  record.slot = 2;
  record.generation = 9;
  record.shape.slots = 3;
  record.imports = {{"/i.py", "g"}};
  record.log_level = Level::debug;
  record.case_sensitive = false;
  record.apache.version = "2.4.71";
  auto fd = write_boot(record);
  ASSERT_TRUE(fd);
  EXPECT_NE(::write(fd->get(), "x", 1), 1) << "the record is not sealed";
  const auto got = read_boot(fd->get());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->options, record.options);
  EXPECT_EQ(got->python, record.python);
  EXPECT_EQ(got->slot, 2u);
  EXPECT_EQ(got->generation, 9u);
  EXPECT_EQ(got->shape.slots, 3);
  EXPECT_EQ(got->imports, record.imports);
  EXPECT_EQ(got->log_level, Level::debug);
  EXPECT_FALSE(got->case_sensitive);
  EXPECT_EQ(got->apache.version, "2.4.71");

  Bytes bytes;
  encode_boot(record, bytes);
  refuse_truncations(bytes, [](ByteView part) { return static_cast<bool>(decode_boot(part)); });
  feed_garbage(bytes, [](ByteView part) { (void)decode_boot(part); });
}

}  // namespace
}  // namespace wsgi::transport
