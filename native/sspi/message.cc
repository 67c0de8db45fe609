#include "message.h"

#include <array>

namespace sspi {

namespace {

constexpr size_t kTriple = 3;

class Descriptor {
 public:
  explicit Descriptor(const Message& message) noexcept : message_(message) {
    for (size_t i = 0; i < message.count; ++i) {
      const uint32_t* triple = message.layout + i * kTriple;
      buffers_[i] = {triple[2], triple[0], message.memory + triple[1]};
      if (inputEnd_ == nullptr && triple[2] != 0) inputEnd_ = message.memory + triple[1] + triple[2];
    }
    descriptor_ = {SECBUFFER_VERSION, static_cast<ULONG>(message.count), buffers_.data()};
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  SecBufferDesc* get() noexcept { return &descriptor_; }

  // Only what lies inside the message can be written back: a package that returns its own memory violates the in-place
  // contract of EncryptMessage and DecryptMessage.
  Status writeBack(Status status) const noexcept {
    for (size_t i = 0; i < message_.count; ++i) {
      const SecBuffer& buffer = buffers_[i];
      uint32_t* triple = message_.layout + i * kTriple;
      const auto* place = static_cast<const BYTE*>(buffer.pvBuffer);
      // Unread bytes are the last ones of the input, wherever the package points.
      if (buffer.BufferType == SECBUFFER_EXTRA && inputEnd_ != nullptr &&
          buffer.cbBuffer <= static_cast<size_t>(inputEnd_ - message_.memory)) {
        place = inputEnd_ - buffer.cbBuffer;
      }
      const bool inside = place >= message_.memory && place <= message_.memory + message_.size &&
                          buffer.cbBuffer <= static_cast<size_t>(message_.memory + message_.size - place);
      if (!inside && buffer.cbBuffer != 0 && !failed(status)) return SEC_E_INTERNAL_ERROR;
      triple[0] = buffer.BufferType;
      triple[1] = inside ? static_cast<uint32_t>(place - message_.memory) : 0;
      triple[2] = inside ? buffer.cbBuffer : 0;
    }
    return status;
  }

 private:
  const Message& message_;
  const BYTE* inputEnd_ = nullptr;  // of the first buffer that holds anything
  std::array<SecBuffer, kMaxMessageBuffers> buffers_{};
  SecBufferDesc descriptor_{};
};

}  // namespace

bool isWellFormed(const Message& message) noexcept {
  if (message.count > kMaxMessageBuffers) return false;
  for (size_t i = 0; i < message.count; ++i) {
    const size_t offset = message.layout[i * kTriple + 1];
    const size_t length = message.layout[i * kTriple + 2];
    if (offset > message.size || length > message.size - offset) return false;
  }
  return true;
}

Status encryptMessage(CtxtHandle& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept {
  Descriptor descriptor(message);
  return descriptor.writeBack(EncryptMessage(&context, qop, descriptor.get(), sequence));
}

Status decryptMessage(CtxtHandle& context, const Message& message, uint32_t sequence, bool isStream) noexcept {
  Descriptor descriptor(message);
  ULONG qop = 0;
  const Status status = DecryptMessage(&context, descriptor.get(), sequence, isStream ? nullptr : &qop);
  message.layout[message.count * kTriple] = qop;
  return descriptor.writeBack(status);
}

Status makeSignature(CtxtHandle& context, const Message& message, uint32_t qop, uint32_t sequence) noexcept {
  Descriptor descriptor(message);
  return descriptor.writeBack(MakeSignature(&context, qop, descriptor.get(), sequence));
}

Status verifySignature(CtxtHandle& context, const Message& message, uint32_t sequence) noexcept {
  Descriptor descriptor(message);
  ULONG qop = 0;
  const Status status = VerifySignature(&context, descriptor.get(), sequence, &qop);
  message.layout[message.count * kTriple] = qop;
  return descriptor.writeBack(status);
}

}  // namespace sspi
