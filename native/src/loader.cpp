// Loading: what works before any libtorch is there.
#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "failure.h"
#include "mmtorch.h"

using namespace mmt;

extern "C" {

int32_t mmt_contract(void) { return MMT_CONTRACT; }

void mmt_free_text(char* text) { std::free(text); }

int32_t mmt_open_library(const char* path, int32_t global, char** error) {
  if (path == nullptr || *path == '\0') {
    // dlopen would answer with the handle of the running program.
    return fail(error, "no library was named");
  }
  // The handle is dropped: libtorch cannot be unloaded once its threads and registries run.
  if (dlopen(path, RTLD_LAZY | (global != 0 ? RTLD_GLOBAL : RTLD_LOCAL)) != nullptr) {
    return MMT_OK;
  }
  const char* reason = dlerror();
  return fail(error, "%s", reason != nullptr ? reason : "the dynamic linker gave no reason");
}

int32_t mmt_set_default(const char* name, const char* value, char** error) {
  return setenv(name, value, 0) == 0 ? MMT_OK : fail(error, "cannot set %s: %s", name, std::strerror(errno));
}

}  // extern "C"
