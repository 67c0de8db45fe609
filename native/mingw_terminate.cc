// MinGW builds only. libstdc++'s own handler names the type of an uncaught exception, and for that links a demangler
// and stdio, some 50 KB. No exception leaves this library uncaught, so there is nothing to name.

#include <cstdlib>

namespace __gnu_cxx {

// The name is libstdc++'s:
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,misc-use-internal-linkage)
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx
