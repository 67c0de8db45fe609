#pragma once

#include <memory>
#include <new>
#include <string>

#include "../../../native/sspi/context.h"
#include "../harness/heap.h"
#include "../harness/test.h"
#include "../secur32/secur32.h"
#include "../stand-in/controls.h"

namespace rules {

using secur32::Leg;
using secur32::script;
using sspi::Bytes;

inline Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

// A credential that secur32 gave out.
std::shared_ptr<sspi::Credential> acquire();

// A leg's input as a client or server without wishes gives it.
sspi::LegInput input(std::optional<Bytes> token = std::nullopt);

// Adds a leg to the script.
void play(Leg leg);
Leg leg(SECURITY_STATUS status);
Leg legWithToken(SECURITY_STATUS status, const std::string& token);

// A context after a first leg that asks for more.
std::unique_ptr<sspi::Context> begin(std::shared_ptr<sspi::Credential> credential = acquire());

// How often a function of secur32 was called in this test.
size_t callsOf(const std::string& function);

// True when nothing is alive that the code under test took: handles, buffers.
bool nothingAlive();

// Runs `act` with memory for no allocation, for one, for two, … until it gets through; `prepare` comes before each.
// Gives how many times memory ran out. Whatever happens, `act` has to leave nothing behind.
template <class Prepare, class Act>
size_t throughEveryShortage(Prepare prepare, Act act) {
  for (size_t left = 0;; ++left) {
    {
      const standin::OwnMemory own;
      secur32::reset();
      prepare();
    }
    const size_t blocksBefore = heap::blocks();
    bool felt = false;
    {
      const heap::Shortage shortage(left);
      try {
        act();
      } catch (const std::bad_alloc&) {
        felt = true;
      }
      felt = felt || shortage.wasFelt();
    }
    EXPECT(nothingAlive());
    EXPECT_EQ(heap::blocks(), blocksBefore);
    if (!felt) return left;
  }
}

}  // namespace rules
