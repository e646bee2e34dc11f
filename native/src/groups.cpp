// Groups of processes, whose exchanges Gloo carries.
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "abi.h"
#include "contract.h"
#include "failure.h"
#include "gloo.h"
#include "mmtorch.h"

using namespace mmt;

namespace {

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
