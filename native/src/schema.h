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
};

struct Schema {
  std::string name;      // aten::sort
  std::string overload;  // empty or, for example, Tensor
  std::vector<SchemaType> arguments;
  std::vector<SchemaType> results;

  // Reads a schema. On failure returns the reason; an empty text is success.
  static std::string parse(const std::string& text, Schema* out);
};

// Whether the libtorch in this process declares exactly this schema. Its declarations lie as texts in the read-only data of
// its libraries, so a schema that is not there letter by letter is not the one that the dispatcher would call.
bool is_declared(const std::string& schema);

}  // namespace mmt
