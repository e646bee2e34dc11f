#include "registry.h"

#include <exception>
#include <map>
#include <mutex>

#include "abi.h"
#include "failure.h"

namespace mmt {

namespace {

// The printed state of an operator has a line for each fact and each kernel; this one is the schema.
constexpr const char* kSchemaLine = "\nschema: ";

std::string schema_line(const std::string& state) {
  size_t start = state.find(kSchemaLine);
  if (start == std::string::npos) {
    return "";
  }
  start += std::string(kSchemaLine).size();
  return state.substr(start, state.find('\n', start) - start);
}

}  // namespace

const Registered* registered(const std::string& name, const std::string& overload, char** error) {
  static std::mutex lock;
  // Filled by what is called; never more than libtorch has operators.
  static auto* known = new std::map<std::string, std::unique_ptr<Registered>>();
  if (internals.dispatcher == nullptr || internals.find_operator == nullptr || internals.operator_state == nullptr) {
    absent(error, "the dispatcher's own schemas (c10::Dispatcher)");
    return nullptr;
  }
  std::string full = overload.empty() ? name : name + "." + overload;
  std::lock_guard<std::mutex> guard(lock);
  auto found = known->find(full);
  if (found != known->end()) {
    return found->second.get();
  }
  try {
    OperatorHandle handle = internals.find_operator(internals.dispatcher(), name.c_str(), overload.c_str());
    auto entry = std::make_unique<Registered>();
    entry->text = schema_line(internals.operator_state(handle.definition));
    Schema::parse(entry->text, &entry->schema);
    if (entry->schema.name != name || entry->schema.overload != overload) {
      fail(error, "libtorch does not print the schema of %s in a known form", full.c_str());
      return nullptr;
    }
    return known->emplace(full, std::move(entry)).first->second.get();
  } catch (const std::exception&) {
    fail(error, "the loaded libtorch has no operator %s", full.c_str());
  } catch (...) {
    fail(error, "the dispatcher cannot be asked for %s", full.c_str());
  }
  return nullptr;
}

}  // namespace mmt
