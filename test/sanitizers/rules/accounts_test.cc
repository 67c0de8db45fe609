// Names and identifiers of accounts, where the authority knows them and where it does not.

#include "../../../native/lsa/accounts.h"

#include "support.h"

namespace rules {

namespace {

Bytes sid(const std::wstring& text) {
  const auto* first = reinterpret_cast<const BYTE*>(text.c_str());
  return {first, first + (text.size() + 1) * sizeof(wchar_t)};
}

void know() {
  const standin::OwnMemory own;
  standin::accounts() = {{L"S-1-5-21-1-1103", L"alice", L"CORP", SidTypeUser},
                         {L"S-1-5-32-544", std::wstring(300, L'A'), std::wstring(300, L'B'), SidTypeAlias}};
}

TEST("accounts: each has its own answer") {
  know();
  {
    const standin::OwnMemory own;
    standin::putOutOfReach(L"S-1-5-21-9", 1789);
  }
  const auto found = sspi::lookupAccountSids({sid(L"S-1-5-21-1-1103"), sid(L"S-1-5-21-9-1"), sid(L"S-1-5-21-1-9")});
  EXPECT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].status, SEC_E_OK);
  EXPECT(found[0].sid == L"S-1-5-21-1-1103" && found[0].name == L"alice" && found[0].domain == L"CORP");
  EXPECT_EQ(found[0].type, 1U);
  EXPECT_EQ(static_cast<uint32_t>(found[1].status), 0x8007'06FDU);
  EXPECT(found[1].name.empty());
  EXPECT_EQ(static_cast<uint32_t>(found[2].status), 0x8007'0534U);
}

TEST("accounts: names are found, and told as their domain spells them") {
  know();
  const auto found = sspi::lookupAccountNames({L"alice", L"nobody"});
  EXPECT(found[0].sid == L"S-1-5-21-1-1103" && found[0].name == L"alice" && found[0].domain == L"CORP");
  EXPECT_EQ(static_cast<uint32_t>(found[1].status), 0x8007'0534U);
}

TEST("accounts: names longer than the usual get the room that they need") {
  know();
  const auto bySid = sspi::lookupAccountSids({sid(L"S-1-5-32-544")});
  EXPECT(bySid[0].name == std::wstring(300, L'A') && bySid[0].domain == std::wstring(300, L'B'));
  const auto byName = sspi::lookupAccountNames({std::wstring(300, L'A')});
  EXPECT(byName[0].sid == L"S-1-5-32-544");
}

TEST("accounts: memory that runs out anywhere leaves nothing behind") {
  const size_t times = throughEveryShortage(know, [] {
    EXPECT_EQ(sspi::lookupAccountSids({sid(L"S-1-5-32-544")})[0].status, SEC_E_OK);
    EXPECT_EQ(sspi::lookupAccountNames({L"alice"})[0].status, SEC_E_OK);
  });
  EXPECT(times > 6);
}

}  // namespace

}  // namespace rules
