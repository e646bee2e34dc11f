// Optimizer steps over lists of tensors, in place. The fused AdamW kernel walks storage from the first element on and looks
// neither at sizes nor at strides, so both are looked at here.
#include <algorithm>
#include <exception>
#include <vector>

#include "call.h"
#include "contract.h"
#include "failure.h"

using namespace mmt;

namespace {

int32_t require_scalar(mmt_tensor tensor, const Form& of, const char* name, char** error) {
  Form form;
  if (!form.read(tensor) || form.dtype != kFloat32 || form.elements() != 1 || !form.same_place(of)) {
    return fail(error, "AdamW needs %s as one float32 on the device of its parameter", name);
  }
  return MMT_OK;
}

// The tensors of one AdamW step. Those that the kernel cannot walk are stood in for by row-major copies, which are
// written back afterwards.
class AdamWStep {
 public:
  explicit AdamWStep(char** error) : error_(error) {}

  int32_t add(int64_t index, mmt_tensor parameter, mmt_tensor gradient, mmt_tensor first, mmt_tensor second) {
    Form like;
    if (!like.read(parameter)) {
      return fail(error_, "AdamW was given no parameter %lld", static_cast<long long>(index));
    }
    bool floating = like.dtype == kFloat32 || like.dtype == kFloat64 || like.dtype == kFloat16 || like.dtype == kBfloat16;
    if (!floating || !known_device(like.device_type)) {
      return fail(error_, "parameter %lld of AdamW is not of a floating type", static_cast<long long>(index));
    }
    return take(index, "the parameter", parameter, like, true, &parameters_) == MMT_OK &&
                   take(index, "the first moment", first, like, true, &first_moments_) == MMT_OK &&
                   take(index, "the second moment", second, like, true, &second_moments_) == MMT_OK &&
                   take(index, "the gradient", gradient, like, false, &gradients_) == MMT_OK
               ? MMT_OK
               : MMT_FAILED;
  }

  int32_t add_step(mmt_tensor step) {
    Form form;
    Memory memory;
    if (!form.read(step) || memory.read(step, form, error_) != MMT_OK) {
      return MMT_FAILED;
    }
    read_.push_back({&steps_, steps_.size(), memory, step});
    steps_.push_back(step);
    return MMT_OK;
  }

  // Once all are added: nothing that is written overlaps, and no gradient or count of steps lies in what is written, where it would
  // change under the kernel.
  int32_t require_apart() {
    if (mmt::require_apart(written_, "parameters or moments of AdamW", error_) != MMT_OK) {
      return MMT_FAILED;
    }
    std::vector<Memory> sorted = written_;
    bool dense = std::all_of(sorted.begin(), sorted.end(), [](const Memory& memory) { return memory.dense; });
    std::sort(sorted.begin(), sorted.end(), [](const Memory& left, const Memory& right) { return left.end < right.end; });
    for (const Read& read : read_) {
      // Where all are dense, only the first that ends behind its start can meet it.
      auto from = std::upper_bound(sorted.begin(), sorted.end(), read.memory.start,
                                   [](const char* start, const Memory& memory) { return start < memory.end; });
      auto to = dense && from != sorted.end() ? from + 1 : sorted.end();
      bool met = std::any_of(from, to, [&](const Memory& memory) { return memory.meets(read.memory); });
      if (met) {
        StandIn stand_in{Owned(), read.tensor};
        if (mmt_clone(read.tensor, stand_in.copy.out(), error_) != MMT_OK) {
          return MMT_FAILED;
        }
        (*read.list)[read.place] = stand_in.copy.get();
        read_only_.push_back(std::move(stand_in));
      }
    }
    return MMT_OK;
  }

  int32_t write_back() {
    for (const auto& [copy, original] : stand_ins_) {
      if (mmt_copy_(original, copy.get(), error_) != MMT_OK) {
        return MMT_FAILED;
      }
    }
    return MMT_OK;
  }

  const std::vector<mmt_tensor>& parameters() const { return parameters_; }
  const std::vector<mmt_tensor>& gradients() const { return gradients_; }
  const std::vector<mmt_tensor>& first_moments() const { return first_moments_; }
  const std::vector<mmt_tensor>& second_moments() const { return second_moments_; }
  const std::vector<mmt_tensor>& steps() const { return steps_; }

 private:
  struct StandIn {
    Owned copy;
    mmt_tensor original;
  };

  // A tensor that is only read, and its place.
  struct Read {
    std::vector<mmt_tensor>* list;
    size_t place;
    Memory memory;
    mmt_tensor tensor;
  };

  int32_t take(int64_t index, const char* role, mmt_tensor tensor, const Form& like, bool written,
               std::vector<mmt_tensor>* list) {
    Form form;
    if (!form.read(tensor)) {
      return fail(error_, "%s %lld of AdamW is null", role, static_cast<long long>(index));
    }
    if (!form.same_sizes(like) || form.dtype != like.dtype || !form.same_place(like)) {
      return fail(error_, "%s %lld of AdamW differs from its parameter in shape, type or device", role,
                  static_cast<long long>(index));
    }
    if (written && form.overlaps_itself()) {
      return fail(error_, "%s %lld of AdamW is a view in which several elements share memory; copy() it first", role,
                  static_cast<long long>(index));
    }
    Memory memory;
    if (memory.read(tensor, form, error_) != MMT_OK) {
      return MMT_FAILED;
    }
    bool plain = form.contiguous();
    if (written) {
      written_.push_back(memory);
    } else if (plain) {
      read_.push_back({list, list->size(), memory, tensor});
    }
    if (plain) {
      list->push_back(tensor);
      return MMT_OK;
    }
    StandIn stand_in{Owned(), tensor};
    if (Call("aten::clone", "", error_).tensor(tensor).optional_dtype(0).run(stand_in.copy.out()) != MMT_OK) {
      return MMT_FAILED;
    }
    list->push_back(stand_in.copy.get());
    (written ? stand_ins_ : read_only_).push_back(std::move(stand_in));
    return MMT_OK;
  }

  char** error_;
  std::vector<mmt_tensor> parameters_, gradients_, first_moments_, second_moments_, steps_;
  std::vector<StandIn> stand_ins_, read_only_;
  std::vector<Memory> written_;
  std::vector<Read> read_;
};

int32_t fused_adamw(AdamWStep& step, int64_t count, double rate, double beta1, double beta2,
                    double weight_decay, double eps, mmt_tensor gradient_scale, mmt_tensor found_infinity,
                    char** error) {
  return Call("aten::_fused_adamw_", "", error)
      .tensors(step.parameters().data(), count)
      .tensors(step.gradients().data(), count)
      .tensors(step.first_moments().data(), count)
      .tensors(step.second_moments().data(), count)
      .tensors(nullptr, 0)
      .tensors(step.steps().data(), count)
      .real(rate)
      .real(beta1)
      .real(beta2)
      .real(weight_decay)
      .real(eps)
      .flag(false)
      .flag(false)
      .optional(gradient_scale)
      .optional(found_infinity)
      .run_without_result();
}

int32_t note_all_written(const mmt_tensor* tensors, int64_t count, char** error) {
  for (int64_t i = 0; i < count; ++i) {
    if (note_written(tensors[i], error) != MMT_OK) {
      return MMT_FAILED;
    }
  }
  return MMT_OK;
}

// A list that is written in place, by a number that may lie among what is written: it is taken out before.
int32_t require_list(const mmt_tensor* tensors, int64_t count, mmt_tensor number, const char* operation, char** error) {
  if (require_writable(tensors, count, "tensors that are written in place", error) != MMT_OK) {
    return MMT_FAILED;
  }
  for (int64_t i = 0; i < count; ++i) {
    if (require_unrecorded(tensors[i], &number, 1, operation, error) != MMT_OK) {
      return MMT_FAILED;
    }
  }
  return MMT_OK;
}

}  // namespace

extern "C" {

int32_t mmt_fused_adamw_(const mmt_tensor* parameters, const mmt_tensor* gradients, const mmt_tensor* first_moments,
                         const mmt_tensor* second_moments, const mmt_tensor* steps, int64_t count, double rate,
                         double beta1, double beta2, double weight_decay, double eps, mmt_tensor gradient_scale,
                         mmt_tensor found_infinity, char** error) {
  try {
    WithoutGradients mode;
    AdamWStep step(error);
    for (int64_t i = 0; i < count; ++i) {
      Form like;
      if (step.add(i, parameters[i], gradients[i], first_moments[i], second_moments[i]) != MMT_OK ||
          !like.read(parameters[i]) ||
          require_scalar(steps[i], like, "each step count", error) != MMT_OK ||
          (gradient_scale != 0 && require_scalar(gradient_scale, like, "the gradient scale", error) != MMT_OK) ||
          (found_infinity != 0 && require_scalar(found_infinity, like, "the mark of infinities", error) != MMT_OK) ||
          step.add_step(steps[i]) != MMT_OK) {
        return MMT_FAILED;
      }
    }
    return step.require_apart() == MMT_OK &&
                   fused_adamw(step, count, rate, beta1, beta2, weight_decay, eps, gradient_scale,
                               found_infinity, error) == MMT_OK &&
                   step.write_back() == MMT_OK
               ? note_all_written(parameters, count, error)
               : MMT_FAILED;
  } catch (const std::exception& e) {
    return fail(error, "AdamW: %s", e.what());
  }
}

int32_t mmt_foreach_mul_(const mmt_tensor* tensors, int64_t count, mmt_tensor factor, char** error) {
  Owned copy;
  return require_list(tensors, count, factor, "Foreach.mul_", error) == MMT_OK && mmt_clone(factor, copy.out(), error) == MMT_OK
             ? Call("aten::_foreach_mul_", "Tensor", error).tensors(tensors, count).tensor(copy.get()).run_without_result()
             : MMT_FAILED;
}

int32_t mmt_foreach_unscale_(const mmt_tensor* tensors, int64_t count, mmt_tensor found_infinity,
                             mmt_tensor inverse_scale, char** error) {
  Owned copy;
  std::vector<mmt_tensor> written(tensors, tensors + count);
  written.push_back(found_infinity);
  if (require_list(written.data(), count + 1, inverse_scale, "Foreach.unscale_", error) != MMT_OK ||
      mmt_clone(inverse_scale, copy.out(), error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::_amp_foreach_non_finite_check_and_unscale_", "", error)
                     .tensors(tensors, count)
                     .tensor(found_infinity)
                     .tensor(copy.get())
                     .run_without_result() == MMT_OK
             ? note_all_written(tensors, count, error)
             : MMT_FAILED;
}

}  // extern "C"
