#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attributes.h"
#include "credential.h"
#include "live_counts.h"
#include "platform.h"

namespace sspi {

struct LegInput {
  // Absent: no token is passed; empty: a token of zero bytes is passed. SSPI may write to it.
  std::optional<Bytes> token;
  // A whole SEC_CHANNEL_BINDINGS structure, or absent.
  std::optional<Bytes> channelBindings;
  uint32_t flags;
  // The size of the output buffer: cbMaxToken of the package.
  uint32_t maxToken;
  // Adds the empty second buffer in which stream packages report EXTRA and MISSING.
  bool stream;
  // Queried right after a leg that returned SEC_E_OK.
  std::vector<uint32_t> attributes;
  // Adds the output buffer in which AcceptSecurityContext reports the result of the channel bindings.
  bool bindingsResult = false;
};

struct LegResult {
  Status status;
  // Absent: SSPI did not touch the output buffer; empty: it set a length of zero.
  std::optional<Bytes> token;
  uint32_t flags;
  std::optional<double> expiry;
  uint32_t unread;
  uint32_t missing;
  std::vector<Attribute> attributes;
  // SEC_CHANNEL_BINDINGS_RESULT_* bits. If Windows knows the result, it sets at least one, so 0 means unknown.
  uint32_t bindingsResult = 0;
};

struct CompletionResult {
  Status status;
  std::optional<Bytes> token;
  std::vector<Attribute> attributes;
};

// A holder of one CtxtHandle, empty until the first leg. Not thread-safe: the caller makes one call at a time
// (js/context_box.h). Keeps its credential alive.
class Context {
 public:
  explicit Context(std::shared_ptr<Credential> credential) noexcept : credential_(std::move(credential)) {}

  LegResult initialize(const std::wstring* target, LegInput input);
  LegResult accept(LegInput input);
  CompletionResult completeAuthToken(std::optional<Bytes> token, const std::vector<uint32_t>& attributes);

  // Deletes the context and releases the credential. No later call can create a context again.
  void retire() noexcept;
  bool retired() const noexcept { return retired_; }

  // From the next leg on, another credential serves this context (SEC_I_INCOMPLETE_CREDENTIALS).
  // The one so far goes with the context, which was made with it, and not here: freeing may be a call into the security
  // authority.
  void useCredential(std::shared_ptr<Credential> credential);

  // nullptr while there is no context; see handle_calls.h for what calls return then.
  CtxtHandle* get() noexcept { return live_ ? live_->get() : nullptr; }

  // Whether it belongs to a stream package (Schannel), according to its legs.
  bool isStream() const noexcept { return isStream_; }

 private:
  // A CtxtHandle from SSPI, deleted once.
  class Handle {
   public:
    explicit Handle(const CtxtHandle& handle) noexcept : handle_(handle) {}
    ~Handle() {
      if (isHandle(handle_)) DeleteSecurityContext(&handle_);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    CtxtHandle* get() noexcept { return &handle_; }

   private:
    CtxtHandle handle_;
    Counted<Live::context> counted_;
  };

  template <class Call>
  LegResult leg(LegInput input, Call call);

  // Order matters: the context must be deleted before the credentials it was made with.
  std::vector<std::shared_ptr<Credential>> earlier_;
  std::shared_ptr<Credential> credential_;
  std::optional<Handle> live_;
  bool retired_ = false;
  bool isStream_ = false;
};

}  // namespace sspi
