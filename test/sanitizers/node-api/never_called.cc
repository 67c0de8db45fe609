// Functions of Node-API that napi.h mentions and no test gets to: errors inside Node, which there are none of here.

#include <cstdio>
#include <cstdlib>

#define NEVER_CALLED(name)                                  \
  extern "C" [[noreturn]] void name() {                     \
    std::fputs(#name " is not in this stand-in\n", stderr); \
    std::abort();                                           \
  }

NEVER_CALLED(napi_async_destroy)
NEVER_CALLED(napi_close_callback_scope)
NEVER_CALLED(napi_create_object)
NEVER_CALLED(napi_create_type_error)
NEVER_CALLED(napi_define_properties)
NEVER_CALLED(napi_delete_async_work)
NEVER_CALLED(napi_fatal_error)
NEVER_CALLED(napi_get_and_clear_last_exception)
NEVER_CALLED(napi_get_last_error_info)
NEVER_CALLED(napi_get_property)
NEVER_CALLED(napi_throw)
