// MinGW builds only: short replacements for what libstdc++ links by default only for error texts. Its own versions
// include a demangler, stdio, the old string class, a random device and the thread library: half of the binary.
//
// No exception leaves this library uncaught, and a container that is asked for more than it can ever hold has run out
// of memory. Anything else here would be a bug of ours, after which the process cannot continue.

#include <cstdlib>
#include <new>

// The names are libstdc++'s.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp,cert-dcl50-cpp,misc-use-internal-linkage)

namespace __gnu_cxx {

void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx

namespace std {

void __throw_bad_alloc() { throw bad_alloc(); }
void __throw_bad_array_new_length() { throw bad_array_new_length(); }
void __throw_length_error(const char* /*what*/) { throw bad_alloc(); }
void __throw_logic_error(const char* /*what*/) { abort(); }
void __throw_out_of_range(const char* /*what*/) { abort(); }
void __throw_out_of_range_fmt(const char* /*format*/, ...) { abort(); }
void __throw_invalid_argument(const char* /*what*/) { abort(); }

}  // namespace std

// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp,cert-dcl50-cpp,misc-use-internal-linkage)
