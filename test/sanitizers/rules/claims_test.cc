// Claims, whose pointers lead into their own memory or nowhere.

#include "../../../native/sspi/claims.h"

#include "values.h"

namespace rules {

namespace {

// CLAIM_SECURITY_ATTRIBUTES_INFORMATION in the making: what is added comes to lie behind what is there.
class ClaimsMemory {
 public:
  explicit ClaimsMemory(DWORD count) {
    auto* header = place<CLAIM_SECURITY_ATTRIBUTES_INFORMATION>(1);
    header->Version = CLAIM_SECURITY_ATTRIBUTES_INFORMATION_VERSION_V1;
    header->AttributeCount = count;
    header->Attribute.pAttributeV1 = place<CLAIM_SECURITY_ATTRIBUTE_V1>(count);
  }

  CLAIM_SECURITY_ATTRIBUTES_INFORMATION& header() {
    return *reinterpret_cast<CLAIM_SECURITY_ATTRIBUTES_INFORMATION*>(memory_.data());
  }
  CLAIM_SECURITY_ATTRIBUTE_V1& claim(size_t index = 0) { return header().Attribute.pAttributeV1[index]; }

  template <class T>
  T* place(size_t count) {
    auto* first = reinterpret_cast<T*>(reinterpret_cast<BYTE*>(memory_.data()) + used_);
    used_ += (count * sizeof(T) + 7) / 8 * 8;
    EXPECT(used_ <= memory_.size() * sizeof(uint64_t));
    return first;
  }

  wchar_t* text(const std::wstring& content) {
    auto* to = place<wchar_t>(content.size() + 1);
    std::memcpy(to, content.c_str(), (content.size() + 1) * sizeof(wchar_t));
    return to;
  }

  void name(size_t index, const wchar_t* name, WORD type, DWORD count) {
    CLAIM_SECURITY_ATTRIBUTE_V1& each = claim(index);
    each.Name = text(name);
    each.ValueType = type;
    each.Flags = 2;
    each.ValueCount = count;
  }

  sspi::Value read() const { return read(used_); }
  sspi::Value read(size_t size) const { return sspi::readClaims(reinterpret_cast<const BYTE*>(memory_.data()), size); }
  size_t used() const { return used_; }

 private:
  size_t used_ = 0;
  std::vector<uint64_t> memory_ = std::vector<uint64_t>(128);
};

ClaimsMemory oneText() {
  ClaimsMemory memory(1);
  memory.name(0, L"ad://ext/department", CLAIM_SECURITY_ATTRIBUTE_TYPE_STRING, 2);
  auto** values = memory.place<wchar_t*>(2);
  memory.claim().Values.ppString = values;
  values[0] = memory.text(L"Research");
  values[1] = memory.text(L"");
  return memory;
}

TEST("claims: every type is decoded") {
  ClaimsMemory memory(6);
  memory.name(0, L"text", CLAIM_SECURITY_ATTRIBUTE_TYPE_STRING, 1);
  memory.claim(0).Values.ppString = memory.place<wchar_t*>(1);
  memory.claim(0).Values.ppString[0] = memory.text(L"Research");
  memory.name(1, L"int", CLAIM_SECURITY_ATTRIBUTE_TYPE_INT64, 2);
  memory.claim(1).Values.pInt64 = memory.place<int64_t>(2);
  memory.claim(1).Values.pInt64[0] = -1;
  memory.name(2, L"uint", CLAIM_SECURITY_ATTRIBUTE_TYPE_UINT64, 1);
  memory.claim(2).Values.pUint64 = memory.place<uint64_t>(1);
  memory.claim(2).Values.pUint64[0] = ~uint64_t{0};
  memory.name(3, L"truth", CLAIM_SECURITY_ATTRIBUTE_TYPE_BOOLEAN, 1);
  memory.claim(3).Values.pUint64 = memory.place<uint64_t>(1);
  memory.claim(3).Values.pUint64[0] = 1;
  memory.name(4, L"octets", CLAIM_SECURITY_ATTRIBUTE_TYPE_OCTET_STRING, 1);
  auto* octetString = memory.place<CLAIM_SECURITY_ATTRIBUTE_OCTET_STRING_VALUE>(1);
  octetString[0] = {memory.place<BYTE>(3), 3};
  std::memset(octetString[0].pValue, 7, 3);
  memory.claim(4).Values.pOctetString = octetString;
  memory.name(5, L"of a type to come", 99, 1);
  auto claims = as<sspi::List>(memory.read());
  EXPECT_EQ(claims.size(), 6U);
  if (claims.size() != 6) return;
  const auto values = [&](size_t index) { return as<sspi::List>(field(std::move(claims[index]), "values")); };
  auto first = as<sspi::Record>(std::move(claims[0]));
  EXPECT(as<std::wstring>(std::move(first.fields[0])) == L"text");
  EXPECT_EQ(as<uint32_t>(std::move(first.fields[1])), 3U);
  EXPECT_EQ(as<uint32_t>(std::move(first.fields[2])), 2U);
  EXPECT(as<std::wstring>(std::move(as<sspi::List>(std::move(first.fields[3]))[0])) == L"Research");
  EXPECT(as<int64_t>(std::move(values(1)[0])) == -1);
  EXPECT(as<uint64_t>(std::move(values(2)[0])) == ~uint64_t{0});
  EXPECT(as<bool>(std::move(values(3)[0])));
  EXPECT(octets(std::move(values(4)[0])) == Bytes(3, 7));
  EXPECT(values(5).empty());
}

TEST("claims: none are none") {
  EXPECT(as<sspi::List>(sspi::readClaims(nullptr, 0)).empty());
  EXPECT(as<sspi::List>(ClaimsMemory(0).read()).empty());
}

TEST("claims: memory cut short at any byte is refused") {
  const ClaimsMemory memory = oneText();
  EXPECT(!isAbsent(memory.read()));
  for (size_t size = 1; size + 8 < memory.used(); ++size) EXPECT(isAbsent(memory.read(size)));
}

TEST("claims: a pointer that leads elsewhere is refused, whichever it is") {
  static wchar_t outside[] = L"outside";
  {
    ClaimsMemory memory = oneText();
    memory.claim().Name = outside;
    EXPECT(isAbsent(memory.read()));
  }
  {
    ClaimsMemory memory = oneText();
    memory.claim().Values.ppString[1] = outside;
    EXPECT(isAbsent(memory.read()));
  }
  {
    ClaimsMemory memory = oneText();
    memory.claim().Name = nullptr;
    EXPECT(isAbsent(memory.read()));
  }
  {
    ClaimsMemory memory = oneText();
    memory.claim().ValueCount = 0xFFFF'FFFF;
    EXPECT(isAbsent(memory.read()));
  }
  {
    ClaimsMemory memory = oneText();
    memory.header().AttributeCount = 0xFFFF'FFFF;
    EXPECT(isAbsent(memory.read()));
  }
  {
    ClaimsMemory memory = oneText();
    memory.claim().Values.ppString =
        reinterpret_cast<wchar_t**>(reinterpret_cast<BYTE*>(memory.claim().Values.ppString) + 1);
    EXPECT(isAbsent(memory.read()));
  }
}

TEST("claims: a version to come is refused") {
  ClaimsMemory memory = oneText();
  memory.header().Version = 2;
  EXPECT(isAbsent(memory.read()));
}

}  // namespace

}  // namespace rules
