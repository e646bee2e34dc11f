// Files in memory: the pages live as long as the last tensor over them, whatever the owner of the mapping does.
#include <algorithm>
#include <atomic>
#include <string>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "mapping_guard.h"
#include "mmtorch.h"
#include "system.h"

using namespace mmt;

namespace {

struct Mapping {
  std::atomic<int64_t> shares{1};
  FileView view;
};

void give_back(Mapping* mapping) {
  if (mapping->shares.fetch_sub(1) == 1) {
    if (mapping->view.size > 0) {
      release_mapping(mapping->view.start);
      unmap_file(mapping->view);
    }
    delete mapping;
  }
}

// Called by libtorch when the last tensor over a blob dies, on whichever thread that happens.
void blob_died(void*, void* mapping) {
  give_back(static_cast<Mapping*>(mapping));
}

// The index of the furthest element that sizes and strides reach, or -1 where that overflows or a stride is negative.
int64_t furthest(const int64_t* sizes, const int64_t* strides, int64_t rank, int64_t storage_offset) {
  int64_t last = storage_offset;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t reach = 0;
    if (sizes[i] < 1 || strides[i] < 0 || __builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      return -1;
    }
  }
  return last;
}

}  // namespace

extern "C" {

int32_t mmt_mapping_open(const char* path, mmt_mapping* out, int64_t* size, char** error) {
  FileView view;
  std::string reason;
  if (!map_file(path, &view, &reason)) {
    return fail(error, "cannot map %s: %s", path, reason.c_str());
  }
  auto* mapping = new Mapping();
  mapping->view = view;
  if (view.size > 0) {
    guard_mapping(view.start, view.size, path);
  }
  *out = reinterpret_cast<mmt_mapping>(mapping);
  *size = view.size;
  return MMT_OK;
}

void mmt_mapping_free(mmt_mapping mapping) {
  if (mapping != 0) {
    give_back(reinterpret_cast<Mapping*>(mapping));
  }
}

int32_t mmt_mapping_tensor(mmt_mapping mapping_handle, int64_t offset, int64_t length, int32_t dtype,
                           const int64_t* sizes, const int64_t* strides, int64_t rank, int64_t storage_offset,
                           mmt_tensor* out, char** error) {
  if (mapping_handle == 0) {
    return fail(error, "the mapping is closed");
  }
  auto* mapping = reinterpret_cast<Mapping*>(mapping_handle);
  if (!known_dtype(dtype)) {
    return require_type_and_place(dtype, kCpu, error);
  }
  auto width = static_cast<int64_t>(abi.aoti_torch_dtype_element_size(dtype));
  if (rank < 0 || rank > MMT_MAX_RANK || offset < 0 || length < 0 || storage_offset < 0 ||
      offset > mapping->view.size || length > mapping->view.size - offset) {
    return fail(error, "the bytes %lld + %lld lie outside a file of %lld bytes", static_cast<long long>(offset),
                static_cast<long long>(length), static_cast<long long>(mapping->view.size));
  }
  if (require_sizes(sizes, rank, dtype, error) != MMT_OK) {
    return MMT_FAILED;
  }
  bool empty = std::count(sizes, sizes + rank, 0) > 0;
  int64_t last = empty ? -1 : furthest(sizes, strides, rank, storage_offset);
  if (!empty && (last < 0 || last >= length / width)) {
    return fail(error, "sizes and strides reach outside the %lld bytes of the tensor", static_cast<long long>(length));
  }
  Tensor tensor = nullptr;
  if (empty) {
    // Strides mean nothing without elements.
    return mmt_empty(sizes, rank, dtype, kCpu, -1, out, error);
  }
  mapping->shares.fetch_add(1);
  int32_t status = checked(abi.torch_from_blob(mapping->view.start + offset, rank, sizes, strides, storage_offset, dtype, 0,
                                               -1, &tensor, 0, nullptr, 0, blob_died, mapping),
                           error);
  if (status != MMT_OK) {
    give_back(mapping);
    return status;
  }
  if (offset % width != 0) {
    // Kernels assume aligned elements.
    Tensor aligned = nullptr;
    Reading reading;
    status = reading.finish(checked(abi.aoti_torch_clone(tensor, &aligned), error), error);
    abi.aoti_torch_delete_tensor_object(tensor);
    tensor = aligned;
  }
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(tensor);
  }
  return status;
}

}  // extern "C"
