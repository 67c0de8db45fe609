#include "../harness/test.h"
#include "../stand-in/controls.h"

namespace threads {

namespace {

void after() {
  // However a test left its pool: nothing keeps a thread once the pool is gone and its tasks have returned.
  EXPECT(standin::awaitThreads(0));
  for (const std::string& violation : standin::takeViolations()) test::fail("Windows", 0, violation);
  EXPECT_EQ(standin::openHandles(), 0U);
}

[[maybe_unused]] const bool surrounded = [] {
  test::setSurroundings(standin::reset, after);
  return true;
}();

}  // namespace

}  // namespace threads
