#include "claims.h"

namespace sspi {

namespace {

constexpr RecordKind kClaim{"name,type,flags,values"};

// Thrown and caught in this file: a pointer that points elsewhere.
struct Astray {};

// The memory in which everything must be.
class Bounds {
 public:
  Bounds(const BYTE* memory, size_t size) noexcept
      : first_(reinterpret_cast<uintptr_t>(memory)), past_(first_ + size) {}

  template <class T>
  const T* array(const T* first, size_t count) const {
    if (count > 0 && (left(reinterpret_cast<const BYTE*>(first)) / sizeof(T) < count ||
                      reinterpret_cast<uintptr_t>(first) % alignof(T) != 0)) {
      throw Astray();
    }
    return first;
  }

  std::wstring text(const wchar_t* text) const {
    const size_t room = left(text) / sizeof(wchar_t);
    array(text, room);
    size_t length = 0;
    while (length < room && text[length] != L'\0') ++length;
    if (length == room) throw Astray();
    return {text, length};
  }

 private:
  size_t left(const void* place) const {
    const auto address = reinterpret_cast<uintptr_t>(place);
    if (address < first_ || address >= past_) throw Astray();
    return past_ - address;
  }

  uintptr_t first_;
  uintptr_t past_;
};

template <class Item, class Convert>
List convert(const Bounds& bounds, const Item* first, DWORD count, Convert toValue) {
  const Item* items = bounds.array(first, count);
  List values;
  values.reserve(count);
  for (DWORD i = 0; i < count; ++i) values.push_back(Value{toValue(items[i])});
  return values;
}

ValueBytes copyOctets(const Bounds& bounds, const CLAIM_SECURITY_ATTRIBUTE_OCTET_STRING_VALUE& value) {
  const auto* bytes = bounds.array(static_cast<const BYTE*>(value.pValue), value.ValueLength);
  ValueBytes copy(value.ValueLength);
  if (copy.size() > 0) CopyMemory(copy.data(), bytes, copy.size());
  return copy;
}

List readValues(const Bounds& bounds, const CLAIM_SECURITY_ATTRIBUTE_V1& claim) {
  const auto& values = claim.Values;
  // Windows' own union, told apart by ValueType: NOLINTBEGIN(cppcoreguidelines-pro-type-union-access)
  switch (claim.ValueType) {
    case CLAIM_SECURITY_ATTRIBUTE_TYPE_INT64:
      return convert(bounds, values.pInt64, claim.ValueCount, [](auto value) { return int64_t{value}; });
    case CLAIM_SECURITY_ATTRIBUTE_TYPE_UINT64:
      return convert(bounds, values.pUint64, claim.ValueCount, [](auto value) { return uint64_t{value}; });
    case CLAIM_SECURITY_ATTRIBUTE_TYPE_BOOLEAN:
      return convert(bounds, values.pUint64, claim.ValueCount, [](auto value) { return value != 0; });
    case CLAIM_SECURITY_ATTRIBUTE_TYPE_STRING:
      return convert(bounds, values.ppString, claim.ValueCount, [&](auto text) { return bounds.text(text); });
    case CLAIM_SECURITY_ATTRIBUTE_TYPE_SID:
    case CLAIM_SECURITY_ATTRIBUTE_TYPE_OCTET_STRING:
      return convert(bounds, values.pOctetString, claim.ValueCount,
                     [&](const auto& value) { return copyOctets(bounds, value); });
    default:
      return {};
  }
  // NOLINTEND(cppcoreguidelines-pro-type-union-access)
}

}  // namespace

Value readClaims(const BYTE* memory, size_t size) {
  try {
    if (size == 0) return {List()};
    const Bounds bounds(memory, size);
    const auto* information = bounds.array(reinterpret_cast<const CLAIM_SECURITY_ATTRIBUTES_INFORMATION*>(memory), 1);
    if (information->Version != CLAIM_SECURITY_ATTRIBUTES_INFORMATION_VERSION_V1) return {};
    // Told apart by Version: NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access)
    const CLAIM_SECURITY_ATTRIBUTE_V1* first = information->Attribute.pAttributeV1;
    return {convert(bounds, first, information->AttributeCount, [&](const CLAIM_SECURITY_ATTRIBUTE_V1& claim) {
      return std::get<Record>(makeRecord(kClaim, bounds.text(claim.Name), uint32_t{claim.ValueType},
                                         static_cast<uint32_t>(claim.Flags), readValues(bounds, claim))
                                  .held);
    })};
  } catch (const Astray&) {
    return {};
  }
}

}  // namespace sspi
