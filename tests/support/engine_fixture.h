// SPDX-License-Identifier: Apache-2.0
// One Engine per test program, a scratch folder and a fresh script per test. A test writes Python
// source, serves requests with it and looks at outcome, response and log.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "support/list_log.h"
#include "support/memory_exchange.h"

namespace wsgi::test {

// Started at first use by the program's main thread, ended when the program ends.
class Python : public testing::Environment {
 public:
  static Python& get() {
    static auto* python = [] {
      auto* made = new Python;
      testing::AddGlobalTestEnvironment(made);
      return made;
    }();
    return *python;
  }
  engine::Engine& engine() {
    if (engine_) return *engine_;
    auto started = engine::Engine::start(std::move(options), log);
    if (!started) {
      std::fprintf(stderr, "%s\n", describe(started.error()).c_str());
      std::abort();
    }
    engine_ = std::move(*started);
    return *engine_;
  }
  void TearDown() override {
    if (engine_) engine_->finish();
  }

  engine::EngineOptions options;
  ListLog log;

 private:
  std::unique_ptr<engine::Engine> engine_;
};
inline Python& g_python = Python::get();

// One request and all that came of it.
struct Exchange {
  std::vector<std::pair<std::string, std::string>> environ = {{"REQUEST_METHOD", "GET"}};
  MemoryBody body;
  MemorySink sink;
  ListLog log;
  Outcome outcome;
  std::uint32_t flags = 0;
  std::optional<std::uint64_t> content_length;
  std::string callable = "application";
  std::string group;
};

class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    auto pattern = std::filesystem::temp_directory_path() / "wsgi-engine-XXXXXX";
    std::string path = pattern.string();
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
    script_ = folder_ / "app.wsgi";
    python().log.clear();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Python& python() { return Python::get(); }
  static engine::Engine& engine() { return python().engine(); }

  void script(const std::string& source) { std::ofstream(script_) << source; }

  Exchange& serve(Exchange& x) {
    std::vector<EnvVar> variables;
    for (const auto& [name, value] : x.environ) variables.push_back(variable(name, value));
    std::string path = script_.string();
    RequestHead head;
    head.variables = variables;
    head.target = {path, x.callable, python().options.process_group, x.group, path};
    head.content_length = x.content_length;
    head.flags = x.flags;
    head.request_id = "id-1";
    x.outcome = engine().run(head, x.body, x.sink, x.log);
    return x;
  }
  std::unique_ptr<Exchange> serve() {
    auto x = std::make_unique<Exchange>();
    serve(*x);
    return x;
  }
  std::unique_ptr<Exchange> serve(const std::string& source) {
    script(source);
    return serve();
  }

  static EnvVar variable(std::string_view name, std::string_view value) {
    for (std::size_t i = 1; i < kAtomLimit; ++i) {
      if (kAtomNames[i] == name) return {static_cast<Atom>(i), {}, value};
    }
    return {Atom::none, name, value};
  }

  std::filesystem::path folder_, script_;
};

}  // namespace wsgi::test
