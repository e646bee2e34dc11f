// Linear maps. oneDNN multiplies single precision matrices of a transformer's sizes faster than the BLAS, and takes GELU along; but its
// function knows no gradients and only the CPU, and reads weight and bias as if they were plain. What does not fit goes to aten::linear,
// which computes it from any layout or refuses it. Packed matrices in float32 are multiplied by tiles of this layer's own where the
// processor has them: they take as long as oneDNN's for the products, and GELU on a row that is still in the cache takes half as long. A pass
// of SiT-S/2 takes 0.98 of one thread's time so.
#include "linear.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <memory>
#include <vector>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "fused.h"
#include "leaving.h"
#include "mapping_guard.h"
#include "threads.h"
#include "tiles.h"

using namespace mmt;

namespace {

Tensor handle(mmt_tensor tensor) { return reinterpret_cast<Tensor>(tensor); }

}  // namespace

namespace mmt {

bool are_rows(mmt_tensor input, int32_t dtype, int64_t inputs) {
  Form rows;
  return !abi.aoti_torch_grad_mode_is_enabled() && rows.read(input) && rows.for_kernels() && rows.dtype == dtype &&
         rows.rank >= 2 && rows.sizes[rows.rank - 1] == inputs;
}

bool is_bias(mmt_tensor bias, int32_t dtype, int64_t outputs) {
  Form offset;
  return bias == 0 || (offset.read(bias) && offset.device_type == kCpu && offset.dtype == dtype && offset.rank == 1 &&
                       offset.sizes[0] == outputs && offset.contiguous());
}

void page_out(mmt_tensor weight) {
#if defined(__linux__) && defined(MADV_PAGEOUT)
  Form form;
  Memory memory;
  if (form.read(weight) && memory.read(weight, form, nullptr) == MMT_OK) {
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t first = (reinterpret_cast<uintptr_t>(memory.start) + page - 1) / page * page;
    const uintptr_t last = reinterpret_cast<uintptr_t>(memory.end) / page * page;
    if (first < last) {
      madvise(reinterpret_cast<void*>(first), last - first, MADV_PAGEOUT);
    }
  }
#else
  (void)weight;
#endif
}

}  // namespace mmt

namespace {

// True where oneDNN multiplies in bfloat16: libtorch refuses its functions on processors without certain instructions, and computes with
// its own. Tried out once, since variables of oneDNN may hide instructions; a refusal for want of threads says nothing of them.
bool onednn_has_bfloat16() {
  if (require_team(nullptr) != MMT_OK) {
    return false;
  }
  static const bool has = [] {
    const int64_t sizes[] = {32, 32};
    Owned matrix;
    Owned blocks;
    char* error = nullptr;
    const bool done = mmt_full(sizes, 2, 0, kBfloat16, kCpu, 0, matrix.out(), &error) == MMT_OK &&
                      Call("mkldnn::_reorder_linear_weight", "", &error).tensor(matrix.get()).optional_integer(32).run(blocks.out()) ==
                          MMT_OK;
    mmt_free_text(error);
    return done;
  }();
  return has;
}

bool is_matrix(mmt_tensor weight, Form* matrix) {
  return abi.aoti_torch_cpu__linear_pointwise != nullptr && matrix->read(weight) && matrix->for_kernels() &&
         matrix->rank == 2 && matrix->contiguous() && (matrix->dtype != kBfloat16 || onednn_has_bfloat16());
}

bool onednn_fits(mmt_tensor input, mmt_tensor weight, mmt_tensor bias) {
  Form matrix;
  return is_matrix(weight, &matrix) && are_rows(input, matrix.dtype, matrix.sizes[1]) &&
         is_bias(bias, matrix.dtype, matrix.sizes[0]);
}

int32_t onednn_linear(mmt_tensor input, Tensor weight, mmt_tensor bias, bool gelu, mmt_tensor* out, char** error) {
  if (require_whole(handle(input), error) != MMT_OK || (bias != 0 && require_whole(handle(bias), error) != MMT_OK)) {
    return MMT_FAILED;
  }
  if (require_team(error) != MMT_OK) {
    return MMT_FAILED;
  }
  InFlight mark;
  Reading reading;
  Tensor offset = handle(bias);
  const char* form = "tanh";
  Tensor result = nullptr;
  int32_t status = checked(
      abi.aoti_torch_cpu__linear_pointwise(handle(input), weight, bias == 0 ? nullptr : &offset, gelu ? "gelu" : "none",
                                           nullptr, 0, gelu ? &form : nullptr, &result),
      error);
  if (status == MMT_OK && reading.disturbed()) {
    abi.aoti_torch_delete_tensor_object(result);
    return fail_for_lost_pages(error);
  }
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(result);
  }
  return status;
}

int32_t linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, bool gelu, mmt_tensor* out, char** error) {
  return require_whole(handle(weight), error) == MMT_OK ? onednn_linear(input, handle(weight), bias, gelu, out, error)
                                                         : MMT_FAILED;
}

// A matrix in oneDNN's blocks, which libtorch keeps as a tensor of a layout that other operators do not take, so that it never leaves this
// file; or in panels.
struct Packed {
  Owned blocks;
  bool tiled = false;
  int32_t dtype = -1;
  int64_t outputs = 0;
  int64_t inputs = 0;
};

// Rows that are multiplied by all panels before the next ones: they stay in the cache meanwhile.
constexpr int64_t kBatchRows = 512;

// Multiplications below which waking threads costs more than they save.
constexpr int64_t kLeastWork = 1 << 18;

// Rows by a panel that a thread takes at a time.
constexpr int64_t kPartRows = 64;

// Panels that a thread lays out at a time.
constexpr int64_t kPackedPanels = 8;

int32_t pack_panels(mmt_tensor weight, Packed* packed, const Form& matrix, char** error) {
  const Panels form(packed->inputs, packed->outputs);
  Fused call(error);
  const float* rows = nullptr;
  float* panels = nullptr;
  if (call.read(weight, &rows) != MMT_OK || call.make({form.size()}, matrix, &packed->blocks, &panels) != MMT_OK) {
    return MMT_FAILED;
  }
  return call.finish(in_parallel(
      form.count(), kPackedPanels,
      [&](int64_t first, int64_t last) { form.transpose(rows, packed->inputs, first, last, panels); }, error));
}

int32_t unpack_panels(const Packed& packed, mmt_tensor* out, char** error) {
  const Panels form(packed.inputs, packed.outputs);
  Fused call(error);
  const float* panels = nullptr;
  Form blocks;
  Owned plain;
  float* rows = nullptr;
  if (!blocks.read(packed.blocks.get()) || call.read(packed.blocks.get(), &panels) != MMT_OK ||
      call.make({packed.outputs, packed.inputs}, blocks, &plain, &rows) != MMT_OK) {
    return MMT_FAILED;
  }
  return call.finish(in_parallel(
                         form.count(), kPackedPanels,
                         [&](int64_t first, int64_t last) { form.restore(panels, first, last, rows, packed.inputs); }, error),
                     &plain, out);
}

// `input` is row-major.
int32_t tiled_linear(const Form& input, mmt_tensor tensor, const Packed& packed, mmt_tensor bias, bool gelu, mmt_tensor* out,
                     char** error) {
  const Panels form(packed.inputs, packed.outputs);
  const int64_t rows = input.elements() / packed.inputs;
  std::vector<int64_t> sizes(input.sizes, input.sizes + input.rank);
  sizes.back() = packed.outputs;
  Fused call(error);
  const float* x = nullptr;
  const float* panels = nullptr;
  const float* offsets = nullptr;
  Owned result;
  float* y = nullptr;
  if (call.read(tensor, &x) != MMT_OK || call.read(packed.blocks.get(), &panels) != MMT_OK ||
      (bias != 0 && call.read(bias, &offsets) != MMT_OK) ||
      mmt_empty(sizes.data(), input.rank, input.dtype, input.device_type, input.device_index, result.out(), error) != MMT_OK ||
      call.read(result.get(), &y) != MMT_OK) {
    return MMT_FAILED;
  }
  for (int64_t start = 0; start < rows; start += kBatchRows) {
    const int64_t batch = std::min(kBatchRows, rows - start);
    const int64_t parts = (batch + kPartRows - 1) / kPartRows;
    const int64_t work = std::min(batch, kPartRows) * packed.inputs * kPanelVectors * kLanes;
    const int32_t status = in_parallel(
        form.count() * parts, std::max<int64_t>(1, kLeastWork / work),
        [&](int64_t first, int64_t last) {
          for (int64_t i = first; i < last; ++i) {
            const int64_t row = start + i % parts * kPartRows;
            form.multiply({x + row * packed.inputs, packed.inputs}, std::min(kPartRows, start + batch - row), panels, i / parts,
                          {offsets, 0}, gelu, y + row * packed.outputs, packed.outputs);
          }
        },
        error);
    if (status != MMT_OK) {
      return MMT_FAILED;
    }
  }
  return call.finish(MMT_OK, &result, out);
}

int32_t multiply(mmt_tensor input, const Packed& packed, mmt_tensor bias, bool gelu, mmt_tensor* out, char** error) {
  if (!packed.tiled) {
    return onednn_linear(input, handle(packed.blocks.get()), bias, gelu, out, error);
  }
  Form form;
  if (form.read(input) && form.contiguous()) {
    return tiled_linear(form, input, packed, bias, gelu, out, error);
  }
  Owned plain;
  return mmt_contiguous(input, 0, plain.out(), error) == MMT_OK && form.read(plain.get())
             ? tiled_linear(form, plain.get(), packed, bias, gelu, out, error)
             : MMT_FAILED;
}

}  // namespace

extern "C" {

int32_t mmt_linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error) {
  if (onednn_fits(input, weight, bias)) {
    return linear(input, weight, bias, false, out, error);
  }
  return Call("aten::linear", "", error).tensor(input).tensor(weight).optional(bias).run(out);
}

int32_t mmt_linear_gelu(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error) {
  if (onednn_fits(input, weight, bias)) {
    return linear(input, weight, bias, true, out, error);
  }
  Owned product;
  return mmt_linear(input, weight, bias, product.out(), error) == MMT_OK ? mmt_gelu(product.get(), 1, out, error)
                                                                         : MMT_FAILED;
}

int32_t mmt_pack(mmt_tensor weight, int64_t rows, mmt_packed* out, char** error) {
  Form matrix;
  if (!is_matrix(weight, &matrix)) {
    return fail(error, "only a row-major matrix of float32 or bfloat16 in main memory can be packed, in bfloat16 where oneDNN has it");
  }
  auto packed = std::unique_ptr<Packed>(new Packed);
  packed->dtype = matrix.dtype;
  packed->outputs = matrix.sizes[0];
  packed->inputs = matrix.sizes[1];
  packed->tiled = matrix.dtype == kFloat32 && have_tiles() && packed->inputs <= kMostWidth;
  const int32_t status =
      packed->tiled
          ? pack_panels(weight, packed.get(), matrix, error)
          : Call("mkldnn::_reorder_linear_weight", "", error).tensor(weight).optional_integer(rows).run(packed->blocks.out());
  if (status != MMT_OK) {
    return MMT_FAILED;
  }
  page_out(weight);
  *out = reinterpret_cast<mmt_packed>(packed.release());
  return MMT_OK;
}

void mmt_packed_free(mmt_packed packed) { delete reinterpret_cast<Packed*>(packed); }

int32_t mmt_unpack(mmt_packed packed, mmt_tensor* out, char** error) {
  if (packed == 0) {
    return fail(error, "the packed matrix is closed");
  }
  const auto* matrix = reinterpret_cast<Packed*>(packed);
  return matrix->tiled ? unpack_panels(*matrix, out, error)
                       : Call("aten::to_dense", "", error).tensor(matrix->blocks.get()).none().none().run(out);
}

int32_t mmt_packed_linear(mmt_tensor input, mmt_packed packed, mmt_tensor bias, int32_t gelu, mmt_tensor* out,
                          char** error) {
  if (packed == 0) {
    return fail(error, "the packed matrix is closed");
  }
  const auto* matrix = reinterpret_cast<Packed*>(packed);
  if (!are_rows(input, matrix->dtype, matrix->inputs) || !is_bias(bias, matrix->dtype, matrix->outputs)) {
    *out = 0;
    return MMT_OK;
  }
  return multiply(input, *matrix, bias, gelu != 0, out, error);
}

}  // extern "C"
