#pragma once

#include <windows.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What tests set and see of the stand-in for Windows.
namespace standin {

// Back to the beginning: everything below as it is in a new process.
void reset();

// Breaches of Windows' rules that were noticed since the last call: an unknown handle, a context deleted twice, …
std::vector<std::string> takeViolations();
void violation(std::string what);

// While one lives, what the calling thread allocates is the stand-in's own and not the code's under test.
class OwnMemory {
 public:
  OwnMemory() noexcept { ++depth(); }
  ~OwnMemory() { --depth(); }
  OwnMemory(const OwnMemory&) = delete;
  OwnMemory& operator=(const OwnMemory&) = delete;

  static bool inUse() noexcept { return depth() > 0; }

 private:
  static int& depth() noexcept {
    static thread_local int value = 0;
    return value;
  }
};

// Handles: threads' and tokens'.
size_t openHandles();

// Memory that waits for LocalFree.
size_t localBlocks();

// Threads
void setProcessors(DWORD count);
void refuseThreads(bool refused);
size_t threadsAlive();
size_t threadsStarted();
// True when no more than `count` threads are alive before the time is up.
bool awaitThreads(size_t count, std::chrono::milliseconds patience = std::chrono::seconds(20));

// Sleeps of condition variables last 1/pace of their time.
void setPace(double pace);
// Every n-th sleep ends without a cause, soon after it began; 0 for none.
void wakeWithoutCause(unsigned every);

// The performance counter goes on by so many microseconds with each reading, or stands still with 0. Absent: the
// machine's clock.
void setClock(std::optional<unsigned> step);

// Local time is UTC plus this.
void setLocalTime(std::chrono::minutes ahead);
void refuseTimeConversion(bool refused);

// Thread tokens: whom the calling thread acts as, and how far; empty for the process itself.
void actAs(std::string user, SECURITY_IMPERSONATION_LEVEL level = SecurityImpersonation);
std::string actingAs();
void refuseTokens(DWORD error);     // OpenThreadToken fails with it, unless ERROR_SUCCESS
void refuseToAct(bool refused);     // SetThreadToken fails for a token
void refuseToRevert(bool refused);  // SetThreadToken fails for none

// What GetTokenInformation tells of a token. SIDs are texts here.
struct TokenContents {
  std::wstring user;
  std::vector<std::pair<std::wstring, DWORD>> groups;
  TOKEN_TYPE type = TokenImpersonation;
  SECURITY_IMPERSONATION_LEVEL level = SecurityImpersonation;
  // The number of a privilege is its place in privilegeNames().
  std::vector<std::pair<DWORD, DWORD>> privileges;
  LUID logonId{};
  // Absent: this Windows does not know of it.
  std::optional<DWORD> elevated;
  std::optional<TOKEN_ELEVATION_TYPE> elevationType;
  std::optional<DWORD> restricted;
  std::optional<std::wstring> integrity;
  // Written as it is, and then corrected: pointers are offsets into it.
  std::optional<std::vector<BYTE>> claims;
};
HANDLE openToken(TokenContents contents);
const std::vector<std::wstring>& privilegeNames();
// The process's own.
TokenContents& processToken();
// The n-th call from now on that reads a token or a SID fails with the error; 0 for none.
void refuseToTell(unsigned call, DWORD error);

// What the security authority knows.
struct KnownAccount {
  std::wstring sid;
  std::wstring name;
  std::wstring domain;
  SID_NAME_USE use = SidTypeUser;
};
std::vector<KnownAccount>& accounts();
// Look-ups of identifiers or names that begin with this fail with the error.
void putOutOfReach(std::wstring beginning, DWORD error);

// The logon session that there is, if there is one. Its memory waits for LsaFreeReturnBuffer.
void setLogonSession(std::optional<std::wstring> user, int64_t time);
size_t authorityBuffers();

}  // namespace standin
