// exit() destroys libtorch's globals. A thread that is inside an operator then, as after Ctrl-C or when a JVM ends beside its
// daemon threads, would go on with what is gone and take the process down with SIGSEGV. So the first thing exit() does is to
// wait for the calls under way, and no new ones begin.
#include "leaving.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "failure.h"
#include "mmtorch.h"

namespace mmt {

namespace {

// A step of a large model may take longer than anyone waits for a process to end.
constexpr std::chrono::seconds kPatience{10};

std::atomic<int64_t> in_flight{0};
std::atomic<int64_t> in_background{0};
std::atomic<bool> leaving{false};

void leave_at_once(int status) {
  std::fflush(nullptr);
  std::_Exit(status);
}

void wait_for_calls(int status) {
  leaving.store(true);
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (in_flight.load() != 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      // Without the destructors: nobody reads what they would have written.
      std::_Exit(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (in_background.load() != 0) {
    std::_Exit(status);
  }
}

}  // namespace

void background_begins() {
  in_background.fetch_add(1);
}

void background_ends() {
  in_background.fetch_sub(1);
}

// Counted first and asked second, as wait_for_calls does the reverse: one of the two always sees the other.
InFlight::InFlight() {
  in_flight.fetch_add(1);
  if (leaving.load()) {
    in_flight.fetch_sub(1);
    for (;;) {
      std::this_thread::sleep_for(std::chrono::hours(1));
    }
  }
}

InFlight::~InFlight() {
  in_flight.fetch_sub(1);
}

}  // namespace mmt

using namespace mmt;

extern "C" {

int32_t mmt_wait_at_exit(int32_t at_once, char** error) {
#ifdef _WIN32
  // Windows ends all other threads before it destroys anything.
  static_cast<void>(at_once);
  static_cast<void>(wait_for_calls);
  static_cast<void>(leave_at_once);
  bool registered = true;
#elif defined(__GLIBC__)
  // Handlers run in the reverse order.
  bool registered = (at_once == 0 || on_exit([](int status, void*) { leave_at_once(status); }, nullptr) == 0) &&
                    on_exit([](int status, void*) { wait_for_calls(status); }, nullptr) == 0;
#else
  // Nobody tells the handler the status, which it would have to end with.
  static_cast<void>(at_once);
  static_cast<void>(leave_at_once);
  bool registered = std::atexit([] { wait_for_calls(EXIT_FAILURE); }) == 0;
#endif
  return registered ? MMT_OK : fail(error, "the C library takes no more exit handlers");
}

}  // extern "C"
