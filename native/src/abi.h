// The part of libtorch that this layer uses: the stable C ABI, resolved by name when a libtorch is bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mmt {

using Tensor = void*;     // AtenTensorHandle
using Generator = void*;  // AtenGeneratorHandle
using List = void*;       // StableListHandle
using String = void*;     // StringHandle
using Value = uint64_t;   // StableIValue

// NEEDED: nothing works without it. EXTRA: since some release after 2.11, or used by few functions.
#define MMT_STABLE_ABI(NEEDED, EXTRA)                                                                                  \
  NEEDED(uint64_t, aoti_torch_abi_version, ())                                                                         \
  NEEDED(int32_t, torch_call_dispatcher, (const char*, const char*, Value*, uint64_t))                                 \
  NEEDED(int32_t, aoti_torch_new_tensor_handle, (Tensor, Tensor*))                                                     \
  NEEDED(int32_t, aoti_torch_delete_tensor_object, (Tensor))                                                           \
  NEEDED(int32_t, aoti_torch_get_dim, (Tensor, int64_t*))                                                              \
  NEEDED(int32_t, aoti_torch_get_sizes, (Tensor, int64_t**))                                                           \
  NEEDED(int32_t, aoti_torch_get_strides, (Tensor, int64_t**))                                                         \
  NEEDED(int32_t, aoti_torch_get_dtype, (Tensor, int32_t*))                                                            \
  NEEDED(int32_t, aoti_torch_get_device_type, (Tensor, int32_t*))                                                      \
  NEEDED(int32_t, aoti_torch_get_device_index, (Tensor, int32_t*))                                                     \
  NEEDED(int32_t, aoti_torch_is_contiguous, (Tensor, bool*))                                                           \
  NEEDED(int32_t, aoti_torch_is_defined, (Tensor, bool*))                                                              \
  NEEDED(int32_t, aoti_torch_get_data_ptr, (Tensor, void**))                                                           \
  NEEDED(int32_t, aoti_torch_get_layout, (Tensor, int32_t*))                                                           \
  NEEDED(int32_t, aoti_torch_get_storage_size, (Tensor, int64_t*))                                                     \
  NEEDED(int32_t, aoti_torch_get_storage_offset, (Tensor, int64_t*))                                                           \
  NEEDED(int32_t, aoti_torch_empty_strided,                                                                            \
         (int64_t, const int64_t*, const int64_t*, int32_t, int32_t, int32_t, Tensor*))                                \
  NEEDED(int32_t, aoti_torch_copy_, (Tensor, Tensor, int32_t))                                                         \
  NEEDED(int32_t, aoti_torch_clone, (Tensor, Tensor*))                                                                 \
  NEEDED(int32_t, aoti_torch_new_uninitialized_tensor, (Tensor*))                                                      \
  NEEDED(int32_t, aoti_torch_assign_tensors, (Tensor, Tensor))                                                         \
  NEEDED(int32_t, aoti_torch_scalar_to_tensor_float64, (double, Tensor*))                                              \
  NEEDED(int32_t, aoti_torch_item_float64, (Tensor, double*))                                                          \
  NEEDED(int32_t, aoti_torch_item_int64, (Tensor, int64_t*))                                                           \
  NEEDED(int32_t, aoti_torch_aten_subtract_Tensor, (Tensor, Tensor, double, Tensor*))                                  \
  NEEDED(int32_t, aoti_torch_aten_full,                                                                                \
         (const int64_t*, int64_t, double, int32_t*, int32_t*, int32_t*, int32_t, int32_t*, Tensor*))                  \
  NEEDED(int32_t, aoti_torch_aten_fill__Scalar, (Tensor, double))                                                      \
  NEEDED(bool, aoti_torch_grad_mode_is_enabled, ())                                                                    \
  NEEDED(void, aoti_torch_grad_mode_set_enabled, (bool))                                                               \
  NEEDED(size_t, aoti_torch_dtype_element_size, (int32_t))                                                             \
  NEEDED(int32_t, torch_new_list_reserve_size, (size_t, List*))                                                        \
  NEEDED(int32_t, torch_list_push_back, (List, Value))                                                                 \
  NEEDED(int32_t, torch_list_size, (List, size_t*))                                                                    \
  NEEDED(int32_t, torch_list_get_item, (List, size_t, Value*))                                                         \
  NEEDED(int32_t, torch_delete_list, (List))                                                                           \
  NEEDED(int32_t, torch_new_string_handle, (const char*, size_t, String*))                                             \
  NEEDED(int32_t, torch_delete_string, (String))                                                                       \
  NEEDED(int32_t, torch_get_num_threads, (uint32_t*))                                                                  \
  NEEDED(int32_t, torch_set_requires_grad, (Tensor, bool))                                                             \
  NEEDED(int32_t, torch_from_blob,                                                                                     \
         (void*, int64_t, const int64_t*, const int64_t*, int64_t, int32_t, int32_t, int32_t, Tensor*, int32_t,        \
          const uint8_t*, int64_t, void (*)(void*, void*), void*))                                                     \
  EXTRA(const char*, torch_exception_get_what_without_backtrace, ())                                                   \
  EXTRA(int32_t, torch_new_stable_ivalue, (Value**))                                                                   \
  EXTRA(int32_t, torch_delete_stable_ivalue, (Value*))                                                                 \
  EXTRA(int32_t, torch_new_generator_handle, (Generator, Generator*))                                                  \
  EXTRA(int32_t, torch_parallel_for, (int64_t, int64_t, int64_t, void (*)(int64_t, int64_t, void*), void*))             \
  EXTRA(int32_t, torch_delete_generator, (Generator))                                                                  \
  EXTRA(int32_t, aoti_torch_cpu__linear_pointwise,                                                                     \
        (Tensor, Tensor, Tensor*, const char*, const double**, int64_t, const char**, Tensor*))                       \
  EXTRA(int32_t, aoti_torch_cpu__qlinear_pointwise_tensor,                                                             \
        (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor*, double, int64_t, const int32_t*, const char*,        \
         const double**, int64_t, const char*, Tensor*))

// Until a libtorch is bound, every needed function answers with failure and does nothing else: 1 as a status.
struct Abi {
#define MMT_NEEDED(result, name, parameters) result(*name) parameters = [] parameters -> result { return result(1); };
#define MMT_EXTRA(result, name, parameters) result(*name) parameters = nullptr;
  MMT_STABLE_ABI(MMT_NEEDED, MMT_EXTRA)
#undef MMT_NEEDED
#undef MMT_EXTRA
  bool bound = false;
};

// Filled once by mmt_bind; read-only afterwards.
extern Abi abi;

// A c10::OperatorHandle: the address of the definition, which begins with the operator's entry, and its place in a list. The
// destructor makes compilers return it as they return the original.
struct OperatorHandle {
  void* definition = nullptr;
  void* place = nullptr;
  ~OperatorHandle() {}
};

// Needs beyond the stable ABI: C++ symbols of libtorch, found by their mangled names (names.h).
// They may change in any release, so each is optional and the ones that carry data are tried out when bound.
struct Internals {
  void* (*mutable_grad)(void* tensor_impl) = nullptr;
  bool (*requires_grad)(const void* tensor_impl) = nullptr;
  void* (*default_generator)() = nullptr;
  void (*set_current_seed)(void* generator_impl, uint64_t seed) = nullptr;
  void (*create_cpu_generator)(void** out, uint64_t seed) = nullptr;
  void (*set_autocast_enabled)(int8_t device_type, bool enabled) = nullptr;
  void (*set_autocast_dtype)(int8_t device_type, int8_t dtype) = nullptr;
  int (*autocast_increment)() = nullptr;
  int (*autocast_decrement)() = nullptr;
  void (*autocast_clear_cache)() = nullptr;
  void (*set_num_threads)(int) = nullptr;
  void (*show_config)(void* out_string) = nullptr;
  void (*parallel_info)(void* out_string) = nullptr;
  int8_t (*cuda_device_count)() = nullptr;
  void (*cuda_synchronize)(int64_t) = nullptr;
  void* (*dispatcher)() = nullptr;
  OperatorHandle (*find_operator)(void* dispatcher, const char* name, const char* overload) = nullptr;
  std::string (*operator_state)(const void* entry) = nullptr;
  void (*set_warning_handler)(void* handler) = nullptr;
  const std::string* (*warning_text)(const void* warning) = nullptr;
};

extern Internals internals;

// A tensor handle is the address of an at::Tensor, whose only member is the address of its TensorImpl.
inline void* impl_of(Tensor handle) { return *static_cast<void**>(handle); }

// Resolves `internals` in an opened library; appends the names that are absent or fail their trial to `missing`.
void bind_internals(void* library, char** missing);

}  // namespace mmt
