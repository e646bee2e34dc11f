// Settings of the process that come with loading: variables that only libtorch's libraries are to see, and the switch of
// NNPACK, which libtorch offers only as C++: at::globalContext().setUserEnabledNNPACK(bool).
#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "failure.h"
#include "mmtorch.h"

using namespace mmt;

extern "C" {

int32_t mmt_unset(const char* name, char** error) {
  return unsetenv(name) == 0 ? MMT_OK : fail(error, "cannot unset %s: %s", name, std::strerror(errno));
}

int32_t mmt_set_nnpack(const char* torch_cpu_path, int32_t enabled, char** error) {
  void* library = dlopen(torch_cpu_path, RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) {
    return fail(error, "%s is not open; open it first", torch_cpu_path);
  }
  auto context = reinterpret_cast<void* (*)()>(dlsym(library, "_ZN2at13globalContextEv"));
  auto enabled_now = reinterpret_cast<bool (*)(const void*)>(dlsym(library, "_ZNK2at7Context17userEnabledNNPACKEv"));
  auto set = reinterpret_cast<void (*)(void*, bool)>(dlsym(library, "_ZN2at7Context20setUserEnabledNNPACKEb"));
  if (context == nullptr || set == nullptr || enabled_now == nullptr) {
    return fail(error, "this libtorch has no at::Context::setUserEnabledNNPACK");
  }
  // None of them throws: they return a static object, store a flag and read it.
  set(context(), enabled != 0);
  return enabled_now(context()) == (enabled != 0) ? MMT_OK : fail(error, "at::Context keeps its setting of NNPACK");
}

}  // extern "C"
