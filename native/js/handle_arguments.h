#pragma once

#include "context_box.h"
#include "credential_box.h"
#include "tagged.h"

namespace sspi {

inline const std::shared_ptr<CredentialBox>& toCredential(const Napi::Value& value) {
  return unwrapTagged<CredentialBox>(value, "the binding expected a credential handle");
}

inline const std::shared_ptr<ContextBox>& toContext(const Napi::Value& value) {
  return unwrapTagged<ContextBox>(value, "the binding expected a context handle");
}

}  // namespace sspi
