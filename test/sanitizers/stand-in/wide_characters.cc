// libstdc++ takes the wide-character functions from the C library, whose wide characters have 32 bits on Linux. These
// take their place for the programs that are compiled with -fshort-wchar. -fno-builtin keeps the compiler from making a
// function a call of itself.

#include <cstddef>
#include <cstring>

extern "C" {

size_t wcslen(const wchar_t* text) {
  size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}

int wmemcmp(const wchar_t* left, const wchar_t* right, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

wchar_t* wmemchr(const wchar_t* text, wchar_t character, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (text[i] == character) return const_cast<wchar_t*>(text + i);
  }
  return nullptr;
}

wchar_t* wmemcpy(wchar_t* to, const wchar_t* from, size_t count) {
  return static_cast<wchar_t*>(std::memcpy(to, from, count * sizeof(wchar_t)));
}

wchar_t* wmemmove(wchar_t* to, const wchar_t* from, size_t count) {
  return static_cast<wchar_t*>(std::memmove(to, from, count * sizeof(wchar_t)));
}

wchar_t* wmemset(wchar_t* text, wchar_t character, size_t count) {
  for (size_t i = 0; i < count; ++i) text[i] = character;
  return text;
}

}  // extern "C"
