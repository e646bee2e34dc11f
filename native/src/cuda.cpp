// The GPU as a library beside libtorch sees it, NCCL: memory of tensors, the stream that libtorch works on, and events that tell when
// what was put there is done. libtorch_cuda has the first two in its C ABI; events are the CUDA runtime's, with which it is linked.
#include <mutex>
#include <string>
#include <type_traits>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "mmtorch.h"
#include "system.h"

using namespace mmt;

namespace {

// Of the CUDA runtime.
constexpr int kSuccess = 0;
constexpr int kNotReady = 600;
constexpr unsigned kDisableTiming = 2;

struct Cuda {
  int32_t memory = kCuda;
  int32_t (*create_guard)(int32_t device, void** out) = nullptr;
  int32_t (*delete_guard)(void* guard) = nullptr;
  int32_t (*current_stream)(int32_t device, void** out) = nullptr;
  int (*create_event)(void** out, unsigned flags) = nullptr;
  int (*record_event)(void* event, void* stream) = nullptr;
  int (*query_event)(void* event) = nullptr;
  int (*destroy_event)(void* event) = nullptr;
  const char* (*error_text)(int code) = nullptr;
  bool bound = false;
};

// Written once, under the lock, before anything else here is called.
Cuda cuda;
std::mutex binding;

int32_t require_bound(char** error) {
  return cuda.bound ? MMT_OK : fail(error, "no libtorch_cuda is bound; take a libtorch with CUDA");
}

int32_t checked_cuda(int code, const char* what, char** error) {
  return code == kSuccess ? MMT_OK : fail(error, "CUDA: %s failed: %s", what, cuda.error_text(code));
}

}  // namespace

extern "C" {

int32_t mmt_cuda_bind(const char* torch_cuda_path, int32_t memory, char** error) {
  std::lock_guard<std::mutex> lock(binding);
  if (cuda.bound) {
    return MMT_OK;
  }
  if (!known_device(memory)) {
    return fail(error, "device type %d is neither the CPU (0) nor CUDA (1)", memory);
  }
  void* library = opened_library(torch_cuda_path);
  if (library == nullptr) {
    return fail(error, "%s is not open; take a libtorch with CUDA", torch_cuda_path);
  }
  Cuda found;
  std::string lacking;
  auto find = [&](const char* name, auto* pointer) {
    *pointer = reinterpret_cast<std::remove_reference_t<decltype(*pointer)>>(symbol(library, name));
    lacking += *pointer == nullptr ? std::string(" ") + name : "";
  };
  find("aoti_torch_create_cuda_guard", &found.create_guard);
  find("aoti_torch_delete_cuda_guard", &found.delete_guard);
  find("aoti_torch_get_current_cuda_stream", &found.current_stream);
  find("cudaEventCreateWithFlags", &found.create_event);
  find("cudaEventRecord", &found.record_event);
  find("cudaEventQuery", &found.query_event);
  find("cudaEventDestroy", &found.destroy_event);
  find("cudaGetErrorString", &found.error_text);
  if (!lacking.empty()) {
    return fail(error, "%s and what it is linked with have no%s", torch_cuda_path, lacking.c_str());
  }
  found.memory = memory;
  found.bound = true;
  cuda = found;
  return MMT_OK;
}

int32_t mmt_cuda_enter(int32_t device_index, mmt_cuda_guard* out, char** error) {
  if (require_bound(error) != MMT_OK) {
    return MMT_FAILED;
  }
  void* guard = nullptr;
  if (checked(cuda.create_guard(device_index, &guard), error) != MMT_OK) {
    return MMT_FAILED;
  }
  *out = reinterpret_cast<mmt_cuda_guard>(guard);
  return MMT_OK;
}

void mmt_cuda_leave(mmt_cuda_guard guard) {
  if (guard != 0) {
    cuda.delete_guard(reinterpret_cast<void*>(guard));
  }
}

int32_t mmt_cuda_stream(int32_t device_index, void** out, char** error) {
  if (require_bound(error) != MMT_OK) {
    return MMT_FAILED;
  }
  void* stream = nullptr;
  if (checked(cuda.current_stream(device_index, &stream), error) != MMT_OK) {
    return MMT_FAILED;
  }
  *out = stream;
  return MMT_OK;
}

int32_t mmt_cuda_data(mmt_tensor tensor, int32_t device_index, int64_t bytes, int32_t written, void** out, char** error) {
  if (require_bound(error) != MMT_OK) {
    return MMT_FAILED;
  }
  Form form;
  if (!form.read(tensor)) {
    return fail(error, "the tensor is null");
  }
  if (form.device_type != cuda.memory || (form.device_type == kCuda && form.device_index != device_index)) {
    return fail(error, "the tensor is not in the memory of cuda:%d", device_index);
  }
  if (!form.contiguous()) {
    return fail(error, "the tensor is not row-major; make a contiguous copy");
  }
  int64_t own = form.elements() * static_cast<int64_t>(abi.aoti_torch_dtype_element_size(form.dtype));
  if (own != bytes) {
    return fail(error, "the tensor has %lld bytes, not %lld", static_cast<long long>(own), static_cast<long long>(bytes));
  }
  if (written != 0 && note_written(tensor, error) != MMT_OK) {
    return MMT_FAILED;
  }
  void* data = nullptr;
  if (abi.aoti_torch_get_data_ptr(reinterpret_cast<Tensor>(tensor), &data) != 0 || (data == nullptr && bytes != 0)) {
    return fail(error, "the tensor has no memory");
  }
  *out = data;
  return MMT_OK;
}

int32_t mmt_cuda_event_new(void* stream, mmt_cuda_event* out, char** error) {
  if (require_bound(error) != MMT_OK) {
    return MMT_FAILED;
  }
  void* event = nullptr;
  if (checked_cuda(cuda.create_event(&event, kDisableTiming), "making an event", error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (checked_cuda(cuda.record_event(event, stream), "recording an event", error) != MMT_OK) {
    cuda.destroy_event(event);
    return MMT_FAILED;
  }
  *out = reinterpret_cast<mmt_cuda_event>(event);
  return MMT_OK;
}

int32_t mmt_cuda_event_done(mmt_cuda_event event, int32_t* done, char** error) {
  if (event == 0) {
    return fail(error, "the event is null");
  }
  int code = cuda.query_event(reinterpret_cast<void*>(event));
  if (code != kNotReady && checked_cuda(code, "work before an event", error) != MMT_OK) {
    return MMT_FAILED;
  }
  *done = code == kSuccess ? 1 : 0;
  return MMT_OK;
}

void mmt_cuda_event_free(mmt_cuda_event event) {
  if (event != 0) {
    cuda.destroy_event(reinterpret_cast<void*>(event));
  }
}

}  // extern "C"
