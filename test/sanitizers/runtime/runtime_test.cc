// Calls on their way from the JavaScript thread to a pool thread and back, and what becomes of them when the
// environment ends.

#include "../../../native/js/runtime.h"

#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "../harness/test.h"
#include "../node-api/environment.h"
#include "../stand-in/controls.h"
#include "../threads/gate.h"

namespace runtime {

namespace {

using threads::Gate;

struct Books {
  std::atomic<int> made{0};
  std::atomic<int> called{0};
  std::atomic<int> destroyed{0};
  int settled = 0;  // on the JavaScript thread
};

class TestJob final : public sspi::Job {
 public:
  TestJob(
      const std::shared_ptr<sspi::Runtime>& runtime, Books& books, std::function<void()> body = [] {},
      std::function<void()> afterwards = [] {})
      : Job(runtime), books_(books), body_(std::move(body)), afterwards_(std::move(afterwards)) {
    ++books_.made;
  }
  ~TestJob() override { ++books_.destroyed; }

  void call() noexcept override {
    EXPECT(std::this_thread::get_id() != javaScript_);
    ++books_.called;
    body_();
  }

  void settle(Napi::Env /*env*/) override {
    EXPECT(std::this_thread::get_id() == javaScript_);
    ++books_.settled;
    afterwards_();
  }

 private:
  const std::thread::id javaScript_ = std::this_thread::get_id();
  Books& books_;
  std::function<void()> body_;
  std::function<void()> afterwards_;
};

// An environment with a runtime; `close` is what the addon's cleanup hook does.
class Setting {
 public:
  void start(std::function<void()> body = [] {}, std::function<void()> afterwards = [] {}) {
    runtime->start(std::make_unique<TestJob>(runtime, books, std::move(body), std::move(afterwards)));
  }
  void settleAll() {
    while (books.settled < books.made && environment->turn()) {
    }
  }
  void end() {
    runtime->close();
    environment.reset();
    runtime.reset();
  }
  ~Setting() {
    if (runtime) end();
  }

  Books books;
  std::unique_ptr<Environment> environment = std::make_unique<Environment>();
  std::shared_ptr<sspi::Runtime> runtime = std::make_shared<sspi::Runtime>(environment->get());
};

TEST("runtime: a call is made off the JavaScript thread, settled on it, and the process stays until then") {
  Setting setting;
  EXPECT(!setting.environment->staysAlive());
  Gate gate;
  setting.start([&gate] { gate.pass(); });
  EXPECT(setting.environment->staysAlive());
  EXPECT_EQ(setting.books.settled, 0);
  gate.open();
  setting.settleAll();
  EXPECT_EQ(setting.books.called.load(), 1);
  EXPECT_EQ(setting.books.settled, 1);
  EXPECT_EQ(setting.books.destroyed.load(), 1);
  EXPECT(!setting.environment->staysAlive());
}

TEST("runtime: every one of many calls is settled once, whether watched for or not") {
  Setting setting;
  std::mt19937 random(1);
  for (int i = 0; i < 1500; ++i) {
    const auto microseconds = std::chrono::microseconds(random() % 3 == 0 ? random() % 150 : 0);
    setting.start([microseconds] {
      if (microseconds.count() > 0) std::this_thread::sleep_for(microseconds);
    });
    if (random() % 4 == 0) setting.settleAll();
  }
  setting.settleAll();
  EXPECT_EQ(setting.books.called.load(), 1500);
  EXPECT_EQ(setting.books.settled, 1500);
  EXPECT(!setting.environment->staysAlive());
}

TEST("runtime: settling one call may start the next") {
  Setting setting;
  int left = 500;
  std::function<void()> next = [&] {
    if (left-- > 0) setting.start([] {}, next);
  };
  next();
  setting.settleAll();
  EXPECT_EQ(setting.books.settled, 500);
  EXPECT(!setting.environment->staysAlive());
}

TEST("runtime: a call that is alone and short is settled before start() returns") {
  standin::setClock(0);  // any call is short
  Setting setting;
  for (int i = 1; i <= 100; ++i) {
    setting.start([] { std::this_thread::sleep_for(std::chrono::microseconds(100)); });
    EXPECT_EQ(setting.books.settled, i);
    EXPECT(!setting.environment->staysAlive());
  }
}

TEST("runtime: a call is not watched for beside another, nor with several handshakes under way") {
  standin::setClock(0);
  Setting setting;
  for (int i = 0; i < 3; ++i) setting.runtime->handshakeBegan();
  setting.start();
  EXPECT_EQ(setting.books.settled, 0);
  setting.settleAll();
  EXPECT_EQ(setting.books.settled, 1);
  setting.runtime->handshakeEnded();
  setting.start();
  EXPECT_EQ(setting.books.settled, 2);
  setting.runtime->handshakeBegan();
  setting.start();
  setting.runtime->handshakeEnded();
  setting.start();
  EXPECT_EQ(setting.books.settled, 2);
  setting.settleAll();
  for (int i = 0; i < 2; ++i) setting.runtime->handshakeEnded();
}

TEST("runtime: what finishes soon after another is settled in the same turn of the event loop") {
  standin::setClock(0);
  Setting setting;
  for (int i = 0; i < 3; ++i) setting.runtime->handshakeBegan();
  Gate gate;
  setting.start([&gate] { gate.pass(); });
  setting.start([] {}, [&gate] { gate.open(); });
  EXPECT(setting.environment->turn());
  EXPECT_EQ(setting.books.settled, 2);
  EXPECT(!setting.environment->staysAlive());
}

TEST("runtime: a turn of the event loop is not kept for what takes longer") {
  standin::setClock(100);
  Setting setting;
  for (int i = 0; i < 3; ++i) setting.runtime->handshakeBegan();
  Gate gate;
  setting.start([&gate] { gate.pass(); });
  setting.start();
  EXPECT(setting.environment->turn());
  EXPECT_EQ(setting.books.settled, 1);
  EXPECT(setting.environment->staysAlive());
  gate.open();
  setting.settleAll();
  EXPECT_EQ(setting.books.settled, 2);
}

TEST("runtime: many calls that have finished share the event loop with others") {
  standin::setClock(1000);
  Setting setting;
  for (int i = 0; i < 3; ++i) setting.runtime->handshakeBegan();
  for (int i = 0; i < 30; ++i) setting.start();
  EXPECT(threads::until([&] { return setting.books.called == 30; }));
  std::vector<int> settled;
  while (setting.books.settled < 30 && setting.environment->turn()) settled.push_back(setting.books.settled);
  EXPECT_EQ(settled.size(), size_t{8});
  EXPECT_EQ(settled.front(), 4);
}

TEST("runtime: a call for which there is no thread is settled without having been made") {
  Setting setting;
  standin::refuseThreads(true);
  for (int i = 0; i < 3; ++i) setting.start();
  setting.settleAll();
  EXPECT_EQ(setting.books.called.load(), 0);
  EXPECT_EQ(setting.books.settled, 3);
  EXPECT(!setting.environment->staysAlive());
}

TEST("runtime: what the environment's end finds running goes on, and is settled no more") {
  Setting setting;
  Gate gate;
  for (int i = 0; i < 2; ++i) setting.start([&gate] { gate.pass(); });
  EXPECT(threads::until([&] { return setting.books.called == 2; }));
  setting.end();
  EXPECT_EQ(setting.books.destroyed.load(), 0);
  gate.open();
  EXPECT(threads::until([&] { return setting.books.destroyed == 2; }));
  EXPECT_EQ(setting.books.settled, 0);
}

TEST("runtime: what the environment's end finds waiting is not begun any more") {
  standin::setPace(0.0001);  // no standstill is seen to
  Setting setting;
  Gate gate;
  for (int i = 0; i < 30; ++i) setting.start([&gate] { gate.pass(); });
  EXPECT(threads::until([&] { return setting.books.called == 2; }));
  setting.end();
  gate.open();
  EXPECT(threads::until([&] { return setting.books.destroyed == 30; }));
  EXPECT_EQ(setting.books.called.load(), 2);
  EXPECT_EQ(setting.books.settled, 0);
}

TEST("runtime: what the environment's end finds finished is let go") {
  Setting setting;
  for (int i = 0; i < 3; ++i) setting.runtime->handshakeBegan();
  for (int i = 0; i < 30; ++i) setting.start();
  EXPECT(threads::until([&] { return setting.books.called == 30; }));
  setting.end();
  EXPECT(threads::until([&] { return setting.books.destroyed == 30; }));
  EXPECT_EQ(setting.books.settled, 0);
}

TEST("runtime: the environment may end at any moment") {
  std::mt19937 random(1);
  for (int i = 0; i < 150; ++i) {
    Setting setting;
    const int calls = static_cast<int>(random() % 8);
    for (int call = 0; call < calls; ++call) {
      const auto microseconds = std::chrono::microseconds(random() % 100);
      setting.start([microseconds] { std::this_thread::sleep_for(microseconds); });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
    if (random() % 2 == 0) setting.environment->turn(std::chrono::milliseconds(0));
    setting.end();
    EXPECT(threads::until([&] { return setting.books.destroyed == setting.books.made; }));
    EXPECT(setting.books.settled <= setting.books.called);
  }
}

TEST("runtime: what is released goes on a pool thread; after the environment's end, at once") {
  Setting setting;
  std::atomic<bool> gone{false};
  std::thread::id where;
  int something = 0;
  const auto hold = [&] {
    return std::shared_ptr<void>(&something, [&gone, &where](void*) {
      where = std::this_thread::get_id();
      gone = true;
    });
  };
  setting.runtime->releaseOnPool(hold());
  EXPECT(threads::until([&] { return gone.load(); }));
  EXPECT(where != std::this_thread::get_id());
  EXPECT(!setting.environment->staysAlive());
  gone = false;
  const std::shared_ptr<sspi::Runtime> runtime = setting.runtime;
  setting.end();
  runtime->releaseOnPool(hold());
  EXPECT(gone);
  EXPECT(where == std::this_thread::get_id());
}

TEST("runtime: what is released is not lost where there is no thread") {
  Setting setting;
  standin::refuseThreads(true);
  bool gone = false;
  int something = 0;
  setting.runtime->releaseOnPool(std::shared_ptr<void>(&something, [&gone](void*) { gone = true; }));
  EXPECT(gone);
}

}  // namespace

}  // namespace runtime
