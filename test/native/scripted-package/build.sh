#!/bin/sh
# Builds scripted.dll, the security package `Scripted`.
#
#   build.sh OUTPUT-DIRECTORY [x64|ia32]     with MinGW-w64; CC names another compiler
#
# It is one command: the compiler over src/*.c and scripted.def. With MSVC, in this folder:
#   cl /nologo /std:c11 /utf-8 /O2 /W4 /LD /Fe:scripted.dll src\*.c advapi32.lib /link /DEF:scripted.def
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: build.sh OUTPUT-DIRECTORY [x64|ia32]}
case ${2:-x64} in
  x64) cc=${CC:-x86_64-w64-mingw32-gcc} ;;
  ia32) cc=${CC:-i686-w64-mingw32-gcc} ;;
  *) echo "build.sh: unknown architecture $2" >&2; exit 2 ;;
esac
mkdir -p "$out"
"$cc" -std=c11 -O2 -Wall -Wextra -Werror -shared -static-libgcc -s \
  -o "$out/scripted.dll" "$here"/src/*.c "$here/scripted.def" -ladvapi32
