// What the calls of this layer's own kernels share: threads, and tensors as memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "leaving.h"
#include "mapping_guard.h"
#include "mmtorch.h"
#include "threads.h"

namespace mmt {

// Rows that a thread takes at a time hold about so many elements: below it, waking threads costs more than they save.
constexpr int64_t kGrain = 16384;

// Runs body(first, last) over parts of [0, count), on libtorch's threads.
template <typename Body>
int32_t in_parallel(int64_t count, int64_t grain, const Body& body, char** error) {
  if (abi.torch_parallel_for == nullptr || count <= grain) {
    body(int64_t{0}, count);
    return MMT_OK;
  }
  if (require_team(error) != MMT_OK) {
    return MMT_FAILED;
  }
  auto part = [](int64_t first, int64_t last, void* context) { (*static_cast<const Body*>(context))(first, last); };
  return checked(abi.torch_parallel_for(0, count, grain, part, const_cast<Body*>(&body)), error);
}

// No transformer is as wide, and a row still fits into a core's cache.
constexpr int64_t kMostWidth = 1 << 16;

// Tokens [N, T, D], row-major, in a type that the kernels know.
inline bool are_tokens(const Form& form) {
  return form.for_kernels() && form.rank == 3 && form.contiguous() && form.sizes[2] <= kMostWidth;
}

// A call of a kernel of this layer: what it reads lies in memory, what it writes is new.
class Fused {
 public:
  explicit Fused(char** error) : error_(error) {}

  template <typename Pointer>
  int32_t read(mmt_tensor tensor, Pointer* data) {
    void* start = nullptr;
    if (require_whole(reinterpret_cast<Tensor>(tensor), error_) != MMT_OK ||
        checked(abi.aoti_torch_get_data_ptr(reinterpret_cast<Tensor>(tensor), &start), error_) != MMT_OK) {
      return MMT_FAILED;
    }
    *data = static_cast<Pointer>(start);
    return MMT_OK;
  }

  template <typename Pointer>
  int32_t make(std::initializer_list<int64_t> sizes, const Form& like, Owned* tensor, Pointer* data) {
    return mmt_empty(sizes.begin(), static_cast<int64_t>(sizes.size()), like.dtype, like.device_type, like.device_index,
                     tensor->out(), error_) == MMT_OK &&
                   read(tensor->get(), data) == MMT_OK
               ? MMT_OK
               : MMT_FAILED;
  }

  int32_t finish(int32_t status) { return reading_.finish(status, error_); }

  int32_t finish(int32_t status, Owned* result, mmt_tensor* out) {
    if (finish(status) != MMT_OK) {
      return MMT_FAILED;
    }
    *out = result->release();
    return MMT_OK;
  }

 private:
  InFlight mark_;
  Reading reading_;
  char** error_;
};

}  // namespace mmt
