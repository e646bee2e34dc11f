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
    if (vasprintf(error, format, arguments) < 0) {
      *error = nullptr;
    }
    va_end(arguments);
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
  return fail(error, "this libtorch does not offer %s; use libtorch 2.13 or newer", name);
}

}  // namespace mmt
