/*
 * mmtorch: a thin C layer over libtorch's stable C ABI. This header is the contract between native/ and bindings/:
 * jextract reads it and writes the Java package dev.mmgen.torch.ffi from it.
 *
 * Rules that hold for every function here:
 *  - It returns MMT_OK or MMT_FAILED, unless its comment says otherwise. No C++ exception leaves it.
 *  - `error`, always last, receives on failure a message that the caller frees with mmt_free_text. On success it is left alone.
 *  - A tensor or generator argument is borrowed: the callee never frees it. A null handle is an error, never a crash.
 *  - An `out` tensor is a new handle that the caller owns and frees with mmt_tensor_free, also when the operator works in place.
 *  - Nothing is written to `out` on failure.
 *  - Optional tensors are 0 when absent. Arrays are a pointer and a count and are read before the call returns.
 */
#ifndef MMTORCH_H
#define MMTORCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MMT_OK 0
#define MMT_FAILED 1

/* The version of this contract. bindings/ refuses a library that answers another number. */
#define MMT_CONTRACT 1

/* A c10 tensor, or 0. */
typedef uint64_t mmt_tensor;
/* A random generator, or 0. */
typedef uint64_t mmt_generator;

/* ---- Loading ---------------------------------------------------------------------------------------------- */

/* MMT_CONTRACT as it was when the library was built. */
int32_t mmt_contract(void);

/* Frees a message or text that a function here handed out; 0 is allowed. */
void mmt_free_text(char* text);

/* Opens a shared library for the rest of the process. With global != 0 later libraries see its symbols (MKL needs that). */
int32_t mmt_open_library(const char* path, int32_t global, char** error);

/* Looks up libtorch's functions in an opened libtorch_cpu and checks what lies beyond the stable ABI with a self-test.
 * `missing` receives a text to free: the names, one a line, that this libtorch lacks (calls that need them fail), or 0.
 * Fails where a function is absent without which nothing works. */
int32_t mmt_bind(const char* torch_cpu_path, char** missing, char** error);

#ifdef __cplusplus
}
#endif
#endif
