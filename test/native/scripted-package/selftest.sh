#!/bin/sh
# Builds the package and its test program, and runs them under Wine in a prefix made for the occasion.
#
#   selftest.sh [EXISTING-WINEPREFIX]     the package stays installed in a prefix that was given
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'WINEPREFIX=$work/prefix wineserver -k 2>/dev/null || true; rm -rf "$work"' EXIT
export WINEPREFIX="${1:-$work/prefix}" WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"

"$here/build.sh" "$work"
x86_64-w64-mingw32-gcc -std=c11 -Wall -Wextra -Werror -o "$work/selftest.exe" "$here/scripted-selftest.c" \
  -lsecur32 -ladvapi32
[ -d "$WINEPREFIX" ] || wineboot -i </dev/null >/dev/null 2>&1
cp "$work/scripted.dll" "$WINEPREFIX/drive_c/windows/system32/"
wine reg add 'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders' /v SecurityProviders /t REG_SZ \
  /d scripted.dll /f </dev/null >/dev/null
wine "$work/selftest.exe" </dev/null | tee "$work/result"
grep -q ' passed, 0 failed' "$work/result" # Wine's exit code is 0 for a program that crashed
