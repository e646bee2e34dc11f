// The stack of the calling thread. What overflows it inside libtorch would end the process, while Java answers with an
// exception as long as it is asked before.
#include <cstddef>
#include <cstdint>

#include "mmtorch.h"
#include "system.h"

namespace {

// Java keeps about 100 KB for itself at the end; the deepest operators (a solver of MKL's, or one that compiles its kernels first)
// need up to 150 KB. A thread whose whole stack is no larger cannot call at all.
constexpr size_t kMargin = size_t{192} << 10;

// The address below which the stack must not grow, or 0 where the system does not tell.
uintptr_t lowest_address() {
  mmt::Stack stack = mmt::stack_of_this_thread();
  return stack.start == 0 ? 0 : stack.start + kMargin;
}

}  // namespace

extern "C" int32_t mmt_stack_is_short(void) {
  thread_local const uintptr_t lowest = lowest_address();
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < lowest ? 1 : 0;
}
