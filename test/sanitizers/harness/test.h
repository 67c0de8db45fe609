#pragma once

#include <string>
#include <type_traits>

// Tests: TEST("what holds") { EXPECT(…); EXPECT_EQ(actual, expected); }. main() runs them in the order of the files and
// prints a line for each; arguments choose those whose name contains one of them.
namespace test {

class Registration {
 public:
  Registration(const char* name, void (*body)());
};

// Runs before and after every test, the latter with its expectations still counted.
void setSurroundings(void (*before)(), void (*after)());

// A failed expectation; the test goes on.
void fail(const char* file, int line, const std::string& what);

// How long one test may take before the program ends.
constexpr unsigned kSecondsPerTest = 60;

std::string describe(long long number);
std::string describe(double number);
std::string describe(const std::string& text);

void failEqual(const char* file, int line, const char* what, const std::string& actual, const std::string& expected);

// Numbers and strings.
template <class Actual, class Expected>
void expectEqual(const char* file, int line, const char* what, const Actual& actual, const Expected& expected) {
  if (actual == expected) return;
  const auto text = [](const auto& value) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) {
      return describe(static_cast<long long>(value));
    } else {
      return describe(value);
    }
  };
  failEqual(file, line, what, text(actual), text(expected));
}

}  // namespace test

#define TEST_DEFINED(name, function, registration)               \
  static void function();                                        \
  static const test::Registration registration(name, &function); \
  static void function()
#define TEST_AT(name, line) TEST_DEFINED(name, test_##line, registration_##line)
#define TEST_AT_LINE(name, line) TEST_AT(name, line)
#define TEST(name) TEST_AT_LINE(name, __LINE__)

#define EXPECT(condition)                                         \
  do {                                                            \
    if (!(condition)) test::fail(__FILE__, __LINE__, #condition); \
  } while (false)
#define EXPECT_EQ(actual, expected) test::expectEqual(__FILE__, __LINE__, #actual, (actual), (expected))
