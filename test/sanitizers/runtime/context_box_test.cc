// The line of calls on one context.

#include "../../../native/js/context_box.h"

#include <random>
#include <thread>

#include "../harness/test.h"
#include "../node-api/environment.h"
#include "../secur32/secur32.h"
#include "../stand-in/controls.h"
#include "../threads/gate.h"

namespace runtime {

namespace {

using sspi::Context;
using sspi::ContextBox;
using threads::Gate;

class Setting {
 public:
  std::shared_ptr<ContextBox> box() {
    return std::make_shared<ContextBox>(runtime, sspi::acquireCredentialsHandle({}).credential);
  }

  // A leg that does `meanwhile` inside SSPI.
  Napi::Promise leg(ContextBox& box, std::function<void()> meanwhile = nullptr) {
    secur32::Leg leg;
    leg.status = SEC_I_CONTINUE_NEEDED;
    leg.rotates = true;
    leg.meanwhile = std::move(meanwhile);
    secur32::addLeg(std::move(leg));
    return legOfScript(box);
  }

  Napi::Promise legOfScript(ContextBox& box) {
    constexpr uint32_t kMaxToken = 64;
    return box.run(
        Napi::Env(environment->get()),
        [input = sspi::LegInput{std::nullopt, std::nullopt, 0, kMaxToken, false, {}}](Context& context) mutable {
          return context.initialize(nullptr, std::move(input));
        },
        [this](Napi::Env env, const sspi::LegResult& result) {
          statuses.push_back(result.status);
          return env.Undefined();
        });
  }

  Napi::Promise retire(ContextBox& box) { return box.retire(Napi::Env(environment->get())); }

  bool settle(const Napi::Promise& promise) {
    while (Environment::stateOf(promise) == "pending") {
      if (!environment->turn()) return false;
    }
    return Environment::stateOf(promise) == "resolved";
  }

  void end() {
    runtime->close();
    environment.reset();
    runtime.reset();
  }
  ~Setting() {
    if (runtime) end();
  }

  std::unique_ptr<Environment> environment = std::make_unique<Environment>();
  std::shared_ptr<sspi::Runtime> runtime = std::make_shared<sspi::Runtime>(environment->get());
  std::vector<SECURITY_STATUS> statuses;
};

bool isBusy(ContextBox& box, Setting& setting) {
  try {
    box.useNow(Napi::Env(setting.environment->get()));
    return false;
  } catch (const Napi::Error&) {
    return true;
  }
}

TEST("context: calls on one context never overlap and keep their order") {
  Setting setting;
  auto box = setting.box();
  std::vector<int> order;  // no lock: only the line keeps two calls from writing at once
  Napi::Promise last;
  for (int i = 0; i < 50; ++i) {
    last = box->run(
        Napi::Env(setting.environment->get()),
        [&order, i](Context&) {
          order.push_back(i);
          return i;
        },
        [](Napi::Env env, int) { return env.Undefined(); });
  }
  EXPECT(setting.settle(last));
  EXPECT_EQ(order.size(), 50U);
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], static_cast<int>(i));
  EXPECT(!setting.environment->staysAlive());
}

TEST("context: legs queue behind one that hangs, and another context's do not") {
  Setting setting;
  auto hanging = setting.box();
  auto other = setting.box();
  Gate gate;
  const Napi::Promise first = setting.leg(*hanging, [&gate] { gate.pass(); });
  EXPECT(threads::until([] { return secur32::legsLeft() == 0; }));
  EXPECT(isBusy(*hanging, setting));
  EXPECT(setting.settle(setting.leg(*other)));
  const Napi::Promise second = setting.leg(*hanging);
  EXPECT_EQ(Environment::stateOf(second), "pending");
  gate.open();
  EXPECT(setting.settle(first));
  EXPECT(setting.settle(second));
  EXPECT(!isBusy(*hanging, setting));
  EXPECT_EQ(setting.statuses.size(), 3U);
}

TEST("context: retiring waits for the call that runs, and calls after it find no context") {
  Setting setting;
  auto box = setting.box();
  Gate gate;
  const Napi::Promise running = setting.leg(*box, [&gate] { gate.pass(); });
  EXPECT(threads::until([] { return secur32::legsLeft() == 0; }));
  const Napi::Promise retired = setting.retire(*box);
  const Napi::Promise late = setting.legOfScript(*box);
  gate.open();
  EXPECT(setting.settle(late));
  EXPECT(setting.settle(retired));
  EXPECT(setting.settle(running));
  EXPECT_EQ(setting.statuses.back(), SEC_E_INVALID_HANDLE);
  EXPECT_EQ(secur32::contextsAlive(), 0U);
}

TEST("context: a dropped one is deleted when its calls are done, and keeps no process") {
  Setting setting;
  auto box = setting.box();
  Gate gate;
  const Napi::Promise running = setting.leg(*box, [&gate] { gate.pass(); });
  EXPECT(threads::until([] { return secur32::legsLeft() == 0; }));
  EXPECT(setting.environment->staysAlive());
  box->drop();
  EXPECT(!setting.environment->staysAlive());
  box.reset();
  gate.open();
  EXPECT(setting.settle(running));
  EXPECT(threads::until([&] {
    setting.environment->turn(std::chrono::milliseconds(1));
    return secur32::credentialsAlive() == 0;
  }));
}

TEST("context: one that nobody holds any more stays until its calls are settled") {
  Setting setting;
  auto box = setting.box();
  Gate gate;
  setting.leg(*box, [&gate] { gate.pass(); });
  const Napi::Promise last = setting.leg(*box);
  box.reset();
  gate.open();
  EXPECT(setting.settle(last));
  EXPECT(threads::until([] { return secur32::credentialsAlive() == 0; }));
  EXPECT(!setting.environment->staysAlive());
}

TEST("context: one in use by the JavaScript thread holds calls back until that is over") {
  Setting setting;
  auto box = setting.box();
  Napi::Promise waiting;
  {
    const ContextBox::Use use(*box);
    EXPECT(isBusy(*box, setting));
    waiting = setting.leg(*box);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(secur32::legsLeft(), 1U);
  }
  EXPECT(setting.settle(waiting));
}

TEST("context: a call for which there is no thread is refused, and the next may get one") {
  Setting setting;
  auto box = setting.box();
  standin::refuseThreads(true);
  const Napi::Promise refused = setting.legOfScript(*box);
  EXPECT(!setting.settle(refused));
  EXPECT_EQ(Environment::stateOf(refused), "ERR_SSPI_OUT_OF_RESOURCES");
  standin::refuseThreads(false);
  EXPECT(setting.settle(setting.leg(*box)));
}

TEST("context: a result for which there is no memory is an error, and no promise without an end") {
  Setting setting;
  auto box = setting.box();
  const Napi::Promise promise = box->run(
      Napi::Env(setting.environment->get()), [](Context&) { return true; },
      [](Napi::Env, bool) -> Napi::Value { throw std::bad_alloc(); });
  EXPECT(!setting.settle(promise));
  EXPECT_EQ(Environment::stateOf(promise), "ERR_SSPI_OUT_OF_RESOURCES");
}

TEST("context: a call for which there is no memory is an error") {
  Setting setting;
  auto box = setting.box();
  const Napi::Promise promise = box->run(
      Napi::Env(setting.environment->get()), [](Context&) -> bool { throw std::bad_alloc(); },
      [](Napi::Env env, bool) { return env.Undefined(); });
  EXPECT(!setting.settle(promise));
  EXPECT_EQ(Environment::stateOf(promise), "ERR_SSPI_OUT_OF_RESOURCES");
}

TEST("context: what a call holds goes on the pool's thread and not on the JavaScript thread") {
  Setting setting;
  auto box = setting.box();
  int something = 0;
  std::thread::id where;
  std::shared_ptr<void> held(&something, [&where](void*) { where = std::this_thread::get_id(); });
  const Napi::Promise promise = box->run(
      Napi::Env(setting.environment->get()), [held = std::move(held)](Context&) { return held != nullptr; },
      [](Napi::Env env, bool) { return env.Undefined(); });
  EXPECT(setting.settle(promise));
  EXPECT(where != std::thread::id());
  EXPECT(where != std::this_thread::get_id());
}

TEST("context: one that is retired makes no task when it is collected; one that nobody disposed of is freed by one") {
  standin::setPace(1000);  // threads at rest end after some milliseconds
  for (const int end : {0, 1, 2}) {
    Setting setting;
    auto box = setting.box();
    EXPECT(setting.settle(setting.leg(*box)));
    if (end == 1) EXPECT(setting.settle(setting.retire(*box)));
    if (end == 2) {
      box->drop();
      EXPECT(threads::until([&] {
        setting.environment->turn(std::chrono::milliseconds(1));
        return secur32::contextsAlive() == 0 && box.use_count() == 1;
      }));
    }
    EXPECT(standin::awaitThreads(0));
    const size_t started = standin::threadsStarted();
    box.reset();
    EXPECT_EQ(standin::threadsStarted() - started, size_t{end == 0 ? 1U : 0U});
    EXPECT(threads::until([] { return secur32::contextsAlive() == 0 && secur32::credentialsAlive() == 0; }));
  }
}

TEST("context: the environment may end with calls running and waiting, and each handle is given back once") {
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i) {
    Setting setting;
    std::vector<std::shared_ptr<ContextBox>> boxes(1 + random() % 4);
    Gate gate;
    for (std::shared_ptr<ContextBox>& box : boxes) {
      box = setting.box();
      setting.settle(setting.leg(*box));
    }
    for (const std::shared_ptr<ContextBox>& box : boxes) {
      if (random() % 2 == 0) {
        box->run(
            Napi::Env(setting.environment->get()),
            [&gate](Context&) {
              gate.pass();
              return true;
            },
            [](Napi::Env env, bool) { return env.Undefined(); });
      }
      if (random() % 2 == 0) setting.retire(*box);
      if (random() % 4 == 0) box->drop();
    }
    // Before the end or after it, as garbage collection has it.
    if (random() % 2 == 0) boxes.clear();
    if (random() % 2 == 0) gate.open();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
    setting.end();
    boxes.clear();
    gate.open();
    EXPECT(threads::until([] { return secur32::contextsAlive() == 0 && secur32::credentialsAlive() == 0; }));
    EXPECT(standin::awaitThreads(0));
  }
}

}  // namespace

}  // namespace runtime
