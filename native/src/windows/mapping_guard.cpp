// Windows refuses to cut a file short while it is mapped, so there is nothing to guard.
#include "../mapping_guard.h"

#include "../failure.h"

namespace mmt {

std::atomic<uint64_t> lost_pages{0};
std::atomic<int32_t> damaged_mappings{0};

void guard_mapping(char*, int64_t, const char*) {}

void release_mapping(const char*) {}

int32_t fail_for_lost_pages(char** error) { return fail(error, "a mapped file was cut short"); }

int32_t require_whole_slowly(Tensor, char**) { return 0; }

}  // namespace mmt
