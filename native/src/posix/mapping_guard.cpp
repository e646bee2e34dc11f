#include "../mapping_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "../contract.h"
#include "../failure.h"
#include "mmtorch.h"

namespace mmt {

std::atomic<uint64_t> lost_pages{0};
std::atomic<int32_t> damaged_mappings{0};

namespace {

// Without constructors and destructors: the handler may run at any time. A slot without a start is free.
struct Slot {
  std::atomic<char*> start;
  std::atomic<char*> end;
  std::atomic<char*> lost;  // The first page that is gone; null while there is none.
  char* path;
};

// A model of more shards than this goes unguarded in part.
constexpr int kSlots = 1024;

Slot slots[kSlots];
std::atomic<int> used{0};
std::mutex changing;
struct sigaction previous;
uintptr_t page_size;

// Puts zeros from the page at hand to the end of its mapping: what a file has lost is always its end. mmap and atomics are all
// that is used, both of which a handler may.
bool replace_lost_pages(char* address) {
  int count = used.load(std::memory_order_acquire);
  for (int i = 0; i < count; ++i) {
    Slot& slot = slots[i];
    char* start = slot.start.load(std::memory_order_acquire);
    char* end = slot.end.load(std::memory_order_acquire);
    if (start == nullptr || address < start || address >= end) {
      continue;
    }
    char* page = reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(address) / page_size * page_size);
    if (mmap(page, static_cast<size_t>(end - page), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != page) {
      return false;
    }
    char* lost = slot.lost.load();
    while ((lost == nullptr || page < lost) && !slot.lost.compare_exchange_weak(lost, page)) {
    }
    if (lost == nullptr) {
      damaged_mappings.fetch_add(1);
    }
    lost_pages.fetch_add(1);
    return true;
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  int before = errno;
  if (info->si_code == BUS_ADRERR && replace_lost_pages(static_cast<char*>(info->si_addr))) {
    errno = before;
    return;
  }
  // The JVM's own handler, or that of whoever came before.
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // The access is repeated, and ends the process as it would have.
    struct sigaction plain = {};
    plain.sa_handler = SIG_DFL;
    sigaction(SIGBUS, &plain, nullptr);
  } else {
    previous.sa_handler(signal);
  }
}

void install() {
  page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  sigaction(SIGBUS, nullptr, &previous);
  struct sigaction ours = previous;
  ours.sa_flags = (previous.sa_flags & ~SA_RESETHAND) | SA_SIGINFO;
  ours.sa_sigaction = on_bus_error;
  sigaction(SIGBUS, &ours, nullptr);
}

}  // namespace

void guard_mapping(char* start, int64_t size, const char* path) {
  std::lock_guard<std::mutex> lock(changing);
  static const bool installed = (install(), true);
  static_cast<void>(installed);
  for (int i = 0; i < kSlots; ++i) {
    Slot& slot = slots[i];
    if (slot.start.load() == nullptr) {
      slot.path = strdup(path);
      slot.lost.store(nullptr);
      slot.end.store(start + size);
      slot.start.store(start, std::memory_order_release);
      used.store(std::max(used.load(), i + 1), std::memory_order_release);
      return;
    }
  }
}

void release_mapping(const char* start) {
  std::lock_guard<std::mutex> lock(changing);
  for (int i = 0; i < used.load(); ++i) {
    Slot& slot = slots[i];
    if (slot.start.load() == start) {
      if (slot.lost.load() != nullptr) {
        damaged_mappings.fetch_sub(1);
      }
      slot.start.store(nullptr, std::memory_order_release);
      std::free(slot.path);
      slot.path = nullptr;
      return;
    }
  }
}

int32_t fail_for_lost_pages(char** error) {
  std::lock_guard<std::mutex> lock(changing);
  const char* path = "a mapped file";
  for (int i = 0; i < used.load(); ++i) {
    if (slots[i].start.load() != nullptr && slots[i].lost.load() != nullptr && slots[i].path != nullptr) {
      path = slots[i].path;
    }
  }
  return fail(error, "%s was cut short while it was mapped, and numbers of its tensors are lost; open it anew, or read it into"
              " memory instead of mapping it", path);
}

int32_t require_whole_slowly(Tensor tensor, char** error) {
  Form form;
  Memory memory;
  auto self = reinterpret_cast<mmt_tensor>(tensor);
  // What has no memory of its own kind has none in a mapping.
  if (!form.read(self) || form.device_type != kCpu || memory.read(self, form, nullptr) != MMT_OK || memory.start == nullptr) {
    return MMT_OK;
  }
  {
    std::lock_guard<std::mutex> lock(changing);
    bool whole = std::none_of(slots, slots + used.load(), [&memory](const Slot& slot) {
      char* lost = slot.lost.load();
      return slot.start.load() != nullptr && lost != nullptr && memory.start < slot.end.load() && memory.end > lost;
    });
    if (whole) {
      return MMT_OK;
    }
  }
  return fail_for_lost_pages(error);
}

}  // namespace mmt
