// Random numbers. They are drawn on the CPU, so that one seed means one result on every device.
#include "call.h"
#include "contract.h"

using namespace mmt;

namespace {

int32_t draw(const char* name, const int64_t* sizes, int64_t rank, int32_t dtype, mmt_generator generator,
             mmt_tensor* out, char** error) {
  if (require_sizes(sizes, rank, dtype, error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call(name, "generator", error)
      .integers(sizes, rank)
      .generator(generator)
      .optional_dtype(dtype)
      .none()
      .optional_cpu()
      .none()
      .run(out);
}

}  // namespace

extern "C" {

int32_t mmt_rand(const int64_t* sizes, int64_t rank, int32_t dtype, mmt_generator generator, mmt_tensor* out,
                 char** error) {
  return draw("aten::rand", sizes, rank, dtype, generator, out, error);
}

int32_t mmt_randn(const int64_t* sizes, int64_t rank, int32_t dtype, mmt_generator generator, mmt_tensor* out,
                  char** error) {
  return draw("aten::randn", sizes, rank, dtype, generator, out, error);
}

int32_t mmt_randint(int64_t low, int64_t high, const int64_t* sizes, int64_t rank, mmt_generator generator,
                    mmt_tensor* out, char** error) {
  if (require_sizes(sizes, rank, kInt64, error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::randint", "low_generator", error)
      .integer(low)
      .integer(high)
      .integers(sizes, rank)
      .generator(generator)
      .optional_dtype(kInt64)
      .none()
      .optional_cpu()
      .none()
      .run(out);
}

int32_t mmt_randperm(int64_t count, mmt_generator generator, mmt_tensor* out, char** error) {
  if (require_sizes(&count, 1, kInt64, error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::randperm", "generator", error)
      .integer(count)
      .generator(generator)
      .optional_dtype(kInt64)
      .none()
      .optional_cpu()
      .none()
      .run(out);
}

int32_t mmt_uniform_(mmt_tensor self, double low, double high, mmt_generator generator, char** error) {
  if (require_in_place(self, nullptr, 0, "uniform_", error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::uniform_", "", error).tensor(self).real(low).real(high).generator(generator).run();
}

int32_t mmt_normal_(mmt_tensor self, double mean, double deviation, mmt_generator generator, char** error) {
  if (require_in_place(self, nullptr, 0, "normal_", error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::normal_", "", error).tensor(self).real(mean).real(deviation).generator(generator).run();
}

}  // extern "C"
