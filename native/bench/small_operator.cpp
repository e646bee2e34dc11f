// The cost of one small operator through the C layer, without Java: four floats multiplied, the result freed.
// Usage: small_operator FOLDER-OF-LIBTORCH [LIBRARY ...], the libraries to open before libtorch_cpu.so, in order.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "mmtorch.h"

namespace {

void must(int32_t status, const char* error) {
  if (status != MMT_OK) {
    std::fprintf(stderr, "%s\n", error);
    std::exit(1);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: %s FOLDER-OF-LIBTORCH [LIBRARY ...]\n", arguments[0]);
    return 2;
  }
  char* error = nullptr;
  std::string torch_cpu = std::string(arguments[1]) + "/libtorch_cpu.so";
  for (int i = 2; i < count; ++i) {
    must(mmt_open_library(arguments[i], 1, &error), error);
  }
  must(mmt_open_library(torch_cpu.c_str(), 0, &error), error);
  must(mmt_bind(torch_cpu.c_str(), nullptr, &error), error);
  mmt_set_grad_mode(0);

  const int64_t size = 4;
  mmt_tensor x = 0;
  must(mmt_full(&size, 1, 2.0, 6, 0, -1, &x, &error), error);
  const int rounds = 11;
  const int calls = 200000;
  std::vector<double> micros;
  for (int round = 0; round < rounds; ++round) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) {
      mmt_tensor product = 0;
      must(mmt_mul(x, x, &product, &error), error);
      mmt_tensor_free(product);
    }
    std::chrono::duration<double, std::micro> passed = std::chrono::steady_clock::now() - start;
    micros.push_back(passed.count() / calls);
  }
  std::sort(micros.begin(), micros.end());
  std::printf("multiply of 4 floats, result freed: median %.3f us, fastest %.3f us\n", micros[rounds / 2], micros[0]);
  mmt_tensor_free(x);
}
