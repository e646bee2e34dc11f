// Everything that libtorch offers only as C++: gradients, seeds, threads, autocast. Names are the Itanium-mangled ones that
// GCC and Clang write on Linux and macOS. No libtorch header is used: objects cross as addresses.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "mmtorch.h"
#include "registry.h"

namespace mmt {

Internals internals;

namespace {

// An AtenTensorHandle is the address of an at::Tensor, whose only member is the address of its TensorImpl.
void* impl_of(Tensor handle) {
  return *static_cast<void**>(handle);
}

template <typename Function>
void resolve(void* library, const char* name, const char* label, Function* function, std::string* missing) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  if (*function == nullptr) {
    missing->append(missing->empty() ? "" : "\n").append(label);
  }
}

// A gradient slot must answer "undefined" for a fresh tensor; anything else means that the layout is not ours.
bool grad_slot_works() {
  Tensor scalar = nullptr;
  if (abi.aoti_torch_scalar_to_tensor_float64(1.0, &scalar) != 0) {
    return false;
  }
  bool defined = true;
  bool works = abi.torch_set_requires_grad(scalar, true) == 0 &&
               abi.aoti_torch_is_defined(internals.mutable_grad(impl_of(scalar)), &defined) == 0 && !defined;
  abi.aoti_torch_delete_tensor_object(scalar);
  return works;
}

// The state of a known operator must be printed with its schema, else the dispatcher's objects are laid out in another way.
bool schemas_can_be_read() {
  const Registered* neg = registered("aten::neg", "", nullptr);
  return neg != nullptr && neg->text == "aten::neg(Tensor self) -> Tensor";
}

// std::string results come back through a hidden pointer to uninitialised room.
int32_t take_text(void (*producer)(void*), char** out, char** error, const char* name) {
  if (producer == nullptr) {
    return absent(error, name);
  }
  alignas(std::string) unsigned char room[sizeof(std::string)];
  try {
    producer(room);
    auto* text = std::launder(reinterpret_cast<std::string*>(room));
    *out = strdup(text->c_str());
    text->~basic_string();
    return MMT_OK;
  } catch (const std::exception& e) {
    return fail(error, "%s: %s", name, e.what());
  } catch (...) {
    return fail(error, "%s failed", name);
  }
}

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

template <typename Body>
int32_t guarded(char** error, const char* name, Body body) {
  try {
    return body();
  } catch (const std::exception& e) {
    return fail(error, "%s: %s", name, e.what());
  } catch (...) {
    return fail(error, "%s failed", name);
  }
}

}  // namespace

void bind_internals(void* library, char** missing) {
  std::string lacking = *missing == nullptr ? "" : *missing;
  Internals found;
  resolve(library, "_ZN3c1010TensorImpl12mutable_gradEv", "c10::TensorImpl::mutable_grad", &found.mutable_grad,
          &lacking);
  resolve(library, "_ZNK3c1010TensorImpl13requires_gradEv", "c10::TensorImpl::requires_grad", &found.requires_grad,
          &lacking);
  resolve(library, "_ZN2at6detail22getDefaultCPUGeneratorEv", "at::detail::getDefaultCPUGenerator",
          &found.default_generator, &lacking);
  resolve(library, "_ZN2at16CPUGeneratorImpl16set_current_seedEm", "at::CPUGeneratorImpl::set_current_seed",
          &found.set_current_seed, &lacking);
  resolve(library, "_ZN2at6detail18createCPUGeneratorEm", "at::detail::createCPUGenerator",
          &found.create_cpu_generator, &lacking);
  resolve(library, "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb", "at::autocast::set_autocast_enabled",
          &found.set_autocast_enabled, &lacking);
  resolve(library, "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
          "at::autocast::set_autocast_dtype", &found.set_autocast_dtype, &lacking);
  resolve(library, "_ZN2at8autocast17increment_nestingEv", "at::autocast::increment_nesting",
          &found.autocast_increment, &lacking);
  resolve(library, "_ZN2at8autocast17decrement_nestingEv", "at::autocast::decrement_nesting",
          &found.autocast_decrement, &lacking);
  resolve(library, "_ZN2at8autocast11clear_cacheEv", "at::autocast::clear_cache", &found.autocast_clear_cache,
          &lacking);
  resolve(library, "_ZN2at15set_num_threadsEi", "at::set_num_threads", &found.set_num_threads, &lacking);
  resolve(library, "_ZN2at11show_configB5cxx11Ev", "at::show_config", &found.show_config, &lacking);
  resolve(library, "_ZN2at17get_parallel_infoB5cxx11Ev", "at::get_parallel_info", &found.parallel_info, &lacking);
  resolve(library, "_ZN5torch4cuda12device_countEv", "torch::cuda::device_count", &found.cuda_device_count, &lacking);
  resolve(library, "_ZN5torch4cuda11synchronizeEl", "torch::cuda::synchronize", &found.cuda_synchronize, &lacking);
  resolve(library, "_ZN3c1010Dispatcher13realSingletonEv", "c10::Dispatcher::realSingleton", &found.dispatcher, &lacking);
  resolve(library, "_ZN3c1010Dispatcher17findSchemaOrThrowEPKcS2_", "c10::Dispatcher::findSchemaOrThrow",
          &found.find_operator, &lacking);
  resolve(library, "_ZNK3c104impl13OperatorEntry9dumpStateB5cxx11Ev", "c10::impl::OperatorEntry::dumpState",
          &found.operator_state, &lacking);
  internals = found;
  if (internals.operator_state != nullptr && !schemas_can_be_read()) {
    internals.operator_state = nullptr;
    lacking.append(lacking.empty() ? "" : "\n").append("c10::impl::OperatorEntry::dumpState (failed its trial)");
  }
  if (internals.mutable_grad != nullptr && !grad_slot_works()) {
    internals.mutable_grad = nullptr;
    lacking.append(lacking.empty() ? "" : "\n").append("c10::TensorImpl::mutable_grad (failed its trial)");
  }
  std::free(*missing);
  *missing = lacking.empty() ? nullptr : strdup(lacking.c_str());
}

}  // namespace mmt

using namespace mmt;

extern "C" {

int32_t mmt_describe_build(char** out, char** error) {
  char* build = nullptr;
  char* threads = nullptr;
  if (take_text(internals.show_config, &build, error, "at::show_config") != MMT_OK) {
    return MMT_FAILED;
  }
  if (take_text(internals.parallel_info, &threads, nullptr, "at::get_parallel_info") == MMT_OK) {
    int length = asprintf(out, "%s%s", build, threads);
    std::free(threads);
    std::free(build);
    return length < 0 ? fail(error, "out of memory") : MMT_OK;
  }
  *out = build;
  return MMT_OK;
}

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
  return guarded(error, "at::set_num_threads", [&] {
    internals.set_num_threads(count);
    return MMT_OK;
  });
}

int32_t mmt_threads(int32_t* out, char** error) {
  uint32_t count = 0;
  if (checked(abi.torch_get_num_threads(&count), error) != MMT_OK) {
    return MMT_FAILED;
  }
  *out = static_cast<int32_t>(count);
  return MMT_OK;
}

int32_t mmt_cuda_devices(int32_t* out, char** error) {
  return guarded(error, "torch::cuda::device_count", [&] {
    *out = internals.cuda_device_count == nullptr ? 0 : static_cast<int32_t>(internals.cuda_device_count());
    return MMT_OK;
  });
}

int32_t mmt_cuda_synchronize(int32_t device_index, char** error) {
  if (internals.cuda_synchronize == nullptr) {
    return absent(error, "torch::cuda::synchronize");
  }
  return guarded(error, "torch::cuda::synchronize", [&] {
    internals.cuda_synchronize(device_index);
    return MMT_OK;
  });
}

int32_t mmt_generator_new(uint64_t seed, mmt_generator* out, char** error) {
  if (internals.create_cpu_generator == nullptr || abi.torch_new_generator_handle == nullptr) {
    return absent(error, "at::detail::createCPUGenerator with torch_new_generator_handle");
  }
  return guarded(error, "at::detail::createCPUGenerator", [&] {
    // An at::Generator is one owning pointer. It is made in room that torch_delete_generator can delete.
    auto room = std::make_unique<void*>(nullptr);
    internals.create_cpu_generator(room.get(), seed);
    *out = reinterpret_cast<mmt_generator>(room.release());
    return MMT_OK;
  });
}

int32_t mmt_generator_seed(mmt_generator generator, uint64_t seed, char** error) {
  if (internals.set_current_seed == nullptr || internals.default_generator == nullptr) {
    return absent(error, "at::CPUGeneratorImpl::set_current_seed");
  }
  return guarded(error, "at::CPUGeneratorImpl::set_current_seed", [&] {
    void* holder = generator == 0 ? internals.default_generator() : reinterpret_cast<void*>(generator);
    internals.set_current_seed(*static_cast<void**>(holder), seed);
    return MMT_OK;
  });
}

void mmt_generator_free(mmt_generator generator) {
  if (generator != 0 && abi.torch_delete_generator != nullptr) {
    abi.torch_delete_generator(reinterpret_cast<Generator>(generator));
  }
}

int32_t mmt_requires_grad(mmt_tensor self, int32_t* out, char** error) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  if (internals.requires_grad == nullptr) {
    return absent(error, "c10::TensorImpl::requires_grad");
  }
  return guarded(error, "c10::TensorImpl::requires_grad", [&] {
    *out = internals.requires_grad(impl_of(reinterpret_cast<Tensor>(self))) ? 1 : 0;
    return MMT_OK;
  });
}

int32_t mmt_grad(mmt_tensor self, mmt_tensor* out, char** error) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  if (internals.mutable_grad == nullptr) {
    return absent(error, "c10::TensorImpl::mutable_grad");
  }
  return guarded(error, "c10::TensorImpl::mutable_grad", [&] {
    Tensor slot = internals.mutable_grad(impl_of(reinterpret_cast<Tensor>(self)));
    bool defined = false;
    if (checked(abi.aoti_torch_is_defined(slot, &defined), error) != MMT_OK) {
      return MMT_FAILED;
    }
    Tensor handle = nullptr;
    if (defined && checked(abi.aoti_torch_new_tensor_handle(slot, &handle), error) != MMT_OK) {
      return MMT_FAILED;
    }
    *out = reinterpret_cast<mmt_tensor>(handle);
    return MMT_OK;
  });
}

int32_t mmt_clear_grad(mmt_tensor self, char** error) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  if (internals.mutable_grad == nullptr) {
    return absent(error, "c10::TensorImpl::mutable_grad");
  }
  return guarded(error, "c10::TensorImpl::mutable_grad", [&] {
    Tensor nothing = nullptr;
    if (checked(abi.aoti_torch_new_uninitialized_tensor(&nothing), error) != MMT_OK) {
      return MMT_FAILED;
    }
    Tensor slot = internals.mutable_grad(impl_of(reinterpret_cast<Tensor>(self)));
    int32_t status = checked(abi.aoti_torch_assign_tensors(nothing, slot), error);
    abi.aoti_torch_delete_tensor_object(nothing);
    return status;
  });
}

int32_t mmt_set_autocast(int32_t device_type, int32_t enabled, int32_t dtype, char** error) {
  if (internals.set_autocast_enabled == nullptr || internals.set_autocast_dtype == nullptr ||
      internals.autocast_increment == nullptr || internals.autocast_decrement == nullptr ||
      internals.autocast_clear_cache == nullptr) {
    return absent(error, "at::autocast");
  }
  if (require_type_and_place(dtype, device_type, error) != MMT_OK) {
    return MMT_FAILED;
  }
  return guarded(error, "at::autocast", [&] {
    if (enabled != 0) {
      internals.set_autocast_dtype(static_cast<int8_t>(device_type), static_cast<int8_t>(dtype));
      internals.set_autocast_enabled(static_cast<int8_t>(device_type), true);
      internals.autocast_increment();
    } else {
      if (internals.autocast_decrement() == 0) {
        internals.autocast_clear_cache();
      }
      internals.set_autocast_enabled(static_cast<int8_t>(device_type), false);
    }
    return MMT_OK;
  });
}

}  // extern "C"
