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
    out->aliased = out->aliased || c == '(';
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

}  // namespace mmt
