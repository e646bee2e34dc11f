#include "threads.h"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "abi.h"
#include "failure.h"
#include "mmtorch.h"
#include "system.h"

namespace mmt {

namespace {

// The size of the calling thread's own team, as far as it is known to start; 0 before the thread's first call, and after its size was set.
thread_local int32_t team = 0;

// The number, of `wanted` threads, that the system lets run at once, besides those there are. libgomp ends the process where one does
// not start, so they are tried out: all are started, wait for each other, and end.
int32_t threads_that_start(int32_t wanted) {
  std::mutex gate;
  std::unique_lock<std::mutex> closed(gate);
  std::vector<std::thread> started;
  try {
    started.reserve(static_cast<size_t>(wanted));
    for (int32_t i = 0; i < wanted; ++i) {
      started.emplace_back([&gate] { std::lock_guard<std::mutex> passed(gate); });
    }
  } catch (const std::exception&) {
    // The count tells.
  }
  closed.unlock();
  for (std::thread& thread : started) {
    thread.join();
  }
  return static_cast<int32_t>(started.size());
}

void do_nothing(void*) {}

// Starts the calling thread's team by an empty parallel region.
void start_team(int32_t size) {
  using Parallel = void (*)(void (*)(void*), void*, unsigned, unsigned);
  void* library = library_of(reinterpret_cast<void*>(abi.aoti_torch_abi_version));
  auto parallel = library == nullptr ? nullptr : reinterpret_cast<Parallel>(symbol(library, "GOMP_parallel"));
  if (parallel != nullptr) {
    parallel(do_nothing, nullptr, static_cast<unsigned>(size), 0);
  }
}

int32_t make_team(char** error) {
  int32_t size = 0;
  // Asking tells OpenMP the size, which products of matrices take from there: on a new thread it would be the number of processors.
  if (mmt_threads(&size, error) != MMT_OK) {
    return MMT_FAILED;
  }
  static const bool limited = threads_are_limited();
  if (limited && size > 1) {
    // One team at a time, or two would be promised the same room.
    static std::mutex one;
    std::lock_guard<std::mutex> guard(one);
    int32_t given = threads_that_start(size - 1);
    if (given < size - 1) {
      return fail(error,
                  "a thread computes with %d threads, but the system starts only %d more in this process (ulimit -v or -u, or a container); call"
                  " from fewer threads, or ask for fewer (Torch.setThreads)",
                  size, given);
    }
    start_team(size);
  }
  team = size;
  return MMT_OK;
}

}  // namespace

int32_t require_team(char** error) { return team != 0 ? MMT_OK : make_team(error); }

}  // namespace mmt

using namespace mmt;

extern "C" {

int32_t mmt_set_threads(int32_t count, char** error) {
  if (count < 1 || count > MMT_MAX_THREADS) {
    return fail(error, "the number of threads must be from 1 to %d, not %d", MMT_MAX_THREADS, count);
  }
  int32_t before = 1;
  if (mmt_threads(&before, error) != MMT_OK) {
    return MMT_FAILED;
  }
  int32_t given = count > before ? threads_that_start(count) : count;
  if (given < count) {
    return fail(error,
                "%d threads are asked for, but the system starts only %d more in this process (a limit of the container or"
                " of ulimit -u); ask for fewer",
                count, given);
  }
  if (internals.set_num_threads == nullptr) {
    return absent(error, "at::set_num_threads");
  }
  try {
    internals.set_num_threads(count);
  } catch (const std::exception& e) {
    return fail(error, "at::set_num_threads: %s", e.what());
  }
  team = team >= count ? count : 0;
  return MMT_OK;
}

int32_t mmt_threads(int32_t* out, char** error) {
  uint32_t count = 0;
  if (checked(abi.torch_get_num_threads(&count), error) != MMT_OK) {
    return MMT_FAILED;
  }
  *out = static_cast<int32_t>(count);
  return MMT_OK;
}

}  // extern "C"
