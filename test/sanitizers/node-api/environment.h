#pragma once

#include <node_api.h>

#include <chrono>
#include <memory>
#include <string>

// One environment of Node.js, as far as native/js/runtime.cc and context_box.cc see one: a JavaScript thread, its event
// loop, a thread-safe function, setImmediate, and promises. The thread that makes it is the JavaScript thread. What the
// documentation of Node-API forbids is a violation (../stand-in/controls.h): https://nodejs.org/api/n-api.html
class Environment {
 public:
  Environment();
  // Ends it: what the thread-safe functions still have is thrown away, as Node does.
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  napi_env get() noexcept;

  // One turn of the event loop: waits until there is something to do and does it, immediates last. False when the time
  // is up.
  bool turn(std::chrono::milliseconds patience = std::chrono::seconds(20));

  // Whether the process would stay for what is running.
  bool staysAlive() const;

  // How often another thread has called a thread-safe function so far.
  int wakeUps() const;

  // Of a promise: "pending", "resolved", or the code of the error it was rejected with.
  static std::string stateOf(napi_value promise);

  struct Internals;

 private:
  std::unique_ptr<Internals> internals_;
};
