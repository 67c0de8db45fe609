// The watchers themselves: what they would miss, no rule could show.

#include "support.h"

namespace rules {

namespace {

bool wasNoticed(const std::string& part) {
  bool noticed = false;
  for (const std::string& violation : standin::takeViolations()) {
    noticed = noticed || violation.find(part) != std::string::npos;
  }
  return noticed;
}

TEST("watchers: a context deleted twice is noticed") {
  const auto credential = acquire();
  CtxtHandle context{};
  SecBuffer buffer{0, SECBUFFER_TOKEN, nullptr};
  SecBufferDesc output{SECBUFFER_VERSION, 1, &buffer};
  ULONG flags = 0;
  TimeStamp expiry{};
  play(leg(SEC_E_OK));
  InitializeSecurityContextW(credential->get(), nullptr, nullptr, 0, 0, SECURITY_NETWORK_DREP, nullptr, 0, &context,
                             &output, &flags, &expiry);
  EXPECT_EQ(DeleteSecurityContext(&context), SEC_E_OK);
  EXPECT(standin::takeViolations().empty());
  EXPECT_EQ(DeleteSecurityContext(&context), SEC_E_INVALID_HANDLE);
  EXPECT(wasNoticed("no longer one"));
  EXPECT_EQ(EncryptMessage(&context, 0, &output, 0), SEC_E_INVALID_HANDLE);
  EXPECT(wasNoticed("no longer one"));
}

TEST("watchers: a handle from before a rotation is noticed") {
  const auto context = begin();
  CtxtHandle old = *context->get();
  Leg rotation = leg(SEC_E_OK);
  rotation.rotates = true;
  play(rotation);
  context->initialize(nullptr, input());
  EXPECT(!secur32::isContext(old));
  EXPECT_EQ(DeleteSecurityContext(&old), SEC_E_INVALID_HANDLE);
  EXPECT(wasNoticed("before SSPI changed it"));
}

TEST("watchers: a credential freed under a living context, and freed twice, is noticed") {
  auto credential = acquire();
  CredHandle handle = *credential->get();
  auto context = begin(credential);
  EXPECT_EQ(FreeCredentialsHandle(&handle), SEC_E_OK);
  EXPECT(wasNoticed("under a living context"));
  context.reset();
  credential.reset();
  EXPECT(wasNoticed("no longer one"));
}

TEST("watchers: a buffer freed twice is noticed") {
  void* const memory = secur32::allocate(8);
  EXPECT_EQ(secur32::buffersAlive(), 1U);
  EXPECT_EQ(FreeContextBuffer(memory), SEC_E_OK);
  EXPECT_EQ(FreeContextBuffer(memory), SEC_E_INVALID_HANDLE);
  EXPECT(wasNoticed("no longer one"));
}

TEST("watchers: a handle closed twice is noticed") {
  standin::actAs("alice");
  HANDLE token = nullptr;
  EXPECT(OpenThreadToken(GetCurrentThread(), TOKEN_IMPERSONATE, TRUE, &token));
  EXPECT_EQ(standin::openHandles(), 1U);
  EXPECT(CloseHandle(token));
  EXPECT(!CloseHandle(token));
  EXPECT(wasNoticed("not open"));
  standin::actAs({});
}

TEST("watchers: a secret left in memory that goes back is noticed") {
  const std::wstring secret = L"a secret of more than a few characters";
  {
    const heap::SecretWatch watch(secret.data(), secret.size() * sizeof(wchar_t));
    {
      const std::wstring copy = secret;
    }
    EXPECT_EQ(watch.sightings(), 1U);
    const std::unique_ptr<BYTE[]> unrelated = std::make_unique<BYTE[]>(64);
    EXPECT_EQ(watch.sightings(), 1U);
  }
  {
    const heap::SecretWatch watch(secret.data(), secret.size() * sizeof(wchar_t));
    void* const memory = secur32::allocateText(secret);
    EXPECT_EQ(FreeContextBuffer(memory), SEC_E_OK);
    EXPECT_EQ(watch.sightings(), 1U);
  }
}

TEST("watchers: memory runs out when it should, and what is not given back is counted") {
  const size_t before = heap::blocks();
  const auto allocate = [] { return std::make_unique<Bytes>(10); };
  const size_t times = throughEveryShortage([] {}, allocate);
  EXPECT_EQ(times, 2U);
  const auto kept = allocate();
  EXPECT_EQ(heap::blocks(), before + 2);
}

}  // namespace

}  // namespace rules
