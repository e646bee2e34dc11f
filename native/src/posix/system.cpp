// Linux and macOS.
#include "../system.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace mmt {

namespace {

bool explained(bool done, std::string* reason) {
  if (!done) {
    *reason = std::strerror(errno);
  }
  return done;
}

// Limits of more threads than this are as good as none.
constexpr uint64_t kManyThreads = 1 << 14;

// True where this process's control group allows few threads, as that of a container may. Lines are `number:controllers:path`; the second
// version names no controllers. A container often sees its own group at the root, whatever the path.
bool group_limits_threads() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    const size_t name = line.find(':') + 1;
    const size_t path = line.find(':', name) + 1;
    if (name == 0 || path == 0) {
      continue;
    }
    const std::string controllers = line.substr(name, path - name - 1);
    const std::string root = controllers.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + controllers;
    for (const std::string& place : {root + line.substr(path), root}) {
      uint64_t most = 0;
      if ((controllers.empty() || controllers == "pids") && std::ifstream(place + "/pids.max") >> most && most < kManyThreads) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool open_library(const char* path, bool global, std::string* reason) {
  // The handle is dropped: libtorch cannot be unloaded once its threads and registries run.
  if (dlopen(path, RTLD_LAZY | (global ? RTLD_GLOBAL : RTLD_LOCAL)) != nullptr) {
    return true;
  }
  const char* words = dlerror();
  *reason = words != nullptr ? words : "the dynamic linker gave no reason";
  return false;
}

void* opened_library(const char* path) { return dlopen(path, RTLD_NOW | RTLD_NOLOAD); }

void* library_of(void* function) {
  Dl_info place;
  return dladdr(function, &place) == 0 ? nullptr : opened_library(place.dli_fname);
}

void* symbol(void* library, const char* name) { return dlsym(library, name); }

bool set_default_variable(const char* name, const char* value, std::string* reason) {
  return explained(setenv(name, value, 0) == 0, reason);
}

bool unset_variable(const char* name, std::string* reason) { return explained(unsetenv(name) == 0, reason); }

Stack stack_of_this_thread() {
  Stack stack;
#ifdef __APPLE__
  stack.size = pthread_get_stacksize_np(pthread_self());
  stack.start = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self())) - stack.size;
#else
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
    return stack;
  }
  void* address = nullptr;
  if (pthread_attr_getstack(&attributes, &address, &stack.size) == 0) {
    stack.start = reinterpret_cast<uintptr_t>(address);
  }
  pthread_attr_destroy(&attributes);
#endif
  return stack;
}

bool threads_are_limited() {
  for (auto kind : {RLIMIT_AS, RLIMIT_NPROC}) {
    struct rlimit limit {};
    if (getrlimit(kind, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && (kind == RLIMIT_AS || limit.rlim_cur < kManyThreads)) {
      return true;
    }
  }
  return group_limits_threads();
}

bool map_file(const char* path, FileView* out, std::string* reason) {
  // Without O_NONBLOCK the opening of a pipe would wait for a writer; regular files do not care.
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return explained(false, reason);
  }
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    close(descriptor);
    *reason = "it is not a regular file";
    return false;
  }
  void* start = nullptr;
  if (facts.st_size > 0) {
    start = mmap(nullptr, static_cast<size_t>(facts.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                 descriptor, 0);
  }
  int fault = errno;
  close(descriptor);
  errno = fault;
  if (start == MAP_FAILED) {
    return explained(false, reason);
  }
  out->start = static_cast<char*>(start);
  out->size = facts.st_size;
  return true;
}

void unmap_file(const FileView& view) {
  if (view.size > 0) {
    munmap(view.start, static_cast<size_t>(view.size));
  }
}

}  // namespace mmt
