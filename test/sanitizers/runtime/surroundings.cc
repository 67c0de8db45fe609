#include "../../../native/sspi/live_counts.h"
#include "../harness/test.h"
#include "../secur32/secur32.h"
#include "../stand-in/controls.h"

namespace runtime {

namespace {

void before() {
  standin::reset();
  secur32::reset();
}

void after() {
  // Where the clock stands still, a thread that waits briefly waits forever.
  standin::setClock(std::nullopt);
  EXPECT(standin::awaitThreads(0));
  for (const std::string& violation : standin::takeViolations()) test::fail("Node-API or secur32", 0, violation);
  EXPECT_EQ(sspi::Counted<sspi::Live::call>::alive(), 0);
  EXPECT_EQ(secur32::contextsAlive(), 0U);
  EXPECT_EQ(secur32::credentialsAlive(), 0U);
  EXPECT_EQ(secur32::legsLeft(), 0U);
}

[[maybe_unused]] const bool surrounded = [] {
  test::setSurroundings(before, after);
  return true;
}();

}  // namespace

}  // namespace runtime
