#include "schema.h"

#include <link.h>

#include <cstring>
#include <mutex>
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

// Reads "Tensor(a!)[] self=..." or a bare type.
bool parse_type(const std::string& text, SchemaType* out) {
  std::string type;
  int depth = 0;
  for (char c : text) {
    if (c == ' ' && depth == 0) {
      break;
    }
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
  bool list_of_options = out->list && type.back() == '?';
  return !list_of_options && known.count(type) == 1;
}

struct Search {
  const std::string* needle;
  bool found;
};

int search_object(dl_phdr_info* object, size_t, void* data) {
  auto* search = static_cast<Search*>(data);
  if (object->dlpi_name == nullptr || std::strstr(object->dlpi_name, "libtorch") == nullptr) {
    return 0;
  }
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_R) == 0 || (segment.p_flags & PF_W) != 0) {
      continue;
    }
    const char* start = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    const char* end = start + segment.p_filesz;
    // The needle carries its terminating zero; what stands before it must end another text.
    size_t length = search->needle->size() + 1;
    for (const char* at = start; at != nullptr && at < end; ++at) {
      at = static_cast<const char*>(memmem(at, static_cast<size_t>(end - at), search->needle->c_str(), length));
      if (at == nullptr) {
        break;
      }
      if (at == start || at[-1] == '\0' || at[-1] == ':') {
        search->found = true;
        return 1;
      }
    }
  }
  return 0;
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
  for (const std::string& part : split(text.substr(open + 1, arrow - open - 1))) {
    SchemaType type;
    if (part == "*") {
      continue;
    }
    if (!parse_type(part, &type)) {
      return "an argument '" + part + "' cannot be passed";
    }
    out->arguments.push_back(type);
  }
  std::string results = trimmed(text.substr(arrow + 5));
  if (results.size() >= 2 && results.front() == '(' && results.back() == ')') {
    results = results.substr(1, results.size() - 2);
  }
  for (const std::string& part : split(results)) {
    SchemaType type;
    bool plain = parse_type(part, &type) && !type.list && !type.optional &&
                 (type.base == "Tensor" || type.base == "int" || type.base == "float" || type.base == "bool");
    if (!plain) {
      return "a result '" + part + "' cannot be received";
    }
    out->results.push_back(type);
  }
  return "";
}

bool is_declared(const std::string& schema) {
  static std::mutex lock;
  static std::set<std::string> seen;
  std::lock_guard<std::mutex> guard(lock);
  if (seen.count(schema) == 1) {
    return true;
  }
  std::string needle = schema.substr(std::strlen(kNamespace));
  Search search{&needle, false};
  dl_iterate_phdr(search_object, &search);
  if (search.found) {
    seen.insert(schema);
  }
  return search.found;
}

}  // namespace mmt
