// The stack of the calling thread. What overflows it inside libtorch would end the process, while Java answers with an
// exception as long as it is asked before.
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "mmtorch.h"

namespace {

// Java keeps about 100 KB for itself at the end; the deepest operators, which compile their kernels first, need less than that.
constexpr size_t kMargin = size_t{256} << 10;

// The address below which the stack must not grow, or 0 where the system does not tell.
uintptr_t lowest_address() {
  uintptr_t start = 0;
  size_t size = 0;
#ifdef __APPLE__
  size = pthread_get_stacksize_np(pthread_self());
  start = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self())) - size;
#else
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
    return 0;
  }
  void* address = nullptr;
  if (pthread_attr_getstack(&attributes, &address, &size) == 0) {
    start = reinterpret_cast<uintptr_t>(address);
  }
  pthread_attr_destroy(&attributes);
#endif
  return start == 0 ? 0 : start + std::min(kMargin, size / 2);
}

}  // namespace

extern "C" int32_t mmt_stack_is_short(void) {
  thread_local const uintptr_t lowest = lowest_address();
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < lowest ? 1 : 0;
}
