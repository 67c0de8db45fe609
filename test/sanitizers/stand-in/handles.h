#pragma once

#include <optional>
#include <string>

#include "controls.h"

namespace standin {

// What a HANDLE stands for: a thread, which nobody asks for anything, or a token.
struct Object {
  std::string user;
  TokenContents contents;
};

HANDLE openHandle(Object object);
// Of the token that the calling thread acts under; absent where it acts as the process.
std::optional<Object> objectOfThread();
// nullptr, and a violation, for a handle that is not open.
const Object* find(HANDLE handle, const char* call);

void setLastError(DWORD error);

}  // namespace standin
