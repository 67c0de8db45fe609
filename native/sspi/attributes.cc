#include "attributes.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "live_counts.h"
#include "timestamp.h"

namespace sspi {

const RecordKind kPackageInfo{"name,comment,capabilities,version,rpcId,maxToken"};

namespace {

// The offset of a member in a SecPkgContext_* structure, and how it is read.
struct Member {
  enum class Form : uint8_t {
    none,
    number,
    time,
    text,         // absent if the pointer is null
    textOrEmpty,  // empty there
    bytes,        // with a length that another member specifies
    package,
    unread,  // memory that is freed, and whose layout is not documented
  };

  Form form = Form::none;
  uint8_t offset = 0;
  uint8_t lengthOffset = 0;
  bool lengthIsShort = false;

  constexpr bool isField() const { return form != Form::none && form != Form::unread; }
  constexpr bool isPointer() const { return form != Form::none && form != Form::number && form != Form::time; }
};

constexpr Member number(size_t offset) { return {Member::Form::number, static_cast<uint8_t>(offset)}; }
constexpr Member time(size_t offset) { return {Member::Form::time, static_cast<uint8_t>(offset)}; }
constexpr Member text(size_t offset) { return {Member::Form::text, static_cast<uint8_t>(offset)}; }
constexpr Member textOrEmpty(size_t offset) { return {Member::Form::textOrEmpty, static_cast<uint8_t>(offset)}; }
constexpr Member package(size_t offset) { return {Member::Form::package, static_cast<uint8_t>(offset)}; }
constexpr Member unread(size_t offset) { return {Member::Form::unread, static_cast<uint8_t>(offset)}; }
constexpr Member bytes(size_t length, size_t offset) {
  return {Member::Form::bytes, static_cast<uint8_t>(offset), static_cast<uint8_t>(length)};
}
constexpr Member bytesOfShort(size_t length, size_t offset) {
  return {Member::Form::bytes, static_cast<uint8_t>(offset), static_cast<uint8_t>(length), true};
}

using Members = std::array<Member, 5>;

// Without names the value is that of the first member. With names it is a record of all that can be read.
struct Definition {
  uint32_t attribute = 0;
  RecordKind names{};
  Members members;
};

// A new attribute takes a line in one of these tables, and one in lib/context/attributes.ts.

constexpr std::array kOfContexts{
    Definition{
        SECPKG_ATTR_SIZES,
        {"maxToken,maxSignature,blockSize,securityTrailer"},
        {number(offsetof(SecPkgContext_Sizes, cbMaxToken)), number(offsetof(SecPkgContext_Sizes, cbMaxSignature)),
         number(offsetof(SecPkgContext_Sizes, cbBlockSize)), number(offsetof(SecPkgContext_Sizes, cbSecurityTrailer))}},
    Definition{SECPKG_ATTR_NAMES, {}, {textOrEmpty(offsetof(SecPkgContext_NamesW, sUserName))}},
    Definition{SECPKG_ATTR_LIFESPAN,
               {"start,expiry"},
               {time(offsetof(SecPkgContext_Lifespan, tsStart)), time(offsetof(SecPkgContext_Lifespan, tsExpiry))}},
    Definition{SECPKG_ATTR_DCE_INFO,
               {"authorizationService"},
               {number(offsetof(SecPkgContext_DceInfo, AuthzSvc)), unread(offsetof(SecPkgContext_DceInfo, pPac))}},
    Definition{
        SECPKG_ATTR_STREAM_SIZES,
        {"header,trailer,maxMessage,buffers,blockSize"},
        {number(offsetof(SecPkgContext_StreamSizes, cbHeader)), number(offsetof(SecPkgContext_StreamSizes, cbTrailer)),
         number(offsetof(SecPkgContext_StreamSizes, cbMaximumMessage)),
         number(offsetof(SecPkgContext_StreamSizes, cBuffers)),
         number(offsetof(SecPkgContext_StreamSizes, cbBlockSize))}},
    Definition{SECPKG_ATTR_KEY_INFO,
               {"signatureAlgorithm,encryptionAlgorithm,keySize,signatureId,encryptionId"},
               {text(offsetof(SecPkgContext_KeyInfoW, sSignatureAlgorithmName)),
                text(offsetof(SecPkgContext_KeyInfoW, sEncryptAlgorithmName)),
                number(offsetof(SecPkgContext_KeyInfoW, KeySize)),
                number(offsetof(SecPkgContext_KeyInfoW, SignatureAlgorithm)),
                number(offsetof(SecPkgContext_KeyInfoW, EncryptAlgorithm))}},
    Definition{SECPKG_ATTR_AUTHORITY, {}, {text(offsetof(SecPkgContext_AuthorityW, sAuthorityName))}},
    Definition{SECPKG_ATTR_PROTO_INFO,
               {"name,major,minor"},
               {text(offsetof(SecPkgContext_ProtoInfoW, sProtocolName)),
                number(offsetof(SecPkgContext_ProtoInfoW, majorVersion)),
                number(offsetof(SecPkgContext_ProtoInfoW, minorVersion))}},
    Definition{SECPKG_ATTR_PASSWORD_EXPIRY, {}, {time(offsetof(SecPkgContext_PasswordExpiry, tsPasswordExpires))}},
    Definition{
        SECPKG_ATTR_SESSION_KEY,
        {},
        {bytes(offsetof(SecPkgContext_SessionKey, SessionKeyLength), offsetof(SecPkgContext_SessionKey, SessionKey))}},
    Definition{SECPKG_ATTR_PACKAGE_INFO, {}, {package(offsetof(SecPkgContext_PackageInfoW, PackageInfo))}},
    Definition{SECPKG_ATTR_USER_FLAGS, {}, {number(offsetof(SecPkgContext_UserFlags, UserFlags))}},
    Definition{SECPKG_ATTR_NEGOTIATION_INFO,
               {"package,state"},
               {package(offsetof(SecPkgContext_NegotiationInfoW, PackageInfo)),
                number(offsetof(SecPkgContext_NegotiationInfoW, NegotiationState))}},
    Definition{SECPKG_ATTR_NATIVE_NAMES,
               {"client,server"},
               {text(offsetof(SecPkgContext_NativeNamesW, sClientName)),
                text(offsetof(SecPkgContext_NativeNamesW, sServerName))}},
    Definition{SECPKG_ATTR_FLAGS, {}, {number(offsetof(SecPkgContext_Flags, Flags))}},
    Definition{SECPKG_ATTR_CREDENTIAL_NAME,
               {"type,name"},
               {number(offsetof(SecPkgContext_CredentialNameW, CredentialType)),
                text(offsetof(SecPkgContext_CredentialNameW, sCredentialName))}},
    Definition{SECPKG_ATTR_TARGET_INFORMATION,
               {},
               {bytes(offsetof(SecPkgContext_TargetInformation, MarshalledTargetInfoLength),
                      offsetof(SecPkgContext_TargetInformation, MarshalledTargetInfo))}},
    Definition{SECPKG_ATTR_TARGET,
               {},
               {bytes(offsetof(SecPkgContext_Target, TargetLength), offsetof(SecPkgContext_Target, Target))}},
    Definition{SECPKG_ATTR_AUTHENTICATION_ID,
               {},
               {bytes(offsetof(SecPkgContext_AuthzID, AuthzIDLength), offsetof(SecPkgContext_AuthzID, AuthzID))}},
    Definition{SECPKG_ATTR_LOGOFF_TIME, {}, {time(offsetof(SecPkgContext_LogoffTime, tsLogoffTime))}},
    Definition{SECPKG_ATTR_NEGO_KEYS,
               {"type,key,verifyType,verifyKey"},
               {number(offsetof(SecPkgContext_NegoKeys, KeyType)),
                bytesOfShort(offsetof(SecPkgContext_NegoKeys, KeyLength), offsetof(SecPkgContext_NegoKeys, KeyValue)),
                number(offsetof(SecPkgContext_NegoKeys, VerifyKeyType)),
                bytesOfShort(offsetof(SecPkgContext_NegoKeys, VerifyKeyLength),
                             offsetof(SecPkgContext_NegoKeys, VerifyKeyValue))}},
    Definition{SECPKG_ATTR_PROMPTING_NEEDED,
               {"credentialClass,needed"},
               {number(offsetof(SecPkgContext_CredInfo, CredClass)),
                number(offsetof(SecPkgContext_CredInfo, IsPromptingNeeded))}},
    Definition{SECPKG_ATTR_UNIQUE_BINDINGS,
               {},
               {bytes(offsetof(SecPkgContext_Bindings, BindingsLength), offsetof(SecPkgContext_Bindings, Bindings))}},
    Definition{SECPKG_ATTR_ENDPOINT_BINDINGS,
               {},
               {bytes(offsetof(SecPkgContext_Bindings, BindingsLength), offsetof(SecPkgContext_Bindings, Bindings))}},
    Definition{
        SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, {}, {text(offsetof(SecPkgContext_ClientSpecifiedTarget, sTargetName))}},
    Definition{SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS,
               {},
               {number(offsetof(SecPkgContext_LastClientTokenStatus, LastClientTokenStatus))}},
    Definition{SECPKG_ATTR_NEGO_PKG_INFO, {}, {number(offsetof(SecPkgContext_NegoPackageInfo, PackageMask))}},
    Definition{SECPKG_ATTR_NEGO_STATUS, {}, {number(offsetof(SecPkgContext_NegoStatus, LastStatus))}},
};

constexpr std::array kOfCredentials{
    Definition{SECPKG_CRED_ATTR_NAMES, {}, {text(offsetof(SecPkgCredentials_NamesW, sUserName))}},
    Definition{SECPKG_CRED_ATTR_SSI_PROVIDER,
               {"name,info"},
               {text(offsetof(SecPkgCredentials_SSIProviderW, sProviderName)),
                bytes(offsetof(SecPkgCredentials_SSIProviderW, ProviderInfoLength),
                      offsetof(SecPkgCredentials_SSIProviderW, ProviderInfo))}},
    Definition{
        SECPKG_CRED_ATTR_CERT,
        {},
        {bytes(offsetof(SecPkgCredentials_Cert, EncodedCertSize), offsetof(SecPkgCredentials_Cert, EncodedCert))}},
};

// A structure that SSPI filled. What SSPI allocated is always freed, and wiped if it is bytes: some are keys.
class Answer {
 public:
  explicit Answer(const Definition& definition) noexcept : members_(definition.members) {}
  ~Answer() {
    for (const Member& member : members_) {
      if (!member.isPointer()) continue;
      void* const memory = at<void*>(member.offset);
      if (memory == nullptr) continue;
      if (member.form == Member::Form::bytes) SecureZeroMemory(memory, length(member));
      FreeContextBuffer(memory);
    }
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  void* memory() noexcept { return memory_.data(); }
  // What a failed query left must not be read.
  void forget() noexcept { memory_ = {}; }

  Value read(const Member& member) const {
    switch (member.form) {
      case Member::Form::number:
        return {at<uint32_t>(member.offset)};
      case Member::Form::time:
        return readTime(at<TimeStamp>(member.offset));
      case Member::Form::text:
      case Member::Form::textOrEmpty:
        return readText(member);
      case Member::Form::bytes:
        return readBytes(member);
      case Member::Form::package:
        return readPackage(at<const SecPkgInfoW*>(member.offset));
      case Member::Form::none:
      case Member::Form::unread:
        break;
    }
    return {};
  }

 private:
  template <class T>
  T at(size_t offset) const noexcept {
    T value{};
    // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer, and then the pointer is what is read
    CopyMemory(&value, memory_.data() + offset, sizeof(value));
    return value;
  }

  size_t length(const Member& member) const noexcept {
    return member.lengthIsShort ? at<uint16_t>(member.lengthOffset) : at<uint32_t>(member.lengthOffset);
  }

  static Value readTime(const TimeStamp& local) {
    const std::optional<double> milliseconds = toUnixMilliseconds(local);
    return milliseconds ? Value{*milliseconds} : Value{};
  }

  Value readText(const Member& member) const {
    const auto* text = at<const wchar_t*>(member.offset);
    if (text != nullptr) return {std::wstring(text)};
    return member.form == Member::Form::text ? Value{} : Value{std::wstring()};
  }

  Value readBytes(const Member& member) const {
    const auto* bytes = at<const BYTE*>(member.offset);
    ValueBytes copy(bytes == nullptr ? 0 : length(member));
    if (bytes != nullptr && copy.size() > 0) CopyMemory(copy.data(), bytes, copy.size());
    return {std::move(copy)};
  }

  static Value readPackage(const SecPkgInfoW* info) {
    if (info == nullptr) return {};
    PackageInfo copy = copyPackageInfo(*info);
    return makeRecord(kPackageInfo, std::move(copy.name), std::move(copy.comment), copy.capabilities,
                      uint32_t{copy.version}, uint32_t{copy.rpcId}, copy.maxToken);
  }

  // Enough for all of these structures, and for a package that is newer than their declarations and writes more.
  alignas(std::max_align_t) std::array<BYTE, 128> memory_{};
  const Members& members_;
  Counted<Live::buffer> counted_;
};

using Ask = decltype(&QueryContextAttributesW);

Attribute query(const Definition& definition, SecHandle& handle, Ask ask) {
  Answer answer(definition);
  const Status status = ask(&handle, definition.attribute, answer.memory());
  if (status != SEC_E_OK) {
    answer.forget();
    return {status, {}};
  }
  if (definition.names.names == nullptr) return {status, answer.read(definition.members.front())};
  Record record{&definition.names, {}};
  for (const Member& member : definition.members) {
    if (member.isField()) record.fields.push_back(answer.read(member));
  }
  return {status, {std::move(record)}};
}

template <class Table>
Attribute queryBy(const Table& table, SecHandle& handle, uint32_t attribute, Ask ask) {
  const auto definition = std::find_if(table.begin(), table.end(), [attribute](const Definition& candidate) {
    return candidate.attribute == attribute;
  });
  return definition == table.end() ? Attribute{SEC_E_UNSUPPORTED_FUNCTION, {}} : query(*definition, handle, ask);
}

}  // namespace

Attribute queryContextAttribute(CtxtHandle& context, uint32_t attribute) {
  return queryBy(kOfContexts, context, attribute, QueryContextAttributesW);
}

std::vector<Attribute> queryContextAttributes(CtxtHandle& context, const std::vector<uint32_t>& attributes) {
  std::vector<Attribute> results;
  results.reserve(attributes.size());
  for (const uint32_t attribute : attributes) results.push_back(queryContextAttribute(context, attribute));
  return results;
}

Attribute queryCredentialsAttribute(CredHandle& credential, uint32_t attribute) {
  return queryBy(kOfCredentials, credential, attribute, QueryCredentialsAttributesW);
}

}  // namespace sspi
