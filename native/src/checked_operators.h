// The operators that anyone may call by a schema: those whose kernels look at their own arguments.
#pragma once

#include "schema.h"

namespace mmt {

// The reason for which an operator is called only by who vouches for its arguments, or null.
const char* why_unchecked(const Schema& schema);

// True for operators of which some look at numbers twice, to count and then to write: those that another thread changes in between would
// lead them out of their memory.
bool looks_twice(const Schema& schema);

}  // namespace mmt
