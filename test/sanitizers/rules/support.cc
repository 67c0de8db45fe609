#include "support.h"

#include <algorithm>

namespace rules {

namespace {

size_t blocksBefore = 0;

void before() {
  standin::reset();
  secur32::reset();
  secur32::setBufferInspector(heap::inspect);
  blocksBefore = heap::blocks();
}

void after() {
  for (const std::string& violation : standin::takeViolations()) test::fail("secur32", 0, violation);
  EXPECT_EQ(secur32::legsLeft(), 0U);
  EXPECT(nothingAlive());
  EXPECT_EQ(standin::openHandles(), 0U);
  EXPECT_EQ(standin::localBlocks(), 0U);
  EXPECT_EQ(standin::actingAs(), "");
  secur32::reset();
  EXPECT_EQ(heap::blocks(), blocksBefore);
}

[[maybe_unused]] const bool surrounded = [] {
  test::setSurroundings(before, after);
  return true;
}();

}  // namespace

std::shared_ptr<sspi::Credential> acquire() {
  sspi::CredentialRequest request;
  request.package = L"Scripted";
  request.use = SECPKG_CRED_OUTBOUND;
  return sspi::acquireCredentialsHandle(std::move(request)).credential;
}

sspi::LegInput input(std::optional<Bytes> token) {
  constexpr uint32_t kMaxToken = 100;
  return {std::move(token), std::nullopt, 0, kMaxToken, false, {}};
}

void play(Leg leg) { secur32::addLeg(std::move(leg)); }

Leg leg(SECURITY_STATUS status) {
  Leg leg;
  leg.status = status;
  return leg;
}

Leg legWithToken(SECURITY_STATUS status, const std::string& token) {
  Leg leg;
  leg.status = status;
  leg.token = bytes(token);
  return leg;
}

std::unique_ptr<sspi::Context> begin(std::shared_ptr<sspi::Credential> credential) {
  auto context = std::make_unique<sspi::Context>(std::move(credential));
  play(leg(SEC_I_CONTINUE_NEEDED));
  context->initialize(nullptr, input());
  return context;
}

size_t callsOf(const std::string& function) {
  return static_cast<size_t>(std::count(secur32::calls().begin(), secur32::calls().end(), function));
}

bool nothingAlive() {
  return standin::openHandles() == 0 && standin::localBlocks() == 0 && secur32::contextsAlive() == 0 &&
         secur32::credentialsAlive() == 0 && secur32::buffersAlive() == 0 &&
         sspi::Counted<sspi::Live::context>::alive() == 0 && sspi::Counted<sspi::Live::credential>::alive() == 0 &&
         sspi::Counted<sspi::Live::buffer>::alive() == 0;
}

}  // namespace rules
