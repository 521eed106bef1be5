// SPDX-License-Identifier: Apache-2.0
// init: what it recognises, that what it writes is valid, and that it overwrites nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core_support.h"
#include "json/json.h"
#include "project/definition_text.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Init : public testing::Test {
 protected:
  Init() {
    char name[] = "/tmp/wsgictl-init.XXXXXX";
    top_ = ::mkdtemp(name);
    folder_ = top_ + "/shop";
    fs::create_directory(folder_);
  }
  ~Init() override { fs::remove_all(top_); }

  void put(const std::string& name, const std::string& text = "") {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string get(const std::string& name) {
    std::ifstream in(folder_ + "/" + name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  // Runs init, and validates and renders what it wrote, which must succeed.
  std::string yaml() {
    const Ran ran = run({"init", folder_, "--at", "/srv/shop", "--user", "shop"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    told_ = ran.err;
    const Ran valid = run({"validate", folder_ + "/wsgictl.yaml", "--target", "debian-12"});
    EXPECT_EQ(valid.code, 0) << valid.err;
    EXPECT_EQ(valid.err.find("warning"), std::string::npos) << valid.err;
    EXPECT_EQ(run({"render", folder_ + "/wsgictl.yaml", "--target", "debian-12"}).code, 0);
    return get("wsgictl.yaml");
  }

  std::string top_, folder_, told_;
};

TEST_F(Init, DjangoWithItsEnvironmentAndStaticFiles) {
  put("manage.py",
      "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop_site.settings')\n");
  put("shop_site/wsgi.py", "application = get_wsgi_application()\n");
  put("shop_site/settings.py", "STATIC_URL = 'assets/'\nSTATIC_ROOT = BASE_DIR / 'collected'\n");
  put("venv/pyvenv.cfg", "home = /gone/bin\nversion = 3.11.2\n");
  const std::string text = yaml();
  EXPECT_THAT(text, HasSubstr("script: /srv/shop/shop_site/wsgi.py\n"));
  EXPECT_THAT(text, HasSubstr("home: /srv/shop/venv\n"));
  EXPECT_THAT(text, HasSubstr("path: [/srv/shop]\n"));
  EXPECT_THAT(text, HasSubstr("DJANGO_SETTINGS_MODULE: shop_site.settings\n"));
  EXPECT_THAT(text, HasSubstr("/assets: {directory: /srv/shop/collected"));
  EXPECT_THAT(told_, HasSubstr("Django"));
  EXPECT_THAT(told_, HasSubstr("manage.py sets it"));
  EXPECT_THAT(told_, HasSubstr("/gone/bin, is not on this machine"));
}

TEST_F(Init, DjangoBelowAndWithoutItsScript) {
  put("src/manage.py", "os.environ[\"DJANGO_SETTINGS_MODULE\"] = \"conf.base\"\n");
  const std::string text = yaml();
  EXPECT_THAT(text, HasSubstr("script: /srv/shop/src/shop.wsgi\n"));
  EXPECT_THAT(text, HasSubstr("path: [/srv/shop/src]\n"));
  EXPECT_THAT(get("src/shop.wsgi"), HasSubstr("get_wsgi_application()"));
}

TEST_F(Init, FlaskObject) {
  put("shop/__init__.py", "import flask\nweb = flask.Flask(__name__)\n");
  put("shop/static/x.css");
  put("requirements.txt", "flask\n");
  const std::string text = yaml();
  EXPECT_THAT(text, HasSubstr("module: shop\n"));
  EXPECT_THAT(text, HasSubstr("callable: web\n"));
  EXPECT_THAT(text, HasSubstr("/static: {directory: /srv/shop/shop/static"));
  EXPECT_THAT(told_, HasSubstr("requirements.txt is there, but no environment"));
}

TEST_F(Init, FlaskFactory) {
  put("src/shop/__init__.py", "def create_app(test=None):\n    app = Flask(__name__)\n");
  const std::string text = yaml();
  EXPECT_THAT(text, HasSubstr("script: /srv/shop/shop.wsgi\n"));
  EXPECT_THAT(text, HasSubstr("path: [/srv/shop/src]\n"));
  EXPECT_EQ(get("shop.wsgi"), "from shop import create_app\n\napplication = create_app()\n");
}

TEST_F(Init, FlaskFactoryThatSomethingCalls) {
  put("shop/__init__.py", "def create_app():\n    app = Flask(__name__)\n");
  put("wsgi.py", "from shop import create_app\napp = create_app()\n");
  const std::string text = yaml();
  EXPECT_THAT(text, HasSubstr("module: wsgi\n"));
  EXPECT_THAT(text, HasSubstr("callable: app\n"));
}

TEST_F(Init, Pyramid) {
  put("production.ini", "[app:main]\nuse = egg:shop\n");
  EXPECT_THAT(yaml(), HasSubstr("script: /srv/shop/shop.wsgi\n"));
  EXPECT_THAT(get("shop.wsgi"), HasSubstr("with_name(\"production.ini\")"));
}

TEST_F(Init, PlainCallable) {
  put("hello.py", "def application(environ, start_response):\n    pass\n");
  EXPECT_THAT(yaml(), HasSubstr("module: hello\n"));
}

TEST_F(Init, OwnScriptGoesFirst) {
  put("hello.py", "app = Flask(__name__)\n");
  put("site.wsgi", "from hello import app as application\n");
  EXPECT_THAT(yaml(), HasSubstr("script: /srv/shop/site.wsgi\n"));
  EXPECT_THAT(told_, HasSubstr("goes before what was guessed above"));
}

TEST_F(Init, OverwritesNothingUnlessTold) {
  put("hello.wsgi");
  put("wsgictl.yaml", "mine\n");
  const Ran ran = run({"init", folder_, "--at", "/srv/shop"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("exists"));
  EXPECT_EQ(get("wsgictl.yaml"), "mine\n");
  EXPECT_EQ(run({"init", folder_, "--at", "/srv/shop", "--force"}).code, 0);
  EXPECT_THAT(get("wsgictl.yaml"), HasSubstr("version: 1"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/wsgictl.yaml.new"));
}

TEST_F(Init, ForceReplacesAsAWhole) {
  put("hello.wsgi");
  put("other", "theirs\n");
  std::filesystem::create_symlink("other", folder_ + "/wsgictl.yaml");
  put("wsgictl.yaml.new", "half\n");
  const Ran ran = run({"init", folder_, "--at", "/srv/shop", "--force"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("wsgictl.yaml.new\" exists"));
  std::filesystem::remove(folder_ + "/wsgictl.yaml.new");
  EXPECT_EQ(run({"init", folder_, "--at", "/srv/shop", "--force"}).code, 0);
  EXPECT_FALSE(std::filesystem::is_symlink(folder_ + "/wsgictl.yaml"));
  EXPECT_EQ(get("other"), "theirs\n");
}

TEST_F(Init, WritesNothingThatIsNotValid) {
  EXPECT_EQ(run({"init", folder_}).code, 1);  // no application
  put("hello.wsgi");
  EXPECT_EQ(run({"init", folder_, "--server-name", "not a name"}).code, 1);
  EXPECT_EQ(run({"init", folder_, "--at", "srv"}).code, 2);
  EXPECT_EQ(run({"init", folder_ + "/none"}).code, 2);
  EXPECT_FALSE(fs::exists(folder_ + "/wsgictl.yaml"));
}

TEST_F(Init, PrintsAndAnswersInJson) {
  put("hello.wsgi");
  const Ran text = run({"init", folder_, "--at", "/srv/shop", "-o", "-", "-q"});
  EXPECT_EQ(text.err, "");
  EXPECT_THAT(text.out, HasSubstr("script: /srv/shop/hello.wsgi\n"));
  const Ran json = run({"init", folder_, "--at", "/srv/shop", "-o", "-", "--format", "json"});
  const auto answer = parse_json(json.out);
  EXPECT_EQ(answer["framework"], "WSGI");
  EXPECT_EQ(answer["files"][0]["content"], text.out);
  EXPECT_FALSE(fs::exists(folder_ + "/wsgictl.yaml"));
}

TEST(InitNames, AreMadeFromFoldersAndQuotedWhereNeeded) {
  EXPECT_EQ(project::app_name("/srv/My Shop_2.0"), "my-shop-2-0");
  EXPECT_EQ(project::app_name("/"), "app");
  EXPECT_EQ(project::scalar("true"), "\"true\"");
  EXPECT_EQ(project::scalar("/srv/a b"), "\"/srv/a b\"");
  EXPECT_EQ(project::scalar("3.10"), "\"3.10\"");
}

}  // namespace
}  // namespace wsgictl::test
