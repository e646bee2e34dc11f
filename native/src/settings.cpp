// The switch of NNPACK, which libtorch offers only as C++: at::globalContext().setUserEnabledNNPACK(bool).
#include "failure.h"
#include "mmtorch.h"
#include "names.h"
#include "system.h"

using namespace mmt;

extern "C" {

int32_t mmt_set_nnpack(const char* torch_cpu_path, int32_t enabled, char** error) {
  void* library = opened_library(torch_cpu_path);
  if (library == nullptr) {
    return fail(error, "%s is not open; open it first", torch_cpu_path);
  }
  auto context = reinterpret_cast<void* (*)()>(symbol(library, names::kGlobalContext));
  auto enabled_now = reinterpret_cast<bool (*)(const void*)>(symbol(library, names::kUserEnabledNnpack));
  auto set = reinterpret_cast<void (*)(void*, bool)>(symbol(library, names::kSetUserEnabledNnpack));
  if (context == nullptr || set == nullptr || enabled_now == nullptr) {
    return fail(error, "this libtorch has no at::Context::setUserEnabledNNPACK");
  }
  // None of them throws: they return a static object, store a flag and read it.
  set(context(), enabled != 0);
  return enabled_now(context()) == (enabled != 0) ? MMT_OK : fail(error, "at::Context keeps its setting of NNPACK");
}

}  // extern "C"
