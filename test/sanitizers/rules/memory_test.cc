// Memory that runs out in the middle of a handshake, or on the way to the pool.

#include <atomic>
#include <optional>
#include <thread>

#include "../../../native/threads/worker_pool.h"
#include "support.h"

namespace rules {

namespace {

TEST("memory: runs out anywhere in a handshake, and every handle is given back") {
  const size_t times = throughEveryShortage(
      [] {
        script().complete = [](SecBufferDesc&) { return SEC_E_OK; };
        Leg first = legWithToken(SEC_I_CONTINUE_NEEDED, "a token");
        play(first);
        Leg second = legWithToken(SEC_I_COMPLETE_NEEDED, "another token");
        second.rotates = true;
        play(second);
      },
      [] {
        sspi::Context context(acquire());
        const std::wstring target = L"HTTP/web.corp.test and some more characters";
        context.initialize(&target, input());
        sspi::LegInput reply = input(Bytes(64));
        reply.channelBindings = Bytes(64);
        reply.stream = true;
        context.initialize(&target, std::move(reply));
        context.completeAuthToken(Bytes(64), {SECPKG_ATTR_NAMES, SECPKG_ATTR_SIZES});
      });
  EXPECT(times > 5);
}

TEST("memory: runs out when another credential takes the place of the first") {
  throughEveryShortage(
      [] {
        play(leg(SEC_I_INCOMPLETE_CREDENTIALS));
        play(leg(SEC_E_OK));
      },
      [] {
        sspi::Context context(acquire());
        context.initialize(nullptr, input());
        context.useCredential(acquire());
        context.initialize(nullptr, input());
      });
}

class Flag final : public sspi::Task {
 public:
  explicit Flag(std::atomic<bool>& ran) : ran_(ran) {}
  void run() noexcept override {}
  void handOn(std::unique_ptr<sspi::Task> self) noexcept override {
    std::atomic<bool>& ran = ran_;
    self.reset();
    ran = true;
  }

 private:
  std::atomic<bool>& ran_;
};

TEST("memory: without any, the pool gives a task back or runs it, as it has threads") {
  {
    std::atomic<bool> ran{false};
    auto pool = std::make_optional<sspi::WorkerPool>();
    auto task = std::make_unique<Flag>(ran);
    std::unique_ptr<sspi::Task> refused;
    {
      const heap::Shortage shortage(0);
      refused = pool->submit(std::move(task));
    }
    EXPECT(refused != nullptr);
    EXPECT(pool->submit(std::move(refused)) == nullptr);
    while (!ran) std::this_thread::yield();

    ran = false;
    task = std::make_unique<Flag>(ran);
    {
      const heap::Shortage shortage(0);
      refused = pool->submit(std::move(task));
    }
    EXPECT(refused == nullptr);
    while (!ran) std::this_thread::yield();
    pool.reset();
  }
  EXPECT(standin::awaitThreads(0));
}

}  // namespace

}  // namespace rules
