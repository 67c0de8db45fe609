#pragma once

#include <string>

#include "controls.h"

namespace standin {

// What a HANDLE stands for: a thread, which nobody asks for anything, or a token.
struct Object {
  std::string user;
  TokenContents contents;
};

HANDLE openHandle(Object object);
// nullptr, and a violation, for a handle that is not open.
const Object* find(HANDLE handle, const char* call);

void setLastError(DWORD error);

}  // namespace standin
