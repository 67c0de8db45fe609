#pragma once

// The one place that includes napi.h: its behaviour hangs on macros that binding.gyp sets for every file alike.
//   NAPI_CPP_EXCEPTIONS, NODE_ADDON_API_DISABLE_DEPRECATED, NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS (a worker that is
//   terminated with work pending must not take the process along), NAPI_HAS_THREADS=0 (threads are ../threads/'s).
#include <napi.h>
