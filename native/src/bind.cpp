// Finding libtorch's functions.
#include <cstdlib>
#include <cstring>

#include "abi.h"
#include "failure.h"
#include "mmtorch.h"
#include "system.h"

namespace mmt {

Abi abi;

namespace {

// 2.14, as the upper 16 bits of the version word.
constexpr uint64_t kNewestKnown = 2 << 8 | 14;

void note_missing(char** missing, const char* name) {
  size_t old_length = *missing == nullptr ? 0 : std::strlen(*missing);
  auto* longer = static_cast<char*>(std::realloc(*missing, old_length + std::strlen(name) + 2));
  if (longer == nullptr) {
    return;
  }
  longer[old_length] = '\0';
  if (old_length > 0) {
    std::strcat(longer, "\n");
  }
  std::strcat(longer, name);
  *missing = longer;
}

template <typename Function>
bool resolve(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(symbol(library, name));
  return *function != nullptr;
}

}  // namespace
}  // namespace mmt

using namespace mmt;

extern "C" {

int32_t mmt_bind(const char* torch_cpu_path, char** missing, char** error) {
  void* library = opened_library(torch_cpu_path);
  if (library == nullptr) {
    return fail(error, "%s is not open; open it before binding", torch_cpu_path);
  }
  Abi found;
  const char* needed = nullptr;
  char* lacking = nullptr;
#define MMT_NEEDED(result, name, parameters) \
  if (!resolve(library, #name, &found.name) && needed == nullptr) needed = #name;
#define MMT_EXTRA(result, name, parameters) \
  if (!resolve(library, #name, &found.name)) note_missing(&lacking, #name);
  MMT_STABLE_ABI(MMT_NEEDED, MMT_EXTRA)
#undef MMT_NEEDED
#undef MMT_EXTRA
  if (needed != nullptr) {
    std::free(lacking);
    return fail(error, "%s has no %s: it is older than libtorch 2.11, or no libtorch at all", torch_cpu_path, needed);
  }
  if (found.aoti_torch_abi_version() >> 48 > kNewestKnown) {
    // Not part of the versioned ABI: their arguments may change, so they are used only where these were seen.
    found.aoti_torch_cpu__linear_pointwise = nullptr;
    found.aoti_torch_cpu__qlinear_pointwise_tensor = nullptr;
    note_missing(&lacking, "aoti_torch_cpu__linear_pointwise (unknown version)");
    note_missing(&lacking, "aoti_torch_cpu__qlinear_pointwise_tensor (unknown version)");
  }
  found.bound = true;
  abi = found;
  bind_internals(library, &lacking);
  if (missing != nullptr) {
    *missing = lacking;
  } else {
    std::free(lacking);
  }
  return MMT_OK;
}

int32_t mmt_version(uint64_t* out, char** error) {
  if (!abi.bound) {
    return fail(error, "no libtorch is bound");
  }
  *out = abi.aoti_torch_abi_version();
  return MMT_OK;
}

}  // extern "C"
