// Every operator that mmt_call lets through, called with random arguments: tensors of odd shapes, types and strides, numbers
// at the edges, indices out of range; where a valid call of it is known, mostly with that and one or two arguments changed. Each
// operator runs in a process of its own, which must end by itself.
//
// Usage: operators FOLDER-OF-LIBTORCH SCHEMAS CALLS ROUNDS SEED [LIBRARY ...], with a file of schemas, one a line, the file of valid
// calls beside this one, and the libraries to open before libtorch_cpu. Preload libguard.so to see reads and writes beyond a tensor.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "../src/schema.h"
#include "arguments.h"
#include "mmtorch.h"
#include "valid_calls.h"

namespace {

void must(int32_t status, const char* error) {
  if (status != MMT_OK) {
    std::fprintf(stderr, "%s\n", error);
    std::exit(1);
  }
}

// Reads every element, as toFloats() does.
void read_all(mmt_tensor tensor) {
  mmt_tensor wide = 0;
  mmt_tensor row = 0;
  int64_t facts[MMT_FACTS];
  if (mmt_to(tensor, 7, 0, -1, 0, &wide, nullptr) == MMT_OK && mmt_contiguous(wide, 0, &row, nullptr) == MMT_OK &&
      mmt_tensor_facts(row, facts, nullptr) == MMT_OK) {
    int64_t elements = 1;
    for (int64_t i = 0; i < facts[4]; ++i) {
      elements *= facts[5 + i];
    }
    void* data = nullptr;
    if (elements > 0 && mmt_tensor_data(row, elements * 8, &data, nullptr) == MMT_OK) {
      volatile double sum = 0;
      for (int64_t i = 0; i < elements; ++i) {
        sum = sum + static_cast<double*>(data)[i];
      }
    }
  }
  mmt_tensor_free(wide);
  mmt_tensor_free(row);
}

struct Shared {
  int64_t accepted;
  int64_t refused;
  char last[2000];
};

void run(const std::string& text, const ValidCalls& calls, uint64_t seed, int rounds, Shared* shared) {
  mmt::Schema schema;
  if (!mmt::Schema::parse(text, &schema).empty()) {
    return;
  }
  Attack attack(seed);
  std::vector<std::vector<Word>> valid = calls.of(schema);
  for (int round = 0; round < rounds; ++round) {
    Arguments drawn = attack.draw(schema, valid);
    std::strncpy(shared->last, drawn.text.c_str(), sizeof shared->last - 1);
    alarm(20);
    mmt_value results[16] = {};
    char* error = nullptr;
    if (mmt_call(text.c_str(), 0, drawn.values.data(), static_cast<int64_t>(drawn.values.size()), results, 16, &error) ==
        MMT_OK) {
      ++shared->accepted;
      for (const mmt_value& result : results) {
        if (result.kind == MMT_TENSOR) {
          read_all(static_cast<mmt_tensor>(result.integer));
          mmt_tensor_free(static_cast<mmt_tensor>(result.integer));
        }
      }
    } else {
      bool called = error == nullptr || (std::strstr(error, "is called only with Operator.unchecked") == nullptr &&
                                         std::strstr(error, "the loaded libtorch has no") == nullptr);
      if (!called) {
        return;
      }
      ++shared->refused;
      mmt_free_text(error);
    }
    for (mmt_tensor tensor : drawn.tensors) {
      mmt_tensor_free(tensor);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) {
    std::fprintf(stderr, "usage: %s FOLDER-OF-LIBTORCH SCHEMAS CALLS ROUNDS SEED [LIBRARY ...]\n", arguments[0]);
    return 2;
  }
  char* error = nullptr;
  std::string torch_cpu = std::string(arguments[1]) + "/libtorch_cpu.so";
  for (int i = 6; i < count; ++i) {
    must(mmt_open_library(arguments[i], 1, &error), error);
  }
  must(mmt_open_library(torch_cpu.c_str(), 0, &error), error);
  must(mmt_bind(torch_cpu.c_str(), nullptr, &error), error);
  // A thread pool would not survive fork().
  must(mmt_set_threads(1, &error), error);
  mmt_set_grad_mode(0);
  auto* shared = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  uint64_t seed = std::strtoull(arguments[5], nullptr, 10);
  int rounds = std::atoi(arguments[4]);
  std::ifstream schemas(arguments[2]);
  ValidCalls valid(arguments[3]);
  int64_t called = 0;
  int64_t calls = 0;
  int64_t fallen = 0;
  for (std::string text; std::getline(schemas, text);) {
    std::memset(shared, 0, sizeof *shared);
    pid_t child = fork();
    if (child == 0) {
      std::freopen("/dev/null", "w", stderr);
      run(text, valid, seed, rounds, shared);
      std::_Exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    called += shared->accepted > 0;
    mmt::Schema schema;
    if (shared->accepted == 0 && shared->refused > 0 && mmt::Schema::parse(text, &schema).empty() && !valid.of(schema).empty()) {
      std::printf("NEVER ACCEPTED %s\n", text.c_str());
      std::fflush(stdout);
    }
    calls += shared->accepted + shared->refused;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      ++fallen;
      std::printf("FELL (%s) %s\n     %s\n", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit", text.c_str(),
                  shared->last);
      std::fflush(stdout);
    }
  }
  std::printf("%lld operators, %lld calls, %lld fell; seed %llu\n", static_cast<long long>(called),
              static_cast<long long>(calls), static_cast<long long>(fallen), static_cast<unsigned long long>(seed));
  return fallen == 0 ? 0 : 1;
}
