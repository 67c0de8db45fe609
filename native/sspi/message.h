#pragma once

#include "platform.h"

namespace sspi {

// A message in one block of memory: `layout` holds `count` triples [type, offset, length] and one last slot for the
// quality of protection. See lib/binding/binding.ts, which is this layout's contract.
struct Message {
  BYTE* memory;
  size_t size;
  uint32_t* layout;
  size_t count;
};

constexpr size_t kMaxMessageBuffers = 16;

// True if every buffer of the layout is inside the memory, and there are no more than kMaxMessageBuffers.
bool isWellFormed(const Message& message) noexcept;

// In place, on a well-formed message. What SSPI changes (types, places, lengths, the quality of protection on the way
// in) is written back to the layout. Stream packages have no quality of protection: it stays 0.
Status encryptMessage(CtxtHandle& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept;
Status decryptMessage(CtxtHandle& context, const Message& message, uint32_t sequence, bool isStream) noexcept;
Status makeSignature(CtxtHandle& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept;
Status verifySignature(CtxtHandle& context, const Message& message, uint32_t sequence) noexcept;

}  // namespace sspi
