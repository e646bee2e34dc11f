// Groups of processes: Gloo, as it lies inside libtorch_cpu, which offers it only as C++. Names are the Itanium-mangled ones; no
// libtorch header is used. Objects of c10d are made in room of our own, larger than they are; what we write into them ourselves
// (counts of references, options) is laid out as in the releases of kKnown, and tried out by the caller with a sum that it knows.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "leaving.h"
#include "mmtorch.h"
#include "system.h"

using namespace mmt;

namespace {

using Milliseconds = std::chrono::duration<int64_t, std::milli>;
using Bytes = std::vector<uint8_t>;

// Releases in which the layouts below were seen to be right: major << 8 | minor.
constexpr uint64_t kKnown[] = {2 << 8 | 13};

// c10d's classes take at most 400 bytes in 2.13.
constexpr size_t kRoom = 8192;
constexpr std::align_val_t kAlignment{64};

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

#define MMT_STRING "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
#define MMT_MILLISECONDS "NSt6chrono8durationIlSt5ratioILl1ELl1000EEEE"

class Lookup {
 public:
  explicit Lookup(void* library, std::string* fault) : library_(library), fault_(fault) {}

  template <typename Pointer>
  void operator()(const char* name, Pointer* pointer) {
    *pointer = reinterpret_cast<Pointer>(symbol(library_, name));
    if (*pointer == nullptr && fault_->empty()) {
      *fault_ = std::string("it has no ") + name;
    }
  }

 private:
  void* library_;
  std::string* fault_;
};

void find_store(Lookup& find, const std::string& name, StoreFunctions* functions) {
  std::string prefix = "_ZN4c10d" + name;
  find((prefix + "3setERK" MMT_STRING "RKSt6vectorIhSaIhEE").c_str(), &functions->set);
  find((prefix + "3getERK" MMT_STRING).c_str(), &functions->get);
  find((prefix + "5checkERKSt6vectorI" MMT_STRING "SaIS7_EE").c_str(), &functions->check);
  find((prefix + "3addERK" MMT_STRING "l").c_str(), &functions->add);
}

Gloo find_gloo() {
  Gloo gloo;
  uint64_t release = abi.bound ? abi.aoti_torch_abi_version() >> 48 : 0;
  bool known = false;
  for (uint64_t one : kKnown) {
    known = known || one == release;
  }
  if (!known) {
    gloo.fault = "its release is " + std::to_string(release >> 8) + "." + std::to_string(release & 0xff) +
                 ", and the layout of its process groups is known for 2.13 only";
    return gloo;
  }
  // A function of the stable ABI leads to the library that was bound.
  void* library = library_of(reinterpret_cast<void*>(abi.aoti_torch_abi_version));
  if (library == nullptr) {
    gloo.fault = "its file cannot be found again";
    return gloo;
  }
  Lookup find(library, &gloo.fault);
  find_store(find, "8TCPStore", &gloo.tcp);
  find_store(find, "9FileStore", &gloo.file);
  find("_ZN4c10d8TCPStoreC1E" MMT_STRING "RKNS_15TCPStoreOptionsE", &gloo.new_tcp_store);
  find("_ZN4c10d9FileStoreC1E" MMT_STRING "i", &gloo.new_file_store);
  find("_ZN4c10d11PrefixStoreC1E" MMT_STRING "N3c1013intrusive_ptrINS_5StoreENS7_6detail34intrusive_target_default_null_type"
       "IS9_EEEE",
       &gloo.new_prefix_store);
  find("_ZN4c10d16ProcessGroupGloo7Options14create_defaultE" MMT_MILLISECONDS, &gloo.default_options);
  find("_ZN4c10d16ProcessGroupGlooC1ERKN3c1013intrusive_ptrINS_5StoreENS1_6detail34intrusive_target_default_null_typeIS3_"
       "EEEEiiNS2_INS0_7OptionsENS5_ISA_EEEE",
       &gloo.new_group);
  find("_ZN4c10d16ProcessGroupGloo9allreduceERSt6vectorIN2at6TensorESaIS3_EERKNS_16AllreduceOptionsE", &gloo.all_reduce);
  find("_ZN4c10d16ProcessGroupGloo9broadcastERSt6vectorIN2at6TensorESaIS3_EERKNS_16BroadcastOptionsE", &gloo.broadcast);
  find("_ZN4c10d16ProcessGroupGloo15_allgather_baseERN2at6TensorES3_RKNS_16AllgatherOptionsE", &gloo.all_gather);
  find("_ZN4c10d4Work11isCompletedEv", &gloo.is_completed);
  find("_ZN4c10d4Work4waitE" MMT_MILLISECONDS, &gloo.wait);
  find("_ZTVN4c10d8ReduceOpE", &gloo.reduce_op_table);
  return gloo;
}

const Gloo& gloo() {
  static const Gloo found = find_gloo();
  return found;
}

int32_t require_gloo(char** error) {
  const std::string& fault = gloo().fault;
  return fault.empty() ? MMT_OK
                       : fail(error, "no process groups with this libtorch: %s; use the libtorch of the Maven dependency",
                              fault.c_str());
}

// The part of c10::intrusive_ptr_target that all these objects begin with: a table whose first entry destroys the object, whose
// second deletes it and whose third frees what it holds; and both counts of references in one word.
struct Target {
  void (**table)(Target*);
  std::atomic<uint64_t> references;
};

constexpr uint64_t kStrong = 1;
constexpr uint64_t kWeak = uint64_t{1} << 32;

// Gives back one strong reference, as c10::intrusive_ptr does.
void release(void* object) {
  auto* target = static_cast<Target*>(object);
  if (target == nullptr) {
    return;
  }
  if (target->references.load(std::memory_order_acquire) == (kStrong | kWeak)) {
    target->references.store(0, std::memory_order_relaxed);
    target->table[1](target);
    return;
  }
  uint64_t left = target->references.fetch_sub(kStrong, std::memory_order_acq_rel) - kStrong;
  if (static_cast<uint32_t>(left) != 0) {
    return;
  }
  bool last = left >> 32 == 1;
  if (!last) {
    target->table[2](target);
    last = (target->references.fetch_sub(kWeak, std::memory_order_acq_rel) - kWeak) >> 32 == 0;
  }
  if (last) {
    target->table[1](target);
  }
}

// An object of c10d in room of our own, with one reference that is ours. Threads of libtorch belong to it.
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

// A ProcessGroupGloo and the store that it has to itself, under a prefix in a store that others may use and that lives as long.
struct Group {
  std::shared_ptr<Store> shared;
  void* object = nullptr;
  void* store = nullptr;

  ~Group() {
    if (object != nullptr) {
      Object::destroy(object);
    }
    if (store != nullptr) {
      Object::destroy(store);
    }
  }
};

std::shared_ptr<Group>& group_of(mmt_group group) {
  return *reinterpret_cast<std::shared_ptr<Group>*>(group);
}

// An exchange keeps its group: what Gloo holds for it works on the group's connections to the end.
struct Work {
  std::shared_ptr<Group> group;
  void* object = nullptr;

  explicit Work(mmt_group of) : group(group_of(of)) {}
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() { release(object); }
};

mmt_work handle_of(std::unique_ptr<Work> work) {
  return reinterpret_cast<mmt_work>(work.release());
}

std::shared_ptr<Store>& store_of(mmt_store store) {
  return *reinterpret_cast<std::shared_ptr<Store>*>(store);
}

mmt_store handle_of(std::shared_ptr<Store> store) {
  return reinterpret_cast<mmt_store>(new std::shared_ptr<Store>(std::move(store)));
}

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

bool summable(int32_t dtype) {
  return dtype == kFloat32 || dtype == kFloat64 || dtype == kBfloat16 || dtype == kFloat16 || dtype == kInt64;
}

// Gloo reads and writes memory as it lies.
int32_t require_plain(mmt_tensor tensor, char** error) {
  Form form;
  if (tensor == 0) {
    return fail(error, "the tensor is null");
  }
  if (!form.read(tensor) || form.device_type != kCpu || !form.contiguous()) {
    return fail(error, "Gloo carries row-major tensors in main memory; make a contiguous copy on the CPU");
  }
  if (!summable(form.dtype)) {
    return fail(error, "Gloo carries float32, float64, bfloat16, float16 and int64; convert the tensor");
  }
  return MMT_OK;
}

// A std::vector<at::Tensor> of one tensor that is borrowed: its addresses are plain here, so nothing is counted down.
std::vector<void*> list_of(mmt_tensor tensor) {
  return {impl_of(reinterpret_cast<Tensor>(tensor))};
}

}  // namespace

extern "C" {

int32_t mmt_gloo_check(char** error) {
  return require_gloo(error);
}

int32_t mmt_tcp_store_new(const char* host, int32_t port, int32_t server, int64_t timeout, mmt_store* out, char** error) {
  return guarded(error, [&] {
    if (port < 1 || port > 65535) {
      return fail(error, "the port is %d; it must be from 1 to 65535", port);
    }
    TcpStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.is_server = server != 0;
    options.timeout = timeout;
    std::string name = host;
    auto store = std::make_shared<Store>();
    store->functions = &gloo().tcp;
    store->object = Object::make([&](void* room) { gloo().new_tcp_store(room, &name, &options); });
    *out = handle_of(std::move(store));
    return MMT_OK;
  });
}

int32_t mmt_file_store_new(const char* path, int32_t size, mmt_store* out, char** error) {
  return guarded(error, [&] {
    std::string name = path;
    auto store = std::make_shared<Store>();
    store->functions = &gloo().file;
    store->object = Object::make([&](void* room) { gloo().new_file_store(room, &name, size); });
    *out = handle_of(std::move(store));
    return MMT_OK;
  });
}

void mmt_store_free(mmt_store store) {
  delete reinterpret_cast<std::shared_ptr<Store>*>(store);
}

int32_t mmt_store_set(mmt_store store, const char* key, const char* value, char** error) {
  return guarded(error, [&] {
    store_of(store)->functions->set(store_of(store)->object, key, Bytes(value, value + std::strlen(value)));
    return MMT_OK;
  });
}

int32_t mmt_store_get(mmt_store store, const char* key, char** out, char** error) {
  return guarded(error, [&] {
    Store* self = store_of(store).get();
    if (!self->functions->check(self->object, {key})) {
      *out = nullptr;
      return MMT_OK;
    }
    Bytes value = self->functions->get(self->object, key);
    char* text = strdup(std::string(value.begin(), value.end()).c_str());
    if (text == nullptr) {
      return fail(error, "out of memory");
    }
    *out = text;
    return MMT_OK;
  });
}

int32_t mmt_store_add(mmt_store store, const char* key, int64_t amount, int64_t* out, char** error) {
  return guarded(error, [&] {
    *out = store_of(store)->functions->add(store_of(store)->object, key, amount);
    return MMT_OK;
  });
}

int32_t mmt_group_new(mmt_store store, const char* prefix, int32_t rank, int32_t size, int64_t timeout, mmt_group* out,
                      char** error) {
  return guarded(error, [&] {
    if (size < 1 || rank < 0 || rank >= size) {
      return fail(error, "rank %d of %d processes; ranks count from 0", rank, size);
    }
    auto group = std::make_shared<Group>();
    std::string name = prefix;
    group->shared = store_of(store);
    void* shared = group->shared->object;
    static_cast<Target*>(shared)->references.fetch_add(kStrong);
    group->store = Object::make([&](void* room) { gloo().new_prefix_store(room, &name, &shared); });
    void* options = nullptr;
    gloo().default_options(&options, timeout);
    try {
      group->object = Object::make([&](void* room) { gloo().new_group(room, &group->store, rank, size, &options); });
    } catch (...) {
      release(options);
      throw;
    }
    // Moved into the group, as a rule; otherwise the group has a reference of its own.
    release(options);
    *out = reinterpret_cast<mmt_group>(new std::shared_ptr<Group>(std::move(group)));
    return MMT_OK;
  });
}

void mmt_group_free(mmt_group group) {
  delete reinterpret_cast<std::shared_ptr<Group>*>(group);
}

int32_t mmt_group_all_reduce(mmt_group group, mmt_tensor tensor, int32_t operation, mmt_work* out, char** error) {
  return guarded(error, [&] {
    if (require_plain(tensor, error) != MMT_OK) {
      return MMT_FAILED;
    }
    if (operation != MMT_SUM && operation != MMT_MAX) {
      return fail(error, "no reduction has the number %d", operation);
    }
    AllReduceOptions options;
    // The table's two words before the first function are not part of what objects point to.
    options.reduce_op_table = gloo().reduce_op_table + 2 * sizeof(void*);
    options.reduce_op = static_cast<uint8_t>(operation);
    if (note_written(tensor, error) != MMT_OK) {
      return MMT_FAILED;
    }
    std::vector<void*> list = list_of(tensor);
    auto work = std::make_unique<Work>(group);
    gloo().all_reduce(&work->object, work->group->object, &list, &options);
    *out = handle_of(std::move(work));
    return MMT_OK;
  });
}

int32_t mmt_group_broadcast(mmt_group group, mmt_tensor tensor, int32_t root, mmt_work* out, char** error) {
  return guarded(error, [&] {
    if (require_plain(tensor, error) != MMT_OK) {
      return MMT_FAILED;
    }
    BroadcastOptions options;
    options.root_rank = root;
    if (note_written(tensor, error) != MMT_OK) {
      return MMT_FAILED;
    }
    std::vector<void*> list = list_of(tensor);
    auto work = std::make_unique<Work>(group);
    gloo().broadcast(&work->object, work->group->object, &list, &options);
    *out = handle_of(std::move(work));
    return MMT_OK;
  });
}

int32_t mmt_group_all_gather(mmt_group group, mmt_tensor whole, mmt_tensor share, mmt_work* out, char** error) {
  return guarded(error, [&] {
    if (require_plain(whole, error) != MMT_OK || require_plain(share, error) != MMT_OK) {
      return MMT_FAILED;
    }
    if (note_written(whole, error) != MMT_OK) {
      return MMT_FAILED;
    }
    AllGatherOptions options;
    auto work = std::make_unique<Work>(group);
    gloo().all_gather(&work->object, work->group->object, reinterpret_cast<void**>(whole), reinterpret_cast<void**>(share),
                      &options);
    *out = handle_of(std::move(work));
    return MMT_OK;
  });
}

int32_t mmt_work_wait(mmt_work work, int64_t timeout, int32_t* done, char** error) {
  return guarded(error, [&] {
    void* self = reinterpret_cast<Work*>(work)->object;
    try {
      // 0 would wait for ever.
      gloo().wait(self, timeout < 1 ? 1 : timeout);
    } catch (const std::exception&) {
      if (!gloo().is_completed(self)) {
        *done = 0;
        return MMT_OK;
      }
      throw;
    }
    *done = 1;
    return MMT_OK;
  });
}

void mmt_work_free(mmt_work work) {
  delete reinterpret_cast<Work*>(work);
}

}  // extern "C"
