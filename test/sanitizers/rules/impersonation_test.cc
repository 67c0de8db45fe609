// Acting as somebody else, and never longer than meant.

#include "../../../native/sspi/impersonation.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support.h"

namespace rules {

namespace {

// Whether `work`, in a process of its own, ends it by abort().
template <class Work>
bool aborts(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    work();
    _exit(0);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST("impersonation: begins, and is reverted on the handle it began with") {
  auto context = begin();
  {
    const sspi::Impersonation impersonation(*context->get());
    EXPECT_EQ(impersonation.status(), SEC_E_OK);
    EXPECT_EQ(standin::actingAs(), "client");
    EXPECT_EQ(callsOf("RevertSecurityContext"), 0U);
  }
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
  EXPECT_EQ(standin::actingAs(), "");
}

TEST("impersonation: goes back to whom the thread was before") {
  auto outer = begin();
  auto inner = begin(acquire());
  script().client = "alice";
  const sspi::Impersonation alice(*outer->get());
  {
    script().client = "bob";
    const sspi::Impersonation bob(*inner->get());
    EXPECT_EQ(standin::actingAs(), "bob");
  }
  EXPECT_EQ(standin::actingAs(), "alice");
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
}

TEST("impersonation: does not begin where the thread could not be who it was again") {
  auto context = begin();
  standin::actAs("anonymous");
  standin::refuseTokens(ERROR_CANT_OPEN_ANONYMOUS);
  {
    const sspi::Impersonation impersonation(*context->get());
    EXPECT_EQ(impersonation.status(), SEC_E_NO_IMPERSONATION);
  }
  EXPECT_EQ(standin::actingAs(), "anonymous");
  EXPECT_EQ(callsOf("ImpersonateSecurityContext"), 0U);
  standin::actAs({});
}

TEST("impersonation: a token that only says who the client is is not acted under") {
  auto context = begin();
  standin::actAs("alice");
  for (const auto level : {SecurityAnonymous, SecurityIdentification, SecurityImpersonation, SecurityDelegation}) {
    script().clientLevel = level;
    const bool suffices = level >= SecurityImpersonation;
    {
      const sspi::Impersonation impersonation(*context->get());
      EXPECT_EQ(impersonation.status(), suffices ? SEC_E_OK : HRESULT_FROM_WIN32(ERROR_BAD_IMPERSONATION_LEVEL));
      EXPECT_EQ(standin::actingAs(), suffices ? "client" : "alice");
    }
    EXPECT_EQ(standin::actingAs(), "alice");
  }
  EXPECT_EQ(callsOf("RevertSecurityContext"), 4U);
  standin::actAs({});
}

TEST("impersonation: a token whose level cannot be read is not acted under") {
  auto context = begin();
  standin::refuseToTell(1, ERROR_ACCESS_DENIED);
  {
    const sspi::Impersonation impersonation(*context->get());
    EXPECT_EQ(impersonation.status(), HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
    EXPECT_EQ(standin::actingAs(), "");
  }
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
}

TEST("impersonation: what did not begin is not reverted") {
  auto context = begin();
  script().impersonate = SEC_E_NO_IMPERSONATION;
  {
    const sspi::Impersonation impersonation(*context->get());
    EXPECT_EQ(impersonation.status(), SEC_E_NO_IMPERSONATION);
  }
  EXPECT_EQ(callsOf("RevertSecurityContext"), 0U);
}

TEST("impersonation: is reverted when an exception passes") {
  auto context = begin();
  try {
    const sspi::Impersonation impersonation(*context->get());
    throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
  }
  EXPECT_EQ(callsOf("RevertSecurityContext"), 1U);
}

TEST("impersonation: where it cannot be reverted the process ends") {
  auto context = begin();
  const auto impersonate = [&context] { const sspi::Impersonation impersonation(*context->get()); };
  EXPECT(!aborts(impersonate));
  script().revert = SEC_E_INTERNAL_ERROR;
  EXPECT(aborts(impersonate));
}

TEST("impersonation: where whom the thread was before cannot be restored the process ends") {
  auto context = begin();
  standin::actAs("alice");
  const auto impersonate = [&context] { const sspi::Impersonation impersonation(*context->get()); };
  EXPECT(!aborts(impersonate));
  standin::refuseToAct(true);
  EXPECT(aborts(impersonate));
  standin::actAs({});
}

TEST("impersonation: where a thread's own identity cannot be restored the process ends") {
  standin::actAs("alice");
  const sspi::ThreadToken alice = sspi::ThreadToken::ofCallingThread();
  standin::actAs({});
  const auto assume = [&alice] { const sspi::ThreadToken::Assumed assumed(alice); };
  EXPECT(!aborts(assume));
  standin::refuseToRevert(true);
  EXPECT(aborts(assume));
}

}  // namespace

}  // namespace rules
