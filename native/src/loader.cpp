// Loading: what works before any libtorch is there.
#include <cstdlib>
#include <string>

#include "failure.h"
#include "mmtorch.h"
#include "system.h"

using namespace mmt;

extern "C" {

int32_t mmt_contract(void) { return MMT_CONTRACT; }

void mmt_free_text(char* text) { std::free(text); }

int32_t mmt_open_library(const char* path, int32_t global, char** error) {
  if (path == nullptr || *path == '\0') {
    // The linker would take it for the running program.
    return fail(error, "no library was named");
  }
  std::string reason;
  return open_library(path, global != 0, &reason) ? MMT_OK : fail(error, "%s", reason.c_str());
}

int32_t mmt_set_default(const char* name, const char* value, char** error) {
  std::string reason;
  return set_default_variable(name, value, &reason) ? MMT_OK : fail(error, "cannot set %s: %s", name, reason.c_str());
}

int32_t mmt_unset(const char* name, char** error) {
  std::string reason;
  return unset_variable(name, &reason) ? MMT_OK : fail(error, "cannot unset %s: %s", name, reason.c_str());
}

}  // extern "C"
