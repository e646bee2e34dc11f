// The operating system where systems differ: libraries, variables, stacks and mapped files. One implementation for POSIX, one
// for Windows, of which CMake takes the right one. Texts are UTF-8 everywhere; `reason` receives the system's own words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mmt {

// Opens a library for the rest of the process; with `global`, libraries opened later see its symbols.
bool open_library(const char* path, bool global, std::string* reason);

// The handle of a library that is open already, else null.
void* opened_library(const char* path);

// The library that a function is part of, else null.
void* library_of(void* function);

// A function of a library or of what it was linked with, else null.
void* symbol(void* library, const char* name);

// Variables of the process's environment, as libraries that are opened later read them.
bool set_default_variable(const char* name, const char* value, std::string* reason);
bool unset_variable(const char* name, std::string* reason);

// The calling thread's stack, which grows from its end down to its start; zeros where the system does not tell.
struct Stack {
  uintptr_t start = 0;
  size_t size = 0;
};
Stack stack_of_this_thread();

// True where a limit on addresses or threads of this process is in force, so that a thread may not start.
bool threads_are_limited();

// A regular file in memory, private and writable: an operator in place on a mapped weight copies the page instead of faulting.
// An empty file has no memory.
struct FileView {
  char* start = nullptr;
  int64_t size = 0;
};
bool map_file(const char* path, FileView* out, std::string* reason);
void unmap_file(const FileView& view);

}  // namespace mmt
