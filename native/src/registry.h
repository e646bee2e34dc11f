// The schemas of operators as the dispatcher of the loaded libtorch has them.
#pragma once

#include <memory>
#include <string>

#include "schema.h"

namespace mmt {

struct Registered {
  std::string text;  // as the dispatcher prints it
  Schema schema;     // read from it; arguments that cannot cross included
};

// The schema that a call of this name and overload runs, or null with the reason in `error`. It lives as long as the process.
const Registered* registered(const std::string& name, const std::string& overload, char** error);

}  // namespace mmt
