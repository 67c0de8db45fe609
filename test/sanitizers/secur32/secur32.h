#pragma once

#include <windows.h>
// windows.h comes first.
#include <sspi.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../stand-in/controls.h"

// A secur32 that plays what a test scripts, keeps a record of what it was given, and watches over its handles and its
// memory: whatever native code may not do with them is a violation (controls.h). Calls may come from any thread; a test
// that scripts and looks does so while none is running.
namespace secur32 {

using Bytes = std::vector<BYTE>;

// One call of InitializeSecurityContextW or AcceptSecurityContext.
struct Leg {
  SECURITY_STATUS status = SEC_E_OK;

  // Written to the output with its length. Absent: the length stays what the caller set.
  std::optional<Bytes> token;
  // Written to the output without a length, as Wine 8 leaves it when a call fails.
  Bytes stale;
  // Sets this length and writes nothing, as a package that has no room says how much it wants.
  std::optional<ULONG> wantsRoom;

  // The first call: whether a context comes into being. Absent: when the status is not a failure, as on Windows.
  std::optional<bool> makesContext;
  // The first call leaves a value that is no context in phNewContext.
  bool leavesGarbage = false;
  // Leaves {0, 0} in phNewContext: no context, or none any more.
  bool zeroesHandle = false;
  // A later call: the context gets another handle, and the old one is none any more.
  bool rotates = false;

  // Written to an output buffer of type 30, if there is one.
  ULONG bindingsResult = 0;

  // Absent: not written.
  std::optional<ULONG> flags;
  std::optional<int64_t> expiry;

  // The first empty buffer of the input becomes one of this type.
  std::optional<SecBuffer> reports;
  // Writes over the whole of every input buffer.
  bool scribbles = false;

  // Done while the call lasts.
  std::function<void()> meanwhile;
};

struct SeenBuffer {
  ULONG type = 0;
  bool hasAddress = false;
  Bytes bytes;
};

struct SeenLeg {
  std::string call;
  bool first = false;
  std::optional<std::wstring> target;
  ULONG requested = 0;
  ULONG room = 0;  // for the output token
  bool asksForBindings = false;
  std::optional<std::vector<SeenBuffer>> input;  // absent: no descriptor
};

struct Package {
  std::wstring name;
  std::wstring comment;
  ULONG capabilities = 0;
  ULONG maxToken = 0;
};

struct Script {
  // AcquireCredentialsHandleW; the inspector sees the authentication data while the call lasts. A status that is no
  // failure gives a credential, unless another handle is left.
  SECURITY_STATUS acquire = SEC_E_OK;
  std::optional<CredHandle> leavesCredential;
  int64_t credentialExpiry = 0;
  std::function<void(void* authData)> onAcquire;
  // SspiEncodeStringsAsAuthIdentity
  SECURITY_STATUS encode = SEC_E_OK;
  // SspiEncodeAuthIdentityAsStrings
  SECURITY_STATUS encodeAsStrings = SEC_E_OK;
  std::function<SECURITY_STATUS(SecPkgCredentials_NamesW& names)> credentialNames;
  // Other attributes of credentials, by number.
  std::map<ULONG, std::function<SECURITY_STATUS(void* value)>> credentialAttributes;

  std::deque<Leg> legs;
  // CompleteAuthToken gets the descriptor of the token.
  std::function<SECURITY_STATUS(SecBufferDesc& token)> complete;

  // QueryContextAttributesW by number; SEC_E_UNSUPPORTED_FUNCTION for the rest.
  std::map<ULONG, std::function<SECURITY_STATUS(void* value)>> attributes;

  // EncryptMessage, DecryptMessage, MakeSignature, VerifySignature. `qop` goes in or out.
  std::function<SECURITY_STATUS(const char* call, SecBufferDesc& message, ULONG& qop, ULONG sequence)> message;

  // QuerySecurityContextToken; SEC_E_UNSUPPORTED_FUNCTION where there is none.
  std::optional<standin::TokenContents> token;

  // ImpersonateSecurityContext makes the thread act as the client.
  std::string client = "client";
  SECURITY_IMPERSONATION_LEVEL clientLevel = SecurityImpersonation;
  SECURITY_STATUS impersonate = SEC_E_OK;
  SECURITY_STATUS revert = SEC_E_OK;

  SECURITY_STATUS enumerate = SEC_E_OK;
  std::vector<Package> packages;
};

// What was called since the last reset, in order: "AcquireCredentialsHandleW", …
const std::vector<std::string>& calls();
const std::vector<SeenLeg>& seenLegs();
// Whom the thread acted as in the last AcquireCredentialsHandleW.
const std::string& acquiredAs();
// Whether the last DecryptMessage had nowhere to put the quality of protection.
bool lastQopWasNull();

Script& script();
void reset();
// The legs of the script, also while calls are running.
void addLeg(Leg leg);
size_t legsLeft();
// The record alone, for programs that make millions of calls.
void forgetCalls();

// The handle values that are contexts now, and what else is alive.
size_t contextsAlive();
size_t credentialsAlive();
size_t buffersAlive();
bool isContext(const CtxtHandle& handle);

// Memory for FreeContextBuffer.
void* allocate(size_t size);
wchar_t* allocateText(const std::wstring& text);
SecPkgInfoW* allocatePackages(const std::vector<Package>& packages);
// Looks at such memory when it is given back.
void setBufferInspector(void (*inspect)(const void* memory, size_t size));

}  // namespace secur32
