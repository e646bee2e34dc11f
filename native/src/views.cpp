// Views and joins.
#include <algorithm>

#include "call.h"
#include "contract.h"
#include "failure.h"

using namespace mmt;

namespace {

int64_t clamped(int64_t bound) { return std::clamp(bound, -kLargestExtent, kLargestExtent); }

int64_t longest_step(mmt_tensor self, int64_t dim) {
  Form form;
  if (!form.read(self) || dim < -form.rank || dim >= form.rank) {
    return kLargestExtent;
  }
  return std::max<int64_t>(form.sizes[dim < 0 ? dim + form.rank : dim], 1);
}

}  // namespace

extern "C" {

int32_t mmt_reshape(mmt_tensor self, const int64_t* sizes, int64_t rank, mmt_tensor* out, char** error) {
  return Call("aten::reshape", "", error).tensor(self).integers(sizes, rank).run(out);
}

int32_t mmt_expand(mmt_tensor self, const int64_t* sizes, int64_t rank, mmt_tensor* out, char** error) {
  return Call("aten::expand", "", error).tensor(self).integers(sizes, rank).flag(false).run(out);
}

int32_t mmt_permute(mmt_tensor self, const int64_t* dims, int64_t rank, mmt_tensor* out, char** error) {
  return Call("aten::permute", "", error).tensor(self).integers(dims, rank).run(out);
}

int32_t mmt_transpose(mmt_tensor self, int64_t dim0, int64_t dim1, mmt_tensor* out, char** error) {
  return Call("aten::transpose", "int", error).tensor(self).integer(dim0).integer(dim1).run(out);
}

int32_t mmt_slice(mmt_tensor self, int64_t dim, int64_t start, int64_t end, int64_t step, mmt_tensor* out,
                  char** error) {
  // Bounds beyond the ends mean the ends, however far beyond; a longer step than any size takes the first element only.
  return Call("aten::slice", "Tensor", error)
      .tensor(self)
      .integer(dim)
      .optional_integer(clamped(start))
      .optional_integer(clamped(end))
      .integer(step <= 1 ? step : std::min(step, longest_step(self, dim)))
      .run(out);
}

int32_t mmt_select(mmt_tensor self, int64_t dim, int64_t index, mmt_tensor* out, char** error) {
  return Call("aten::select", "int", error).tensor(self).integer(dim).integer(index).run(out);
}

int32_t mmt_unsqueeze(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error) {
  return Call("aten::unsqueeze", "", error).tensor(self).integer(dim).run(out);
}

int32_t mmt_squeeze(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error) {
  return Call("aten::squeeze", "dim", error).tensor(self).integer(dim).run(out);
}

int32_t mmt_flip(mmt_tensor self, const int64_t* dims, int64_t count, mmt_tensor* out, char** error) {
  return Call("aten::flip", "", error).tensor(self).integers(dims, count).run(out);
}

int32_t mmt_cat(const mmt_tensor* tensors, int64_t count, int64_t dim, mmt_tensor* out, char** error) {
  // libtorch adds lengths without looking.
  int64_t length = 0;
  for (int64_t i = 0; i < count; ++i) {
    Form form;
    if (!form.read(tensors[i])) {
      continue;
    }
    int64_t place = dim < 0 ? dim + form.rank : dim;
    int64_t size = place >= 0 && place < form.rank ? form.sizes[place] : 0;
    if (size > kLargestExtent - length) {
      return fail(error, "cat would make a dimension of more than 2^48");
    }
    length += size;
  }
  return Call("aten::cat", "", error).tensors(tensors, count).integer(dim).run(out);
}

int32_t mmt_stack(const mmt_tensor* tensors, int64_t count, int64_t dim, mmt_tensor* out, char** error) {
  return Call("aten::stack", "", error).tensors(tensors, count).integer(dim).run(out);
}

int32_t mmt_index_select(mmt_tensor self, int64_t dim, mmt_tensor index, mmt_tensor* out, char** error) {
  return Call("aten::index_select", "", error).tensor(self).integer(dim).tensor(index).run(out);
}

int32_t mmt_gather(mmt_tensor self, int64_t dim, mmt_tensor index, mmt_tensor* out, char** error) {
  return Call("aten::gather", "", error).tensor(self).integer(dim).tensor(index).flag(false).run(out);
}

}  // extern "C"
