// What libtorch offers only as C++, found by the names in names.h; of it seeds and autocast. No libtorch header is used:
// objects cross as addresses.
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "mmtorch.h"
#include "names.h"
#include "registry.h"
#include "system.h"

namespace mmt {

Internals internals;

namespace {

// The types of mixed precision that this thread has begun and not ended, on the CPU and on CUDA devices: an inner one gives way to the
// one around it.
thread_local std::vector<int8_t> autocasts[2];

template <typename Function>
void resolve(void* library, const char* name, const char* label, Function* function, std::string* missing) {
  *function = name == nullptr ? nullptr : reinterpret_cast<Function>(symbol(library, name));
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

// libtorch names the functions on the stack for every exception, which takes milliseconds, though nobody asked to see them.
void leave_out_stack_traces(void* library) {
  void (*set_fetcher)(std::function<std::string()>) = nullptr;
  std::string lacking;
  resolve(library, names::kSetStackTraceFetcher, "c10::SetStackTraceFetcher", &set_fetcher, &lacking);
  if (set_fetcher != nullptr && std::getenv("TORCH_SHOW_CPP_STACKTRACES") == nullptr) {
    set_fetcher([] { return std::string(); });
  }
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
  resolve(library, names::kMutableGrad, "c10::TensorImpl::mutable_grad", &found.mutable_grad, &lacking);
  resolve(library, names::kRequiresGrad, "c10::TensorImpl::requires_grad", &found.requires_grad, &lacking);
  resolve(library, names::kDefaultGenerator, "at::detail::getDefaultCPUGenerator", &found.default_generator, &lacking);
  resolve(library, names::kSetCurrentSeed, "at::CPUGeneratorImpl::set_current_seed", &found.set_current_seed, &lacking);
  resolve(library, names::kCreateGenerator, "at::detail::createCPUGenerator", &found.create_cpu_generator, &lacking);
  resolve(library, names::kSetAutocastEnabled, "at::autocast::set_autocast_enabled",
          &found.set_autocast_enabled, &lacking);
  resolve(library, names::kSetAutocastDtype, "at::autocast::set_autocast_dtype", &found.set_autocast_dtype, &lacking);
  resolve(library, names::kIncrementNesting, "at::autocast::increment_nesting", &found.autocast_increment, &lacking);
  resolve(library, names::kDecrementNesting, "at::autocast::decrement_nesting", &found.autocast_decrement, &lacking);
  resolve(library, names::kClearCache, "at::autocast::clear_cache", &found.autocast_clear_cache, &lacking);
  resolve(library, names::kSetNumThreads, "at::set_num_threads", &found.set_num_threads, &lacking);
  resolve(library, names::kShowConfig, "at::show_config", &found.show_config, &lacking);
  resolve(library, names::kParallelInfo, "at::get_parallel_info", &found.parallel_info, &lacking);
  resolve(library, names::kCudaDeviceCount, "torch::cuda::device_count", &found.cuda_device_count, &lacking);
  resolve(library, names::kCudaSynchronize, "torch::cuda::synchronize", &found.cuda_synchronize, &lacking);
  resolve(library, names::kDispatcher, "c10::Dispatcher::realSingleton", &found.dispatcher, &lacking);
  resolve(library, names::kFindOperator, "c10::Dispatcher::findSchemaOrThrow", &found.find_operator, &lacking);
  resolve(library, names::kOperatorState, "c10::impl::OperatorEntry::dumpState", &found.operator_state, &lacking);
  resolve(library, names::kSetWarningHandler, "c10::WarningUtils::set_warning_handler", &found.set_warning_handler, &lacking);
  resolve(library, names::kWarningText, "c10::Warning::msg", &found.warning_text, &lacking);
  internals = found;
  leave_out_stack_traces(library);
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
    std::string both = std::string(build) + threads;
    std::free(threads);
    std::free(build);
    build = strdup(both.c_str());
  }
  if (build == nullptr) {
    return fail(error, "out of memory");
  }
  *out = build;
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
    // An at::Generator is one owning pointer. Only libtorch's own allocator may make the room that torch_delete_generator deletes:
    // that of a copy of a generator that is none.
    void* none = nullptr;
    Generator room = nullptr;
    if (checked(abi.torch_new_generator_handle(&none, &room), error) != MMT_OK) {
      return MMT_FAILED;
    }
    internals.create_cpu_generator(static_cast<void**>(room), seed);
    *out = reinterpret_cast<mmt_generator>(room);
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
    const auto device = static_cast<int8_t>(device_type);
    std::vector<int8_t>& open = autocasts[device_type == kCpu ? 0 : 1];
    if (enabled != 0) {
      open.push_back(static_cast<int8_t>(dtype));
      internals.set_autocast_dtype(device, open.back());
      internals.set_autocast_enabled(device, true);
      internals.autocast_increment();
      return MMT_OK;
    }
    if (internals.autocast_decrement() == 0) {
      internals.autocast_clear_cache();
    }
    if (!open.empty()) {
      open.pop_back();
    }
    if (!open.empty()) {
      internals.set_autocast_dtype(device, open.back());
    }
    internals.set_autocast_enabled(device, !open.empty());
    return MMT_OK;
  });
}

}  // extern "C"
