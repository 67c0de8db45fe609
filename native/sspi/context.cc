#include "context.h"

#include <array>

#include "timestamp.h"

namespace sspi {

namespace {

// One byte more than a token may have: a length that still equals the buffer's size was never set by SSPI. Wine 8
// leaves it unchanged, with old bytes in the buffer, if a call fails.
constexpr uint32_t kUntouched = 1;

// SECBUFFER_CHANNEL_BINDINGS_RESULT, which not every SDK has:
// https://learn.microsoft.com/en-us/windows-hardware/drivers/ddi/ntifs/ns-ntifs-sec_channel_bindings_result
constexpr ULONG kChannelBindingsResult = 30;

// The token, and what else was requested. Wipes what was written, so that no bytes of one context get into a token of
// another if a package claims to have written more than it has.
class Output {
 public:
  Output(TokenBufferPool& pool, const LegInput& input)
      : pool_(pool), buffer_(pool.take(size_t{input.maxToken} + kUntouched)) {
    token() = {static_cast<ULONG>(buffer_.size()), SECBUFFER_TOKEN, buffer_.data()};
    buffers_.back() = {sizeof(bindingsResult_), kChannelBindingsResult, &bindingsResult_};
    descriptor_ = {SECBUFFER_VERSION, input.bindingsResult ? ULONG{2} : ULONG{1}, buffers_.data()};
  }
  ~Output() {
    SecureZeroMemory(buffer_.data(), wasTouched() && token().cbBuffer > 0 ? token().cbBuffer : buffer_.size());
    pool_.giveBack(std::move(buffer_));
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  SecBufferDesc* descriptor() noexcept { return &descriptor_; }

  std::optional<Bytes> copyToken() const {
    if (!wasTouched()) return std::nullopt;
    return Bytes(buffer_.data(), buffer_.data() + token().cbBuffer);
  }

  uint32_t bindingsResult() const noexcept { return static_cast<uint32_t>(bindingsResult_); }

 private:
  SecBuffer& token() noexcept { return buffers_.front(); }
  const SecBuffer& token() const noexcept { return buffers_.front(); }
  bool wasTouched() const noexcept { return token().cbBuffer < buffer_.size(); }

  TokenBufferPool& pool_;
  Bytes buffer_;
  ULONG bindingsResult_ = 0;  // SEC_CHANNEL_BINDINGS_RESULT, which is one number
  std::array<SecBuffer, 2> buffers_{};
  SecBufferDesc descriptor_{};
};

// A token of zero bytes still has an address, that of `nothing`: packages recognise a missing buffer by its null
// pointer.
BYTE* addressOf(Bytes& bytes, BYTE& nothing) noexcept { return bytes.empty() ? &nothing : bytes.data(); }

class Input {
 public:
  explicit Input(LegInput& input) noexcept {
    if (input.token) add(SECBUFFER_TOKEN, *input.token);
    if (input.token && input.stream) buffers_.at(count_++) = {0, SECBUFFER_EMPTY, nullptr};
    if (input.channelBindings) add(SECBUFFER_CHANNEL_BINDINGS, *input.channelBindings);
    descriptor_ = {SECBUFFER_VERSION, count_, buffers_.data()};
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // No buffers is no descriptor: "no input" and "an empty input" are different things to a package.
  SecBufferDesc* descriptor() noexcept { return count_ == 0 ? nullptr : &descriptor_; }

  uint32_t lengthOf(ULONG type) const noexcept {
    for (ULONG i = 0; i < count_; ++i) {
      if (buffers_.at(i).BufferType == type) return buffers_.at(i).cbBuffer;
    }
    return 0;
  }

 private:
  void add(ULONG type, Bytes& bytes) noexcept {
    buffers_.at(count_++) = {static_cast<ULONG>(bytes.size()), type, addressOf(bytes, nothing_)};
  }

  BYTE nothing_ = 0;
  std::array<SecBuffer, 3> buffers_{};
  ULONG count_ = 0;
  SecBufferDesc descriptor_{};
};

// After these statuses phNewContext contains a context that we own; after any other failure of a first call there is
// none.
bool leavesContext(Status status) { return !failed(status) || status == SEC_E_INCOMPLETE_MESSAGE; }

}  // namespace

template <class Call>
LegResult Context::leg(LegInput input, Call call) {
  if (retired_ || !credential_) return {SEC_E_INVALID_HANDLE, std::nullopt, 0, std::nullopt, 0, 0, {}, 0};
  isStream_ = input.stream;
  Input in(input);
  Output out(credential_->tokenBuffers(), input);
  ULONG flags = 0;
  TimeStamp expiry{};
  Status status = SEC_E_OK;
  if (live_) {
    // The same memory for old and new: if SSPI replaces the handle, we have the new one, and Wine, which would allocate
    // a second handle for separate memory, does not leak it.
    status = call(live_->get(), in.descriptor(), live_->get(), out.descriptor(), &flags, &expiry);
    if (!isHandle(*live_->get())) live_.reset();
  } else {
    CtxtHandle fresh;
    SecInvalidateHandle(&fresh);
    status = call(nullptr, in.descriptor(), &fresh, out.descriptor(), &flags, &expiry);
    if (leavesContext(status) && isHandle(fresh)) live_.emplace(fresh);
  }
  // A success without a context establishes none.
  if (status == SEC_E_OK && !live_) status = SEC_E_INTERNAL_ERROR;
  LegResult result{status,
                   out.copyToken(),
                   static_cast<uint32_t>(flags),
                   failed(status) ? std::nullopt : toUnixMilliseconds(expiry),
                   in.lengthOf(SECBUFFER_EXTRA),
                   in.lengthOf(SECBUFFER_MISSING),
                   {},
                   out.bindingsResult()};
  if (status == SEC_E_OK && live_) result.attributes = queryContextAttributes(*live_->get(), input.attributes);
  return result;
}

LegResult Context::initialize(const std::wstring* target, LegInput input) {
  const uint32_t requested = input.flags;
  // SSPI's prototype lacks const, but takes the name as input only.
  wchar_t* name = target == nullptr ? nullptr : const_cast<wchar_t*>(target->c_str());
  return leg(std::move(input), [&](CtxtHandle* current, SecBufferDesc* in, CtxtHandle* next, SecBufferDesc* out,
                                   ULONG* flags, TimeStamp* expiry) {
    return InitializeSecurityContextW(credential_->get(), current, name, requested, 0, SECURITY_NETWORK_DREP, in, 0,
                                      next, out, flags, expiry);
  });
}

LegResult Context::accept(LegInput input) {
  const uint32_t requested = input.flags;
  return leg(std::move(input), [&](CtxtHandle* current, SecBufferDesc* in, CtxtHandle* next, SecBufferDesc* out,
                                   ULONG* flags, TimeStamp* expiry) {
    return AcceptSecurityContext(credential_->get(), current, in, requested, SECURITY_NETWORK_DREP, next, out, flags,
                                 expiry);
  });
}

void Context::retire() noexcept {
  retired_ = true;
  live_.reset();
  credential_.reset();
  earlier_.clear();
}

void Context::useCredential(std::shared_ptr<Credential> credential) {
  if (retired_) return;
  earlier_.push_back(credential_);
  credential_ = std::move(credential);
}

CompletionResult Context::completeAuthToken(std::optional<Bytes> token, const std::vector<uint32_t>& attributes) {
  if (!live_) return {SEC_E_INVALID_HANDLE, std::nullopt, {}};
  BYTE nothing = 0;
  SecBuffer buffer{0, SECBUFFER_TOKEN, nullptr};
  if (token) buffer = {static_cast<ULONG>(token->size()), SECBUFFER_TOKEN, addressOf(*token, nothing)};
  SecBufferDesc descriptor{SECBUFFER_VERSION, 1, &buffer};
  const Status status = CompleteAuthToken(live_->get(), &descriptor);
  if (token && buffer.cbBuffer < token->size()) token->resize(buffer.cbBuffer);
  CompletionResult result{status, std::move(token), {}};
  if (status == SEC_E_OK) result.attributes = queryContextAttributes(*live_->get(), attributes);
  return result;
}

}  // namespace sspi
