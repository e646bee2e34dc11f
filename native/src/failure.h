// The form in which a failure leaves this layer: a status and a malloc'ed text.
#pragma once

#include <cstdarg>
#include <cstdint>

namespace mmt {

// Writes a printf-style message to *error (where error is not null) and returns MMT_FAILED.
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 2, 3)))
#else
__attribute__((format(printf, 2, 3)))
#endif
int32_t fail(char** error, const char* format, ...);

// Turns the status of a stable ABI function into ours, carrying libtorch's own message out.
int32_t checked(int32_t status, char** error);

// The failure for a function that the bound libtorch does not have.
int32_t absent(char** error, const char* name);

}  // namespace mmt
