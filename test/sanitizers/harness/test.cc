#include "test.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

namespace test {

namespace {

struct Case {
  const char* name;
  void (*body)();
};

// Built by the constructors of static objects, in whatever order those run.
std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void nothing() {}
void (*before)() = nothing;
void (*after)() = nothing;
const char* running = "";
int failures = 0;

// What a hung test gets: only what a signal handler may call.
void outOfTime(int) {
  const auto say = [](const char* text) { (void)!write(STDOUT_FILENO, text, std::strlen(text)); };
  say("FAILED ");
  say(running);
  say(": out of time\n");
  _exit(1);
}

bool isChosen(const char* name, int count, char** parts) {
  if (count == 0) return true;
  for (int i = 0; i < count; ++i) {
    if (std::strstr(name, parts[i]) != nullptr) return true;
  }
  return false;
}

bool runOne(const Case& one) {
  running = one.name;
  failures = 0;
  alarm(kSecondsPerTest);
  const auto start = std::chrono::steady_clock::now();
  before();
  one.body();
  after();
  alarm(0);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%s %s (%.2f s)\n", failures == 0 ? "ok    " : "FAILED", one.name, seconds.count());
  return failures == 0;
}

}  // namespace

Registration::Registration(const char* name, void (*body)()) { cases().push_back({name, body}); }

void setSurroundings(void (*newBefore)(), void (*newAfter)()) {
  before = newBefore;
  after = newAfter;
}

std::string describe(long long number) { return std::to_string(number); }
std::string describe(double number) { return std::to_string(number); }
std::string describe(const std::string& text) { return '"' + text + '"'; }

void failEqual(const char* file, int line, const char* what, const std::string& actual, const std::string& expected) {
  fail(file, line, std::string(what) + " is " + actual + ", not " + expected);
}

void fail(const char* file, int line, const std::string& what) {
  ++failures;
  std::printf("       %s:%d: %s\n", file, line, what.c_str());
}

}  // namespace test

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  signal(SIGALRM, test::outOfTime);
  int passed = 0;
  int failed = 0;
  for (const test::Case& one : test::cases()) {
    if (test::isChosen(one.name, argc - 1, argv + 1)) ++(test::runOne(one) ? passed : failed);
  }
  std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
