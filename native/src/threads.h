// The threads that a calling thread computes with: libtorch's OpenMP gives each its own team.
#pragma once

#include <cstdint>

namespace mmt {

// Fails where a limit of the system would keep the calling thread's team from starting: OpenMP would end the process then. The team is
// there afterwards. Costs nothing once it is, nor where the process is under no limit.
int32_t require_team(char** error);

}  // namespace mmt
