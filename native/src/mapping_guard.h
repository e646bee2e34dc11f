// The guard of mapped files. Touching a page of a mapping that its file no longer has, since somebody cut it short, raises SIGBUS,
// which ends the process: the JVM answers for its own accesses, not for those of native code. Here a handler puts zeros in the
// place of the lost pages, so that the operator comes to its end, and the call that it belongs to fails.
#pragma once

#include <atomic>
#include <cstdint>

#include "abi.h"

namespace mmt {

// Counts faults, and the mappings that have lost pages. Only mapping_guard.cpp writes them.
extern std::atomic<uint64_t> lost_pages;
extern std::atomic<int32_t> damaged_mappings;

// Watches over a mapping until release_mapping. The handler is installed with the first one and hands on what is not ours.
void guard_mapping(char* start, int64_t size, const char* path);
void release_mapping(const char* start);

int32_t fail_for_lost_pages(char** error);
int32_t require_whole_slowly(Tensor tensor, char** error);

// Fails where a tensor reaches into lost pages, which read as zeros without a fault from now on.
inline int32_t require_whole(Tensor tensor, char** error) {
  return damaged_mappings.load(std::memory_order_relaxed) == 0 ? 0 : require_whole_slowly(tensor, error);
}

// One call that reads tensors. A fault of any thread meanwhile makes it fail: operators have threads of their own, so nobody can
// tell whose page it was.
class Reading {
 public:
  Reading() : before_(lost_pages.load(std::memory_order_acquire)) {}

  bool disturbed() const { return lost_pages.load(std::memory_order_acquire) != before_; }

  int32_t finish(int32_t status, char** error) const {
    return status == 0 && disturbed() ? fail_for_lost_pages(error) : status;
  }

 private:
  uint64_t before_;
};

}  // namespace mmt
