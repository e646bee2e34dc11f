// Leaving the process while calls are under way.
#pragma once

namespace mmt {

// Marks a thread as inside libtorch for as long as it lives. Once the process is leaving, the constructor never returns.
class InFlight {
 public:
  InFlight();
  ~InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
};

// Counts what has threads of libtorch's own, which exit() cannot wait for: while there is any, the process leaves without the
// destructors of libtorch's globals.
void background_begins();
void background_ends();

}  // namespace mmt
