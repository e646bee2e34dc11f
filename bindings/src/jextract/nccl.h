/*
 * The part of NCCL's interface that groups of processes use, for jextract: names, signatures and numbers of NCCL 2.14 and newer, written
 * anew from its documentation. Nothing is compiled against this; libnccl.so.2 comes with a libtorch for CUDA.
 */
#ifndef MMGEN_NCCL_H
#define MMGEN_NCCL_H

#include <stddef.h>

/* Results. IN_PROGRESS is no fault: a communicator that does not block works on in the background, ncclCommGetAsyncError tells the end. */
#define NCCL_SUCCESS 0
#define NCCL_INVALID_USAGE 5
#define NCCL_IN_PROGRESS 7

/* Types of elements. */
#define NCCL_INT64 4
#define NCCL_FLOAT16 6
#define NCCL_FLOAT32 7
#define NCCL_FLOAT64 8
#define NCCL_BFLOAT16 9

/* Reductions. */
#define NCCL_SUM 0
#define NCCL_MAX 2

/* What all ranks of a communicator have in common. It is passed by value. */
#define NCCL_UNIQUE_ID_BYTES 128
typedef struct ncclUniqueId {
  char internal[NCCL_UNIQUE_ID_BYTES];
} ncclUniqueId;

/* Settings as NCCL 2.14 had them; newer releases read `version` and `size`, and take their defaults for the rest. */
#define NCCL_CONFIG_MAGIC 0xcafebeef
#define NCCL_CONFIG_VERSION 21400
typedef struct ncclConfig {
  size_t size;
  unsigned int magic;
  unsigned int version;
  int blocking;
} ncclConfig;

/* major * 10000 + minor * 100 + patch, from 2.9 on. */
int ncclGetVersion(int* version);
int ncclGetUniqueId(ncclUniqueId* id);

/* Begins to connect a rank, by the GPU that is the calling thread's current one. */
int ncclCommInitRankConfig(void** communicator, int ranks, ncclUniqueId id, int rank, ncclConfig* config);
int ncclCommGetAsyncError(void* communicator, int* result);
/* Completes what is under way; before ncclCommDestroy. */
int ncclCommFinalize(void* communicator);
int ncclCommDestroy(void* communicator);
/* Gives up what is under way, and frees. */
int ncclCommAbort(void* communicator);

const char* ncclGetErrorString(int result);
/* The reason of the last fault in this process; the communicator may be null. */
const char* ncclGetLastError(void* communicator);

/* In the order of a stream; counts are of elements. Source and target may be the same address. */
int ncclAllReduce(const void* source, void* target, size_t count, int type, int reduction, void* communicator, void* stream);
int ncclBroadcast(const void* source, void* target, size_t count, int type, int root, void* communicator, void* stream);
int ncclAllGather(const void* source, void* target, size_t count_of_source, int type, void* communicator, void* stream);

#endif
