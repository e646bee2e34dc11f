// Gradients.
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <vector>

#include "call.h"
#include "contract.h"
#include "failure.h"

namespace mmt {

namespace {

// The backward passes that run, and the gradients that were taken off a leaf meanwhile: libtorch's engine holds a gradient by its
// place in the leaf while it adds to it, so that each lives on until the passes that had begun by then have ended. Places are read and
// emptied by one thread at a time; nothing else takes a dense gradient out of its place.
class Passes {
 public:
  uint64_t begin() {
    std::lock_guard<std::mutex> guard(lock_);
    running_.insert(++last_);
    return last_;
  }

  void end(uint64_t pass) {
    std::vector<Tensor> over;
    {
      std::lock_guard<std::mutex> guard(lock_);
      running_.erase(pass);
      while (!left_.empty() && (running_.empty() || *running_.begin() > left_.front().last)) {
        over.push_back(left_.front().gradient);
        left_.pop_front();
      }
    }
    for (Tensor gradient : over) {
      abi.aoti_torch_delete_tensor_object(gradient);
    }
  }

  // Returns the gradient of a leaf in `out`, or null where there is none.
  int32_t read(Tensor leaf, Tensor* out, char** error) {
    std::lock_guard<std::mutex> guard(lock_);
    return copy_of(internals.mutable_grad(impl_of(leaf)), out, error);
  }

  int32_t clear(Tensor leaf, char** error) {
    Tensor nothing = nullptr;
    if (checked(abi.aoti_torch_new_uninitialized_tensor(&nothing), error) != MMT_OK) {
      return MMT_FAILED;
    }
    Tensor gradient = nullptr;
    int32_t status;
    {
      std::lock_guard<std::mutex> guard(lock_);
      Tensor place = internals.mutable_grad(impl_of(leaf));
      status = copy_of(place, &gradient, error);
      if (status == MMT_OK) {
        status = checked(abi.aoti_torch_assign_tensors(nothing, place), error);
      }
      if (gradient != nullptr && !running_.empty()) {
        left_.push_back({last_, gradient});
        gradient = nullptr;
      }
    }
    abi.aoti_torch_delete_tensor_object(nothing);
    if (gradient != nullptr) {
      abi.aoti_torch_delete_tensor_object(gradient);
    }
    return status;
  }

  int32_t require_gradient(Tensor leaf, bool required, char** error) {
    // It makes the place, as a first look at it does.
    std::lock_guard<std::mutex> guard(lock_);
    return checked(abi.torch_set_requires_grad(leaf, required), error);
  }

 private:
  struct Left {
    uint64_t last;  // the pass that had begun last
    Tensor gradient;
  };

  static int32_t copy_of(Tensor place, Tensor* out, char** error) {
    bool defined = false;
    if (checked(abi.aoti_torch_is_defined(place, &defined), error) != MMT_OK) {
      return MMT_FAILED;
    }
    return defined ? checked(abi.aoti_torch_new_tensor_handle(place, out), error) : MMT_OK;
  }

  std::mutex lock_;
  uint64_t last_ = 0;
  std::set<uint64_t> running_;
  std::deque<Left> left_;
};

Passes& passes() {
  // Never destroyed: passes of other threads may outlive main.
  static auto* all = new Passes();
  return *all;
}

class Pass {
 public:
  Pass() : number_(passes().begin()) {}
  ~Pass() { passes().end(number_); }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

 private:
  uint64_t number_;
};

template <typename Body>
int32_t with_place(mmt_tensor self, char** error, Body body) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  if (internals.mutable_grad == nullptr) {
    return absent(error, "c10::TensorImpl::mutable_grad");
  }
  try {
    return body(reinterpret_cast<Tensor>(self));
  } catch (const std::exception& e) {
    return fail(error, "the tensor has no place for a gradient: %s", e.what());
  }
}

}  // namespace

}  // namespace mmt

using namespace mmt;

extern "C" {

int32_t mmt_set_requires_grad(mmt_tensor self, int32_t requires_grad, char** error) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  return passes().require_gradient(reinterpret_cast<Tensor>(self), requires_grad != 0, error);
}

int32_t mmt_requires_grad(mmt_tensor self, int32_t* out, char** error) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  if (internals.requires_grad == nullptr) {
    return absent(error, "c10::TensorImpl::requires_grad");
  }
  try {
    *out = internals.requires_grad(impl_of(reinterpret_cast<Tensor>(self))) ? 1 : 0;
    return MMT_OK;
  } catch (const std::exception& e) {
    return fail(error, "c10::TensorImpl::requires_grad: %s", e.what());
  }
}

int32_t mmt_detach(mmt_tensor self, mmt_tensor* out, char** error) {
  return Call("aten::detach", "", error).tensor(self).run(out);
}

int32_t mmt_backward(mmt_tensor self, const mmt_tensor* inputs, int64_t count, mmt_tensor gradient,
                     int32_t retain_graph, char** error) {
  Pass pass;
  return Call("aten::_backward", "", error)
      .tensor(self)
      .tensors(inputs, count)
      .optional(gradient)
      .optional_integer(retain_graph != 0 ? 1 : 0)
      .flag(false)
      .run_without_result();
}

int32_t mmt_grad(mmt_tensor self, mmt_tensor* out, char** error) {
  return with_place(self, error, [&](Tensor leaf) {
    Tensor gradient = nullptr;
    int32_t status = passes().read(leaf, &gradient, error);
    if (status == MMT_OK && gradient != nullptr) {
      status = admit(&gradient, "the backward pass", error);
    }
    if (status != MMT_OK && gradient != nullptr) {
      abi.aoti_torch_delete_tensor_object(gradient);
      gradient = nullptr;
    }
    *out = reinterpret_cast<mmt_tensor>(gradient);
    return status;
  });
}

int32_t mmt_clear_grad(mmt_tensor self, char** error) {
  return with_place(self, error, [&](Tensor leaf) { return passes().clear(leaf, error); });
}

int32_t mmt_set_grad_mode(int32_t enabled) {
  bool before = abi.aoti_torch_grad_mode_is_enabled();
  abi.aoti_torch_grad_mode_set_enabled(enabled != 0);
  return before ? 1 : 0;
}

}  // extern "C"
