// The warnings of libtorch, kept for the program's log. libtorch itself writes it to stderr.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <set>
#include <string>

#include "abi.h"
#include "mmtorch.h"

namespace mmt {
namespace {

// A warning is worth one line, however often it comes; a program that makes new texts without end is not worth all memory.
constexpr size_t kMostTexts = 1000;

std::mutex mutex;
std::deque<std::string> waiting;
std::set<std::string> known;
int32_t count = 0;

void keep(const std::string& text) {
  std::lock_guard<std::mutex> lock(mutex);
  if (known.size() < kMostTexts && known.insert(text).second) {
    waiting.push_back(text);
    __atomic_store_n(&count, static_cast<int32_t>(waiting.size()), __ATOMIC_RELEASE);
  }
}

// Laid out as a c10::WarningHandler: the virtual functions in its order.
class Keeper {
 public:
  virtual ~Keeper() = default;
  virtual void process(const void* warning) { keep(*internals.warning_text(warning)); }
};

}  // namespace
}  // namespace mmt

using namespace mmt;

extern "C" {

int32_t mmt_keep_warnings(void) {
  if (internals.set_warning_handler == nullptr || internals.warning_text == nullptr) {
    return 0;
  }
  // Threads may warn until the process is gone.
  static auto* keeper = new Keeper();
  internals.set_warning_handler(keeper);
  return 1;
}

const int32_t* mmt_warnings(void) { return &count; }

char* mmt_take_warning(void) {
  std::lock_guard<std::mutex> lock(mutex);
  if (waiting.empty()) {
    return nullptr;
  }
  char* text = strdup(waiting.front().c_str());
  waiting.pop_front();
  __atomic_store_n(&count, static_cast<int32_t>(waiting.size()), __ATOMIC_RELEASE);
  return text;
}

}  // extern "C"
