#pragma once

// The only place that includes napi.h, whose behaviour depends on macros that binding.gyp sets for all files:
// NAPI_CPP_EXCEPTIONS, NODE_ADDON_API_DISABLE_DEPRECATED, NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS (a worker that is
// terminated with work pending must not terminate the process), NAPI_HAS_THREADS=0 (threads are ../threads/'s).
#include <napi.h>
