#include "gloo.h"

#include "abi.h"
#include "system.h"

namespace mmt {

namespace {

// Releases in which the layouts of gloo.h were seen to be right: major << 8 | minor.
constexpr uint64_t kKnown[] = {2 << 8 | 13};

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

}  // namespace

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

}  // namespace mmt
