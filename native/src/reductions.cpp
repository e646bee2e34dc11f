// From many elements to few.
#include "call.h"

using namespace mmt;

namespace {

int32_t extreme(const char* name, mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* values, mmt_tensor* indices,
                char** error) {
  Value both[2] = {};
  int32_t status = Call(name, "dim", error).tensor(self).integer(dim).flag(keep != 0).run_values(both, 2);
  if (status == MMT_OK) {
    *values = both[0];
    *indices = both[1];
  }
  return status;
}

}  // namespace

extern "C" {

int32_t mmt_sum(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error) {
  return Call("aten::sum", "dim_IntList", error)
      .tensor(self)
      .optional_integers(dims, count)
      .flag(keep != 0)
      .none()
      .run(out);
}

int32_t mmt_mean(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error) {
  return Call("aten::mean", "dim", error).tensor(self).optional_integers(dims, count).flag(keep != 0).none().run(out);
}

int32_t mmt_amax(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error) {
  return Call("aten::amax", "", error).tensor(self).integers(dims, count).flag(keep != 0).run(out);
}

int32_t mmt_amin(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error) {
  return Call("aten::amin", "", error).tensor(self).integers(dims, count).flag(keep != 0).run(out);
}

int32_t mmt_norm(mmt_tensor self, mmt_tensor* out, char** error) {
  // The vector norm has a number in its schema; the Frobenius norm of one long row is the same.
  const int64_t row[] = {1, -1};
  const int64_t dims[] = {0, 1};
  mmt_tensor flat = 0;
  if (mmt_reshape(self, row, 2, &flat, error) != MMT_OK) {
    return MMT_FAILED;
  }
  int32_t status = Call("aten::linalg_matrix_norm", "str_ord", error)
                       .tensor(flat)
                       .text("fro")
                       .integers(dims, 2)
                       .flag(false)
                       .none()
                       .run(out);
  mmt_tensor_free(flat);
  return status;
}

int32_t mmt_max(mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* values, mmt_tensor* indices, char** error) {
  return extreme("aten::max", self, dim, keep, values, indices, error);
}

int32_t mmt_min(mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* values, mmt_tensor* indices, char** error) {
  return extreme("aten::min", self, dim, keep, values, indices, error);
}

int32_t mmt_argmax(mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* out, char** error) {
  return Call("aten::argmax", "", error).tensor(self).optional_integer(dim).flag(keep != 0).run(out);
}

int32_t mmt_cumsum(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error) {
  return Call("aten::cumsum", "", error).tensor(self).integer(dim).none().run(out);
}

int32_t mmt_softmax(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error) {
  return Call("aten::softmax", "int", error).tensor(self).integer(dim).none().run(out);
}

int32_t mmt_log_softmax(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error) {
  return Call("aten::log_softmax", "int", error).tensor(self).integer(dim).none().run(out);
}

}  // extern "C"
