// What the products of linear maps ask of their arguments before these go to oneDNN.
#pragma once

#include <cstdint>

#include "mmtorch.h"

namespace mmt {

// Without gradients, rows [..., inputs] of this type, float32 or bfloat16, on the CPU.
bool are_rows(mmt_tensor input, int32_t dtype, int64_t inputs);

// No bias, or a plain one [outputs] of this type on the CPU.
bool is_bias(mmt_tensor bias, int32_t dtype, int64_t outputs);

// Says that the pages of a matrix will not be needed soon: where they are those of a file, memory holds the weights once.
void page_out(mmt_tensor weight);

}  // namespace mmt
