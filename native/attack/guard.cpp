// A guarded allocator, preloaded: the memory of every tensor ends at a page that cannot be touched, so that a kernel which reads
// or writes beyond it ends with SIGSEGV instead of luck. libtorch takes tensor memory from posix_memalign.
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" void __libc_free(void* pointer);

namespace {

constexpr size_t kPage = 4096;
// The random sizes of an attack must not exhaust the machine.
constexpr size_t kLargest = size_t{256} << 20;
// Addresses are used once and never again: what was freed cannot be touched either.
constexpr size_t kRoom = size_t{1} << 42;

struct Header {
  size_t bytes;
};

std::atomic<char*> next{nullptr};
char* start = nullptr;

char* reserve() {
  static char* const room = [] {
    void* area = mmap(nullptr, kRoom, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    start = area == MAP_FAILED ? nullptr : static_cast<char*>(area);
    next.store(start);
    return start;
  }();
  return room;
}

}  // namespace

// One page with the length, the data pushed against their end (aligned to 8 bytes), one page that is never opened.
extern "C" int posix_memalign(void** out, size_t, size_t size) {
  if (size > kLargest || reserve() == nullptr) {
    return ENOMEM;
  }
  size_t data = (size + 7) / 8 * 8;
  size_t opened = kPage + (data + kPage - 1) / kPage * kPage;
  char* area = next.fetch_add(static_cast<ptrdiff_t>(opened + kPage));
  if (area + opened + kPage > start + kRoom || mprotect(area, opened, PROT_READ | PROT_WRITE) != 0) {
    return ENOMEM;
  }
  reinterpret_cast<Header*>(area)->bytes = opened;
  *out = area + opened - data;
  return 0;
}

extern "C" void free(void* pointer) {
  auto* address = static_cast<char*>(pointer);
  if (start == nullptr || address < start || address >= start + kRoom) {
    __libc_free(pointer);
    return;
  }
  // The data begin somewhere in the page after the header's.
  auto page = reinterpret_cast<uintptr_t>(address) / kPage * kPage - kPage;
  auto* header = reinterpret_cast<Header*>(page);
  size_t bytes = header->bytes;
  madvise(reinterpret_cast<void*>(page), bytes, MADV_DONTNEED);
  mprotect(reinterpret_cast<void*>(page), bytes, PROT_NONE);
}
