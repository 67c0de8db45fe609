// Calls on their way from the JavaScript thread to a pool thread and back, and what becomes of them when the
// environment ends.

#include "../../../native/js/runtime.h"

#include <algorithm>
#include <array>
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

TEST("runtime: a call is not watched for beside another") {
  constexpr unsigned kLong = 300;  // microseconds, from one reading of the clock to the next
  standin::setClock(kLong);
  Setting setting;
  Gate gate;
  setting.start([&gate] { gate.pass(); });
  standin::setClock(0);
  setting.start();
  EXPECT_EQ(setting.books.settled, 0);
  EXPECT(setting.environment->turn());
  EXPECT_EQ(setting.books.settled, 1);
  setting.start();
  EXPECT_EQ(setting.books.settled, 1);
  gate.open();
  setting.settleAll();
  setting.start();
  EXPECT_EQ(setting.books.settled, 4);
}

TEST("runtime: a call is not watched for on a machine with one processor") {
  standin::setClock(0);
  standin::setProcessors(1);
  Setting setting;
  for (int i = 0; i < 20; ++i) {
    setting.start();
    EXPECT_EQ(setting.books.settled, i);
    setting.settleAll();
  }
}

TEST("runtime: where calls take long they are soon not watched for, and where they are brief again they soon are") {
  constexpr unsigned kLong = 300;  // microseconds, from one reading of the clock to the next
  Setting setting;
  standin::setClock(kLong);
  for (int i = 0; i < 8; ++i) {
    setting.start();
    setting.settleAll();
  }
  standin::setClock(0);
  int unwatched = 0;
  for (int i = 1; i <= 100; ++i) {
    setting.start();
    if (setting.books.settled < setting.books.made) ++unwatched;
    setting.settleAll();
  }
  EXPECT(unwatched >= 9);
  EXPECT(unwatched < 20);
}

TEST(
    "runtime: calls one after the other, each settled before start() returns, do not keep the event loop from "
    "turning") {
  standin::setClock(0);  // each costs the least
  constexpr int kMostInATurn = 2000;
  Setting setting;
  for (int turn = 0; turn < 3; ++turn) {
    const int before = setting.books.settled;
    do {
      setting.start();
    } while (setting.books.settled == setting.books.made);
    EXPECT(setting.books.settled - before > 1);
    EXPECT(setting.books.settled - before <= kMostInATurn);
    setting.settleAll();
  }
}

TEST("runtime: what ends while the loop is going to look wakes nobody, and is settled in the same turn") {
  Setting setting;
  Gate first;
  Gate second;
  setting.start([&first] { first.pass(); },
                [&] {
                  second.open();
                  EXPECT(threads::until([&] { return setting.runtime->load().atRest == 2; }));
                });
  setting.start([&second] { second.pass(); });
  first.open();
  EXPECT(setting.environment->turn());
  EXPECT_EQ(setting.books.settled, 2);
  EXPECT_EQ(setting.environment->wakeUps(), 1);
  EXPECT(!setting.environment->staysAlive());
}

TEST("runtime: a turn of the event loop is not kept for what takes longer") {
  Setting setting;
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

TEST("runtime: a call that settling another one starts is watched for when the loop looks again") {
  Setting setting;
  Gate gate;
  setting.start([&gate] { gate.pass(); },
                [&] { setting.start([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }); });
  standin::setClock(0);  // any call is short
  gate.open();
  EXPECT(setting.environment->turn());
  EXPECT_EQ(setting.books.settled, 2);
  EXPECT_EQ(setting.environment->wakeUps(), 1);
}

TEST("runtime: many calls that have ended share the event loop with others") {
  standin::setProcessors(1);
  Setting setting;
  for (int i = 0; i < 120; ++i) setting.start();
  const auto atRest = [&] { return setting.runtime->load().atRest == standin::threadsAlive(); };
  EXPECT(threads::until([&] { return setting.books.called == 120 && atRest(); }));
  // From one reading of the clock to the next: the second time that the loop looks, its turn has taken too long.
  standin::setClock(250);
  std::vector<int> settled;
  while (setting.books.settled < 120 && setting.environment->turn()) settled.push_back(setting.books.settled);
  // Of the first turn, both times that the loop was woken to look, and the immediate that the second one set.
  EXPECT_EQ(settled.size(), size_t{4});
  EXPECT_EQ(settled.at(0), 48);
  EXPECT_EQ(settled.at(1), 80);
  EXPECT_EQ(settled.at(2), 112);
  EXPECT_EQ(setting.environment->wakeUps(), 1);
}

TEST("runtime: after a turn that found nothing, the loop is woken again") {
  standin::setProcessors(1);
  Setting setting;
  for (int i = 1; i <= 20; ++i) {
    setting.start();
    setting.settleAll();
    while (setting.environment->turn(std::chrono::milliseconds(0))) {
    }
    EXPECT_EQ(setting.environment->wakeUps(), i);
  }
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

TEST("runtime: the oldest call is the first of those that are not settled, whichever others end") {
  constexpr unsigned kTick = 1000;  // microseconds, from one reading of the clock to the next
  standin::setClock(kTick);
  Setting setting;
  EXPECT(!setting.runtime->oldestCall());
  std::array<Gate, 3> gates;
  for (Gate& gate : gates) setting.start([&gate] { gate.pass(); });
  standin::setClock(1);
  const auto settle = [&](size_t which) {
    const int before = setting.books.settled;
    gates.at(which).open();
    while (setting.books.settled == before && setting.environment->turn()) {
    }
  };
  settle(1);  // from the middle of the list
  const int64_t first = setting.runtime->oldestCall().value_or(0);
  EXPECT(first >= 3 * kTick);
  settle(0);
  const int64_t last = setting.runtime->oldestCall().value_or(0);
  EXPECT(last > 0);
  EXPECT(last < first);
  setting.start();
  settle(2);
  setting.settleAll();
  EXPECT(!setting.runtime->oldestCall());
}

TEST("runtime: after the environment's end there is no oldest call, and jobs may be destroyed in any order") {
  Setting setting;
  Gate gate;
  for (int i = 0; i < 3; ++i) setting.start([&gate] { gate.pass(); });
  const std::shared_ptr<sspi::Runtime> runtime = setting.runtime;
  setting.end();
  EXPECT(!runtime->oldestCall());
  gate.open();
  EXPECT(threads::until([&] { return setting.books.destroyed == 3; }));
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
  constexpr int kThreads = sspi::WorkerPool::kMaxThreads;
  Setting setting;
  Gate gate;
  for (int i = 0; i < kThreads + 30; ++i) setting.start([&gate] { gate.pass(); });
  EXPECT(threads::until([&] { return setting.books.called == kThreads; }));
  setting.end();
  gate.open();
  EXPECT(threads::until([&] { return setting.books.destroyed == kThreads + 30; }));
  EXPECT_EQ(setting.books.called.load(), kThreads);
  EXPECT_EQ(setting.books.settled, 0);
}

TEST("runtime: what the environment's end finds finished is let go") {
  standin::setProcessors(1);  // nothing is watched for
  Setting setting;
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

TEST("runtime: what is released goes one after another, and a call does not wait for it") {
  Setting setting;
  constexpr int kReleases = 200;
  std::atomic<int> gone{0};
  threads::Gate gate;
  int something = 0;
  for (int i = 0; i < kReleases; ++i) {
    setting.runtime->releaseOnPool(std::shared_ptr<void>(&something, [&](void*) {
      gate.pass();
      ++gone;
    }));
  }
  EXPECT_EQ(standin::threadsAlive(), 1U);
  setting.start([] {});
  setting.settleAll();
  EXPECT_EQ(setting.books.settled, 1);
  gate.open();
  EXPECT(threads::until([&] { return gone == kReleases; }));
  EXPECT(standin::threadsAlive() <= 2U);
}

TEST("runtime: the environment's end does not lose what waits to be released") {
  std::atomic<int> gone{0};
  threads::Gate gate;
  int something = 0;
  {
    Setting setting;
    for (int i = 0; i < 20; ++i) {
      setting.runtime->releaseOnPool(std::shared_ptr<void>(&something, [&](void*) {
        gate.pass();
        ++gone;
      }));
    }
    setting.end();
    gate.open();
  }
  EXPECT(threads::until([&] { return gone == 20; }));
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
