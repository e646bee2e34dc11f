#include "schema.h"

#include <set>

namespace mmt {

namespace {

constexpr const char* kNamespace = "aten::";

std::string trimmed(const std::string& text) {
  size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Splits at commas that stand outside brackets.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (char c : text) {
    depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
    if (c == ',' && depth == 0) {
      parts.push_back(trimmed(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!trimmed(part).empty()) {
    parts.push_back(trimmed(part));
  }
  return parts;
}

// The place of the first `wanted` outside brackets, or the end.
size_t find_outside(const std::string& text, char wanted) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' || text[i] == '[' ? 1 : text[i] == ')' || text[i] == ']' ? -1 : 0;
    if (text[i] == wanted && depth == 0) {
      return i;
    }
  }
  return text.size();
}

// "Tensor(a!) self" of "Tensor(a!) self=None"; SymInt[2] becomes int[2].
std::string without_default(const std::string& part) {
  std::string text = trimmed(part.substr(0, find_outside(part, '=')));
  return text.rfind("SymInt", 0) == 0 ? "int" + text.substr(6) : text;
}

// Reads "Tensor(a!)[] self=..." or a bare type.
bool parse_type(const std::string& text, SchemaType* out) {
  std::string type;
  int depth = 0;
  for (char c : text.substr(0, find_outside(text, ' '))) {
    out->written = out->written || (c == '!' && depth > 0);
    depth += c == '(' ? 1 : 0;
    if (depth == 0) {
      type += c;
    }
    depth -= c == ')' ? 1 : 0;
  }
  if (!type.empty() && type.back() == '?') {
    out->optional = true;
    type.pop_back();
  }
  size_t bracket = type.find('[');
  if (bracket != std::string::npos && type.back() == ']') {
    out->list = true;
    type.resize(bracket);
  }
  if (type == "SymInt") {
    type = "int";
  }
  out->base = type;
  static const std::set<std::string> known = {"Tensor", "int",    "float",     "bool",   "str",
                                              "Device", "Layout", "Generator", "ScalarType", "MemoryFormat"};
  // A list of optional tensors, "Tensor?[]", keeps its question mark here and so is unknown.
  return known.count(type) == 1;
}

}  // namespace

std::string Schema::parse(const std::string& text, Schema* out) {
  size_t open = text.find('(');
  size_t arrow = text.rfind(") -> ");
  if (open == std::string::npos || arrow == std::string::npos || arrow < open) {
    return "it does not read name(arguments) -> results";
  }
  std::string name = text.substr(0, open);
  if (name.rfind(kNamespace, 0) != 0) {
    return "only operators of the namespace aten can be called";
  }
  size_t dot = name.find('.');
  out->name = name.substr(0, dot);
  out->overload = dot == std::string::npos ? "" : name.substr(dot + 1);
  out->essence = name + "(";
  std::string reason;
  for (const std::string& part : split(text.substr(open + 1, arrow - open - 1))) {
    SchemaType type;
    if (part == "*") {
      continue;
    }
    out->essence += without_default(part) + ", ";
    if (!parse_type(part, &type) && reason.empty()) {
      reason = "an argument '" + part + "' cannot be passed";
    }
    out->arguments.push_back(type);
  }
  out->essence += ") ->";
  std::string results = trimmed(text.substr(arrow + 5));
  if (results.size() >= 2 && results.front() == '(' && results.back() == ')') {
    results = results.substr(1, results.size() - 2);
  }
  for (const std::string& part : split(results)) {
    SchemaType type;
    std::string bare = without_default(part);
    out->essence += " " + bare.substr(0, find_outside(bare, ' '));
    bool plain = parse_type(part, &type) && !type.list && !type.optional &&
                 (type.base == "Tensor" || type.base == "int" || type.base == "float" || type.base == "bool");
    if (!plain && reason.empty()) {
      reason = "a result '" + part + "' cannot be received";
    }
    out->results.push_back(type);
  }
  return reason;
}

const char* why_unchecked(const std::string& name) {
  static const char* const kPrivate = "PyTorch calls it private, and its kernel trusts what it is given";
  static const char* const kBackward = "its kernel trusts that its arguments come from the forward pass";
  static const char* const kRaw = "it makes tensors from raw strides or storage";
  static const char* const kReshaping = "it changes the form of a tensor that others may be reading; use the operator that returns a view";
  static const char* const kTrusting = "its kernel trusts its arguments";
  // After "aten::", up to the end of the name.
  static const std::set<std::string> raw = {
      "as_strided",    "as_strided_",    "as_strided_copy", "as_strided_scatter", "empty_strided", "new_empty_strided",
      "set_",          "set",            "set_data",        "resize",             "resize_",       "resize_as",
      "resize_as_",    "resize_as_sparse", "resize_as_sparse_", "from_file",      "slice_inverse", "lift_fresh",
  };
  // Others may be reading the sizes and strides of the same tensor.
  static const std::set<std::string> reshaping = {
      "t_", "transpose_", "squeeze_", "unsqueeze_", "swapaxes_", "swapdims_",
  };
  // Found by native/attack and by hand: they fall over what their kernels do not look at.
  static const std::set<std::string> trusting = {
      "lstm",    "gru",  "rnn_tanh", "rnn_relu",      "choose_qparams_optimized", "batch_norm_update_stats", "lu_unpack",
      "lcm",     "lcm_", "native_batch_norm", "median", "nanmedian",
      "ctc_loss",  "fused_moving_avg_obs_fake_quant", "linalg_ldl_solve", "repeat_interleave", "scaled_dot_product_attention",
      "slow_conv3d", "slow_conv3d_forward", "slow_conv_dilated2d", "slow_conv_dilated3d", "slow_conv_transpose2d",
      "slow_conv_transpose3d", "thnn_conv2d",
  };
  std::string bare = name.substr(std::string(kNamespace).size());
  if (bare.empty() || bare.front() == '_') {
    return kPrivate;
  }
  if (bare.find("_backward") != std::string::npos) {
    return kBackward;
  }
  if (bare.find("_polynomial_") != std::string::npos) {
    return "it runs as many rounds as an argument says";
  }
  for (const char* family : {"unsafe_", "mkldnn_", "cudnn_", "miopen_", "fbgemm_", "quantized_", "sparse_", "nested_"}) {
    if (bare.rfind(family, 0) == 0) {
      return kTrusting;
    }
  }
  if (reshaping.count(bare) == 1) {
    return kReshaping;
  }
  return raw.count(bare) == 1 ? kRaw : trusting.count(bare) == 1 ? kTrusting : nullptr;
}

}  // namespace mmt
