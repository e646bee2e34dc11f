// Gloo, as it lies inside libtorch_cpu, which offers it only as C++. Names are the Itanium-mangled ones; no libtorch header is used.
// What we write into objects of c10d ourselves (counts of references, options) is laid out as in the releases that gloo.cpp knows, and
// tried out by the caller with a sum that it knows.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "failure.h"
#include "leaving.h"
#include "mmtorch.h"

namespace mmt {

using Bytes = std::vector<uint8_t>;

// c10d::TCPStoreOptions, with room behind it for fields to come.
struct TcpStoreOptions {
  uint16_t port = 0;
  bool is_server = false;
  struct {
    uint64_t value = 0;
    bool present = false;
  } workers;
  bool wait_for_workers = false;
  int64_t timeout = 0;
  bool multi_tenant = false;
  struct {
    int32_t value = 0;
    bool present = false;
  } listening_socket;
  bool libuv = true;
  char more[128] = {};
};

// What begins each collective's options, zeroed behind: absent optionals.
struct AllReduceOptions {
  const void* reduce_op_table = nullptr;
  uint64_t reduce_op_references = 0;
  uint8_t reduce_op = 0;
  void* reduce_op_supplement = nullptr;
  int64_t timeout = -1;
  bool asynchronous = true;
  char more[216] = {};
};

struct BroadcastOptions {
  int64_t root_rank = 0;
  int64_t root_tensor = 0;
  int64_t timeout = -1;
  bool asynchronous = true;
  char more[224] = {};
};

struct AllGatherOptions {
  int64_t timeout = -1;
  bool asynchronous = true;
  char more[240] = {};
};

// The functions of one kind of store.
struct StoreFunctions {
  void (*set)(void*, const std::string&, const Bytes&) = nullptr;
  Bytes (*get)(void*, const std::string&) = nullptr;
  bool (*check)(void*, const std::vector<std::string>&) = nullptr;
  int64_t (*add)(void*, const std::string&, int64_t) = nullptr;
};

struct Gloo {
  StoreFunctions tcp;
  StoreFunctions file;
  void (*new_tcp_store)(void* room, std::string* host, const TcpStoreOptions*) = nullptr;
  void (*new_file_store)(void* room, std::string* path, int workers) = nullptr;
  void (*new_prefix_store)(void* room, std::string* prefix, void** store) = nullptr;
  void (*default_options)(void** out, int64_t timeout) = nullptr;
  void (*new_group)(void* room, void** store, int rank, int size, void** options) = nullptr;
  void (*all_reduce)(void** out, void* group, std::vector<void*>*, const AllReduceOptions*) = nullptr;
  void (*broadcast)(void** out, void* group, std::vector<void*>*, const BroadcastOptions*) = nullptr;
  void (*all_gather)(void** out, void* group, void** whole, void** share, const AllGatherOptions*) = nullptr;
  bool (*is_completed)(void* work) = nullptr;
  bool (*wait)(void* work, int64_t timeout) = nullptr;
  const char* reduce_op_table = nullptr;
  std::string fault;  // why there is none; empty where all is well
};

// Finds Gloo's functions at the first call.
const Gloo& gloo();

int32_t require_gloo(char** error);

// The part of c10::intrusive_ptr_target that all these objects begin with: a table whose first entry destroys the object, whose
// second deletes it and whose third frees what it holds; and both counts of references in one word.
struct Target {
  void (**table)(Target*);
  std::atomic<uint64_t> references;
};

constexpr uint64_t kStrong = 1;
constexpr uint64_t kWeak = uint64_t{1} << 32;

// Gives back one strong reference, as c10::intrusive_ptr does.
void release(void* object);

// c10d's classes take at most 400 bytes in 2.13.
constexpr size_t kRoom = 8192;
constexpr std::align_val_t kAlignment{64};

// An object of c10d in room of our own, larger than it is, with one reference that is ours. Threads of libtorch belong to it.
class Object {
 public:
  template <typename Maker>
  static void* make(Maker maker) {
    void* room = ::operator new(kRoom, kAlignment);
    std::memset(room, 0, kRoom);
    try {
      maker(room);
    } catch (...) {
      ::operator delete(room, kAlignment);
      throw;
    }
    static_cast<Target*>(room)->references.store(kStrong | kWeak);
    background_begins();
    return room;
  }

  // After everything that has a reference, too.
  static void destroy(void* room) {
    auto* target = static_cast<Target*>(room);
    target->references.store(0);
    target->table[0](target);
    ::operator delete(room, kAlignment);
    background_ends();
  }
};

struct Store {
  void* object = nullptr;
  const StoreFunctions* functions = nullptr;

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store() {
    if (object != nullptr) {
      Object::destroy(object);
    }
  }
};

inline std::shared_ptr<Store>& store_of(mmt_store store) {
  return *reinterpret_cast<std::shared_ptr<Store>*>(store);
}

// Runs a body that calls c10d, whose exceptions become messages.
template <typename Body>
int32_t guarded(char** error, Body body) {
  if (require_gloo(error) != MMT_OK) {
    return MMT_FAILED;
  }
  try {
    return body();
  } catch (const std::exception& e) {
    // The first line: c10d appends its own stack.
    std::string what = e.what();
    return fail(error, "%s", what.substr(0, what.find('\n')).c_str());
  } catch (...) {
    return fail(error, "libtorch gave no reason");
  }
}

}  // namespace mmt
