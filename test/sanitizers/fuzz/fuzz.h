#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "../secur32/secur32.h"
#include "../stand-in/controls.h"

namespace fuzz {

// What must hold for every input. libFuzzer keeps the input that ends the program.
inline void insist(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline void insistNothingIsAmiss() {
  for (const std::string& violation : standin::takeViolations()) insist(false, violation.c_str());
}

// A status that packages return, now and then one that nobody has heard of.
inline SECURITY_STATUS status(FuzzedDataProvider& data) {
  static constexpr SECURITY_STATUS kKnown[] = {SEC_E_OK,
                                               SEC_I_CONTINUE_NEEDED,
                                               SEC_I_COMPLETE_NEEDED,
                                               SEC_I_COMPLETE_AND_CONTINUE,
                                               SEC_I_INCOMPLETE_CREDENTIALS,
                                               SEC_I_RENEGOTIATE,
                                               SEC_I_CONTEXT_EXPIRED,
                                               SEC_E_INCOMPLETE_MESSAGE,
                                               SEC_E_MESSAGE_ALTERED,
                                               SEC_E_LOGON_DENIED,
                                               SEC_E_BUFFER_TOO_SMALL};
  return data.ConsumeProbability<float>() < 0.9F ? data.PickValueInArray(kKnown) : data.ConsumeIntegral<int32_t>();
}

// A number that is often at an edge.
inline uint32_t length(FuzzedDataProvider& data, size_t size) {
  switch (data.ConsumeIntegralInRange(0, 7)) {
    case 0:
      return 0;
    case 1:
      return static_cast<uint32_t>(size);
    case 2:
      return static_cast<uint32_t>(size + 1);
    case 3:
      return data.ConsumeIntegral<uint32_t>();
    case 4:
      return ~uint32_t{0} - data.ConsumeIntegralInRange<uint32_t>(0, static_cast<uint32_t>(size));
    default:
      return data.ConsumeIntegralInRange<uint32_t>(0, static_cast<uint32_t>(size));
  }
}

}  // namespace fuzz
