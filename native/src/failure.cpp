#include "failure.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "abi.h"
#include "mmtorch.h"

namespace mmt {

int32_t fail(char** error, const char* format, ...) {
  if (error != nullptr) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    *error = length < 0 ? nullptr : static_cast<char*>(std::malloc(static_cast<size_t>(length) + 1));
    if (*error != nullptr) {
      std::vsnprintf(*error, static_cast<size_t>(length) + 1, format, again);
    }
    va_end(again);
  }
  return MMT_FAILED;
}

int32_t checked(int32_t status, char** error) {
  if (status == 0) {
    return MMT_OK;
  }
  if (!abi.bound) {
    return fail(error, "no libtorch is bound");
  }
  // Before 2.13 the text goes to stderr only.
  const char* what = abi.torch_exception_get_what_without_backtrace == nullptr
                         ? "libtorch refused the call and printed the reason on stderr (2.13 or newer reports it here)"
                         : abi.torch_exception_get_what_without_backtrace();
  return fail(error, "%s", what == nullptr ? "libtorch gave no reason" : what);
}

int32_t absent(char** error, const char* name) {
#ifdef _WIN32
  return fail(error, "%s is not offered here: this libtorch has none, or its C++ cannot be called on Windows", name);
#else
  return fail(error, "this libtorch does not offer %s; use libtorch 2.13 or newer", name);
#endif
}

}  // namespace mmt
