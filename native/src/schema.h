// The schema of an operator, as PyTorch writes it: "aten::sort(Tensor self, int dim=-1) -> (Tensor values, Tensor indices)".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mmt {

struct SchemaType {
  std::string base;       // Tensor, int, float, bool, str, ScalarType, Device, Generator, Layout, MemoryFormat
  bool list = false;      // int[], int[2]
  bool optional = false;  // int?, int[]?
  bool aliased = false;   // Tensor(a), Tensor(a!): a result may share its memory
  bool written = false;   // Tensor(a!)
};

struct Schema {
  std::string name;      // aten::sort
  std::string overload;  // empty or, for example, Tensor
  std::vector<SchemaType> arguments;
  std::vector<SchemaType> results;
  // Everything that decides what a call means: names and types of the arguments, types of the results, what is written to.
  // Left out are defaults, which a call never uses, names of results, and the difference between int and SymInt.
  std::string essence;

  // Reads a schema. On failure returns the reason; an empty text is success.
  static std::string parse(const std::string& text, Schema* out);
};

}  // namespace mmt
