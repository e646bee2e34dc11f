// The layer by itself, without Java: for systems where only a native program can be run, such as an emulator of another processor
// or Wine. Prints one line a check and ends with 1 if one fails.
//
// Usage: self_test [LIBRARY ...] with the libraries to open, libtorch_cpu last; without any, what works before libtorch is there.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "mmtorch.h"

namespace {

int failures = 0;

// The message of a call that failed; freed once it is printed or compared.
class Error {
 public:
  ~Error() { mmt_free_text(text_); }
  char** out() { return &text_; }
  std::string text() const { return text_ == nullptr ? "" : text_; }

 private:
  char* text_ = nullptr;
};

// What this system cannot do says so in words that begin with the name of the function.
constexpr const char* kAbsent = "not offered here";

void check(const char* what, const std::function<bool(char**)>& body) {
  Error error;
  bool passed = body(error.out());
  bool absent = !passed && error.text().find(kAbsent) != std::string::npos;
  std::printf("%s %s%s%s\n", passed ? "ok      " : absent ? "not here" : "FAILED  ", what, error.text().empty() ? "" : ": ",
              error.text().c_str());
  failures += passed || absent ? 0 : 1;
}

mmt_tensor of(const std::vector<float>& values, const std::vector<int64_t>& sizes, char** error) {
  mmt_tensor tensor = 0;
  void* data = nullptr;
  auto bytes = static_cast<int64_t>(values.size() * sizeof(float));
  if (mmt_empty(sizes.data(), static_cast<int64_t>(sizes.size()), 6, 0, -1, &tensor, error) == MMT_OK &&
      mmt_tensor_data(tensor, bytes, &data, error) == MMT_OK) {
    std::memcpy(data, values.data(), static_cast<size_t>(bytes));
  }
  return tensor;
}

bool holds(mmt_tensor tensor, const std::vector<float>& wanted, char** error) {
  void* data = nullptr;
  if (mmt_tensor_data(tensor, static_cast<int64_t>(wanted.size() * sizeof(float)), &data, error) != MMT_OK) {
    return false;
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    float found = static_cast<float*>(data)[i];
    if (!(std::fabs(found - wanted[i]) <= 1e-4f)) {
      std::printf("         [%zu] is %g, not %g\n", i, static_cast<double>(found), static_cast<double>(wanted[i]));
      return false;
    }
  }
  return true;
}

// Passes where the call fails with a message that holds these words.
bool refused(int32_t status, char** error, const char* words) {
  bool right = status != MMT_OK && *error != nullptr && std::strstr(*error, words) != nullptr;
  if (right) {
    mmt_free_text(*error);
    *error = nullptr;
  }
  return right;
}

void without_libtorch() {
  check("contract", [](char**) { return mmt_contract() == MMT_CONTRACT; });
  check("a library that is not there is an error", [](char** error) {
    return mmt_open_library("/nowhere/libnothing", 0, error) != MMT_OK && *error != nullptr && **error != '\0' &&
           refused(MMT_FAILED, error, "");
  });
  check("variables can be set and unset", [](char** error) {
    return mmt_set_default("MMT_SELF_TEST", "1", error) == MMT_OK && mmt_unset("MMT_SELF_TEST", error) == MMT_OK;
  });
  check("the stack is not short", [](char**) { return mmt_stack_is_short() == 0; });
  check("a call before libtorch is an error", [](char** error) {
    int64_t sizes[] = {2};
    mmt_tensor tensor = 0;
    return refused(mmt_empty(sizes, 1, 6, 0, -1, &tensor, error), error, "no libtorch is bound");
  });
  check("a file is mapped", [](char** error) {
    const char* path = "self_test.bin";
    std::FILE* file = std::fopen(path, "wb");
    std::fwrite("12345678", 1, 8, file);
    std::fclose(file);
    mmt_mapping mapping = 0;
    int64_t size = 0;
    bool mapped = mmt_mapping_open(path, &mapping, &size, error) == MMT_OK && size == 8;
    mmt_mapping_free(mapping);
    std::remove(path);
    return mapped && refused(mmt_mapping_open(path, &mapping, &size, error), error, path);
  });
}

void arithmetic() {
  check("matmul", [](char** error) {
    mmt_tensor left = of({1, 2, 3, 4}, {2, 2}, error);
    mmt_tensor right = of({5, 6, 7, 8}, {2, 2}, error);
    mmt_tensor product = 0;
    bool right_values = mmt_matmul(left, right, &product, error) == MMT_OK && holds(product, {19, 22, 43, 50}, error);
    mmt_tensor_free(left);
    mmt_tensor_free(right);
    mmt_tensor_free(product);
    return right_values;
  });
  check("conv2d, group_norm and attention", [](char** error) {
    mmt_tensor image = of({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 3, 3}, error);
    mmt_tensor kernel = of({1, 0, 0, 1}, {1, 1, 2, 2}, error);
    mmt_tensor sums = 0;
    mmt_tensor normal = 0;
    mmt_tensor attended = 0;
    bool right = mmt_conv2d(image, kernel, 0, 0, 1, 0, 1, &sums, error) == MMT_OK && holds(sums, {6, 8, 12, 14}, error) &&
                 mmt_group_norm(sums, 1, 0, 0, 1e-6, &normal, error) == MMT_OK &&
                 holds(normal, {-1.264911f, -0.632456f, 0.632456f, 1.264911f}, error) &&
                 mmt_attention(sums, sums, sums, 0, 0.0, &attended, error) == MMT_OK && holds(attended, {9, 11, 9, 11}, error);
    for (mmt_tensor tensor : {image, kernel, sums, normal, attended}) {
      mmt_tensor_free(tensor);
    }
    return right;
  });
  check("conv2d of channels that are innermost", [](char** error) {
    // Each output is the number of pixels that its filter sees.
    const int64_t sizes[] = {1, 8, 8, 16};
    const int64_t filters[] = {1, 16, 3, 3};
    const int64_t order[] = {0, 3, 1, 2};
    mmt_tensor pixels = 0;
    mmt_tensor image = 0;
    mmt_tensor weight = 0;
    mmt_tensor sums = 0;
    std::vector<float> wanted;
    for (int row = 0; row < 8; ++row) {
      for (int column = 0; column < 8; ++column) {
        wanted.push_back((row % 7 == 0 ? 2.0F : 3.0F) * (column % 7 == 0 ? 2.0F : 3.0F));
      }
    }
    const int32_t before = mmt_set_grad_mode(0);
    bool right = mmt_full(sizes, 4, 1, 6, 0, -1, &pixels, error) == MMT_OK &&
                 mmt_permute(pixels, order, 4, &image, error) == MMT_OK &&
                 mmt_full(filters, 4, 1.0 / 16, 6, 0, -1, &weight, error) == MMT_OK &&
                 mmt_conv2d(image, weight, 0, 0, 1, 1, 1, &sums, error) == MMT_OK && holds(sums, wanted, error);
    mmt_set_grad_mode(before);
    for (mmt_tensor tensor : {pixels, image, weight, sums}) {
      mmt_tensor_free(tensor);
    }
    return right;
  });
  check("libtorch's own errors come across", [](char** error) {
    mmt_tensor left = of({1, 2, 3}, {3}, error);
    mmt_tensor right = of({1, 2}, {2}, error);
    mmt_tensor sum = 0;
    bool told = refused(mmt_add(left, right, 1, &sum, error), error, "");
    mmt_tensor_free(left);
    mmt_tensor_free(right);
    return told;
  });
  check("a product of bytes", [](char** error) {
    if (mmt_quantized_check(error) != MMT_OK) {
      return refused(MMT_FAILED, error, "VNNI");
    }
    mmt_tensor x = of({2, -1, 0.5F, 4}, {1, 4}, error);
    mmt_tensor w = of({127, 1, 64, -127, 1, 1, 1, 1}, {2, 4}, error);
    mmt_quantized matrix = 0;
    mmt_tensor product = 0;
    const int32_t before = mmt_set_grad_mode(0);
    // Bytes of x: 64, -32, 16, 127, with a tie at 63.5 that goes to the even one.
    bool right = mmt_quantize(w, &matrix, error) == MMT_OK &&
                 mmt_quantized_linear(x, matrix, 0, 0, &product, error) == MMT_OK && product != 0 &&
                 holds(product, {-7009.0F * 4 / 127, 175.0F * 4 / 127}, error);
    mmt_set_grad_mode(before);
    mmt_tensor_free(product);
    mmt_quantized_free(matrix);
    mmt_tensor_free(w);
    mmt_tensor_free(x);
    return right;
  });
}

void randomness() {
  check("draws equal PyTorch's", [](char** error) {
    int64_t sizes[] = {3};
    mmt_generator generator = 0;
    mmt_tensor drawn = 0;
    bool right = mmt_generator_new(0, &generator, error) == MMT_OK &&
                 mmt_rand(sizes, 1, 6, generator, &drawn, error) == MMT_OK && holds(drawn, {0.496257f, 0.768222f, 0.088477f}, error) &&
                 mmt_generator_seed(generator, 0, error) == MMT_OK;
    mmt_tensor again = 0;
    right = right && mmt_rand(sizes, 1, 6, generator, &again, error) == MMT_OK && holds(again, {0.496257f, 0.768222f, 0.088477f}, error);
    mmt_tensor_free(drawn);
    mmt_tensor_free(again);
    mmt_generator_free(generator);
    return right;
  });
}

void gradients() {
  check("gradients", [](char** error) {
    mmt_tensor x = of({1, -2, 3}, {3}, error);
    mmt_tensor square = 0;
    mmt_tensor sum = 0;
    mmt_tensor gradient = 0;
    int32_t wanted = 0;
    bool right = mmt_set_requires_grad(x, 1, error) == MMT_OK && mmt_requires_grad(x, &wanted, error) == MMT_OK && wanted == 1 &&
                 mmt_mul(x, x, &square, error) == MMT_OK && mmt_sum(square, nullptr, 0, 0, &sum, error) == MMT_OK &&
                 mmt_backward(sum, nullptr, 0, 0, 0, error) == MMT_OK && mmt_grad(x, &gradient, error) == MMT_OK &&
                 holds(gradient, {2, -4, 6}, error) && mmt_clear_grad(x, error) == MMT_OK;
    for (mmt_tensor tensor : {x, square, sum, gradient}) {
      mmt_tensor_free(tensor);
    }
    return right;
  });
  check("mixed precision", [](char** error) {
    mmt_tensor left = of({1, 2, 3, 4}, {2, 2}, error);
    mmt_tensor product = 0;
    int64_t facts[MMT_FACTS] = {};
    bool right = mmt_set_autocast(0, 1, 15, error) == MMT_OK && mmt_matmul(left, left, &product, error) == MMT_OK &&
                 mmt_tensor_facts(product, facts, error) == MMT_OK && facts[0] == 15 && mmt_set_autocast(0, 0, 15, error) == MMT_OK;
    mmt_tensor_free(left);
    mmt_tensor_free(product);
    return right;
  });
}

void process() {
  check("threads", [](char** error) {
    int32_t count = 0;
    return mmt_set_threads(2, error) == MMT_OK && mmt_threads(&count, error) == MMT_OK && count == 2;
  });
  check("a description of the build", [](char** error) {
    char* text = nullptr;
    bool told = mmt_describe_build(&text, error) == MMT_OK && std::strlen(text) > 0;
    mmt_free_text(text);
    return told;
  });
  check("an operator by its schema", [](char** error) {
    mmt_tensor x = of({1, 2}, {2}, error);
    mmt_value argument = {MMT_TENSOR, 0, static_cast<int64_t>(x), 0, nullptr};
    mmt_value result = {};
    bool right = mmt_call("aten::neg(Tensor self) -> Tensor", 0, &argument, 1, &result, 1, error) == MMT_OK &&
                 holds(static_cast<mmt_tensor>(result.integer), {-1, -2}, error);
    mmt_tensor_free(static_cast<mmt_tensor>(result.integer));
    mmt_tensor_free(x);
    return right;
  });
  check("the end of the process", [](char** error) { return mmt_wait_at_exit(0, error) == MMT_OK; });
}

}  // namespace

int main(int count, char** arguments) {
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  without_libtorch();
  if (count > 1) {
    const char* torch_cpu = arguments[count - 1];
    check("libtorch opens and binds", [&](char** error) {
      for (int i = 1; i < count; ++i) {
        if (mmt_open_library(arguments[i], 0, error) != MMT_OK) {
          return false;
        }
      }
      char* missing = nullptr;
      bool bound = mmt_bind(torch_cpu, &missing, error) == MMT_OK;
      for (char* name = missing == nullptr ? nullptr : std::strtok(missing, "\n"); name != nullptr; name = std::strtok(nullptr, "\n")) {
        std::printf("         missing %s\n", name);
      }
      mmt_free_text(missing);
      uint64_t version = 0;
      bool told = bound && mmt_version(&version, error) == MMT_OK;
      std::printf("         libtorch %d.%d.%d\n", static_cast<int>(version >> 56), static_cast<int>(version >> 48 & 0xFF),
                  static_cast<int>(version >> 40 & 0xFF));
      return told;
    });
    if (failures == 0) {
      arithmetic();
      randomness();
      gradients();
      process();
    }
  }
  std::printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
