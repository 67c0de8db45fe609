// Names and identifiers of accounts, where the authority knows them and where it does not.

#include "../../../native/lsa/accounts.h"

#include "values.h"

namespace rules {

namespace {

Bytes sid(const std::wstring& text) {
  const auto* first = reinterpret_cast<const BYTE*>(text.c_str());
  return {first, first + (text.size() + 1) * sizeof(wchar_t)};
}

// One answer, taken apart.
struct Found {
  explicit Found(sspi::Value answer) {
    auto record = as<sspi::Record>(std::move(answer));
    EXPECT_EQ(std::string(record.kind->names), "status,sid,name,domain,type");
    status = as<uint32_t>(std::move(record.fields[0]));
    sid = as<std::wstring>(std::move(record.fields[1]));
    name = as<std::wstring>(std::move(record.fields[2]));
    domain = as<std::wstring>(std::move(record.fields[3]));
    type = as<uint32_t>(std::move(record.fields[4]));
  }

  uint32_t status = 0;
  std::wstring sid;
  std::wstring name;
  std::wstring domain;
  uint32_t type = 0;
};

bool isAlice(sspi::Value answer) {
  const Found found(std::move(answer));
  return found.status == 0 && found.sid == L"S-1-5-21-1-1103" && found.name == L"alice" && found.domain == L"CORP" &&
         found.type == 1;
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
  auto found = sspi::lookupAccountSids({sid(L"S-1-5-21-1-1103"), sid(L"S-1-5-21-9-1"), sid(L"S-1-5-21-1-9")});
  EXPECT_EQ(found.size(), 3U);
  EXPECT(isAlice(std::move(found[0])));
  const Found outOfReach(std::move(found[1]));
  EXPECT_EQ(outOfReach.status, 0x8007'06FDU);
  EXPECT(outOfReach.name.empty());
  EXPECT_EQ(Found(std::move(found[2])).status, 0x8007'0534U);
}

TEST("accounts: names are found, and told as their domain spells them") {
  know();
  auto found = sspi::lookupAccountNames({L"alice", L"nobody"});
  EXPECT(isAlice(std::move(found[0])));
  EXPECT_EQ(Found(std::move(found[1])).status, 0x8007'0534U);
}

TEST("accounts: names longer than the usual get the room that they need") {
  know();
  auto bySid = sspi::lookupAccountSids({sid(L"S-1-5-32-544")});
  const Found longest(std::move(bySid[0]));
  EXPECT(longest.name == std::wstring(300, L'A') && longest.domain == std::wstring(300, L'B'));
  auto byName = sspi::lookupAccountNames({std::wstring(300, L'A')});
  EXPECT(Found(std::move(byName[0])).sid == L"S-1-5-32-544");
}

TEST("accounts: memory that runs out anywhere leaves nothing behind") {
  const size_t times = throughEveryShortage(know, [] {
    EXPECT_EQ(sspi::lookupAccountSids({sid(L"S-1-5-32-544")}).size(), 1U);
    EXPECT_EQ(sspi::lookupAccountNames({L"alice"}).size(), 1U);
  });
  EXPECT(times > 6);
}

}  // namespace

}  // namespace rules
