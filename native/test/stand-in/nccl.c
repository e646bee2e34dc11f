/*
 * A library that stands in for NCCL and for the CUDA part of libtorch in tests, on machines without a GPU. It has their C interfaces over
 * main memory: ranks, in one process or in several, meet in a file that the unique id names; each thread has a stream, a thread that
 * does one piece of work after the other. It tests what is passed to NCCL and what is made of its answers. It is not NCCL: nothing here
 * tells how NCCL itself behaves, or whether it runs.
 *
 * The environment variable NCCL_STAND_IN makes it fail: "old" (a release before 2.14), "other" (another release), "duplicate" (two ranks
 * on one GPU), "no-id", "system" (an exchange fails at once), "remote" (it fails in the background), "hang" (it never ends), "die" (the process ends in the middle of one).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { SUCCESS = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, REMOTE_ERROR = 6, IN_PROGRESS = 7 };
enum { INT64 = 4, FLOAT16 = 6, FLOAT32 = 7, FLOAT64 = 8, BFLOAT16 = 9 };
enum { SUM = 0, MAX = 2 };
enum { MAX_RANKS = 8, CHUNK = 1 << 16, ID_BYTES = 128 };

typedef struct {
  char internal[ID_BYTES];
} unique_id;

typedef struct {
  size_t size;
  unsigned magic;
  unsigned version;
  int blocking;
} config;

/* Where ranks meet: how often each has come to a barrier, and a piece of its data. */
typedef struct {
  _Atomic uint64_t steps[MAX_RANKS];
  char pieces[MAX_RANKS][CHUNK];
} meeting;

typedef struct {
  meeting* shared;
  char file[ID_BYTES];
  int ranks;
  int rank;
  uint64_t step;
  atomic_int state;
  atomic_bool aborted;
  atomic_int running;
} communicator;

static _Thread_local char last_error[200];

static bool told(const char* fault) {
  const char* wish = getenv("NCCL_STAND_IN");
  return wish != NULL && strcmp(wish, fault) == 0;
}

static int failure(int code, const char* reason) {
  snprintf(last_error, sizeof last_error, "%s", reason);
  return code;
}

/* ---- Streams: a queue of work, and a thread that does it ---- */

typedef struct work {
  void (*run)(void*);
  void* argument;
  struct work* next;
} work;

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t more;
  work* first;
  work* last;
} stream;

static void* run_stream(void* argument) {
  stream* self = argument;
  for (;;) {
    pthread_mutex_lock(&self->lock);
    while (self->first == NULL) {
      pthread_cond_wait(&self->more, &self->lock);
    }
    work* next = self->first;
    self->first = next->next;
    if (self->first == NULL) {
      self->last = NULL;
    }
    pthread_mutex_unlock(&self->lock);
    next->run(next->argument);
    free(next);
  }
  return NULL;
}

static void put(stream* self, void (*run)(void*), void* argument) {
  work* added = calloc(1, sizeof *added);
  added->run = run;
  added->argument = argument;
  pthread_mutex_lock(&self->lock);
  *(self->last == NULL ? &self->first : &self->last->next) = added;
  self->last = added;
  pthread_cond_signal(&self->more);
  pthread_mutex_unlock(&self->lock);
}

static _Thread_local stream* current;
static _Thread_local int current_device = -1;

/* ---- libtorch_cuda and the CUDA runtime ---- */

EXPORT int32_t aoti_torch_get_current_cuda_stream(int32_t device, void** out) {
  if (device != current_device) {
    return 1;
  }
  if (current == NULL) {
    current = calloc(1, sizeof *current);
    pthread_mutex_init(&current->lock, NULL);
    pthread_cond_init(&current->more, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, run_stream, current);
    pthread_detach(thread);
  }
  *out = current;
  return 0;
}

EXPORT int32_t aoti_torch_create_cuda_guard(int32_t device, void** out) {
  int* before = malloc(sizeof *before);
  *before = current_device;
  current_device = device;
  *out = before;
  return 0;
}

EXPORT int32_t aoti_torch_delete_cuda_guard(void* guard) {
  current_device = *(int*)guard;
  free(guard);
  return 0;
}

/* Counted, since a stream that has not come to an event yet refers to it after it was destroyed. */
typedef struct {
  atomic_bool past;
  atomic_int references;
} event;

static void leave(event* self) {
  if (atomic_fetch_sub(&self->references, 1) == 1) {
    free(self);
  }
}

static void pass(void* argument) {
  event* self = argument;
  atomic_store(&self->past, true);
  leave(self);
}

EXPORT int cudaEventCreateWithFlags(void** out, unsigned flags) {
  if (flags != 2 || current_device < 0) {
    return 1;
  }
  event* made = calloc(1, sizeof *made);
  atomic_store(&made->references, 1);
  *out = made;
  return 0;
}

EXPORT int cudaEventRecord(void* recorded, void* on) {
  atomic_fetch_add(&((event*)recorded)->references, 1);
  put(on, pass, recorded);
  return 0;
}

EXPORT int cudaEventQuery(void* asked) { return atomic_load(&((event*)asked)->past) ? 0 : 600; }

EXPORT int cudaEventDestroy(void* ended) {
  leave(ended);
  return 0;
}

EXPORT const char* cudaGetErrorString(int code) { return code == 1 ? "invalid argument" : "unknown error"; }

/* ---- NCCL ---- */

EXPORT int ncclGetVersion(int* version) {
  *version = told("old") ? 21303 : told("other") ? 22100 : 22703;
  return SUCCESS;
}

EXPORT const char* ncclGetErrorString(int code) {
  switch (code) {
    case SYSTEM_ERROR:
      return "unhandled system error";
    case INVALID_ARGUMENT:
      return "invalid argument";
    case INVALID_USAGE:
      return "invalid usage";
    case REMOTE_ERROR:
      return "remote process exited or there was a network error";
    default:
      return "unknown result code";
  }
}

EXPORT const char* ncclGetLastError(void* unused) {
  (void)unused;
  return last_error;
}

EXPORT int ncclGetUniqueId(unique_id* id) {
  static atomic_int made;
  if (told("no-id")) {
    return failure(SYSTEM_ERROR, "no network interface was found");
  }
  memset(id->internal, 7, ID_BYTES);
  snprintf(id->internal, ID_BYTES, "/dev/shm/nccl-stand-in-%d-%d", (int)getpid(), atomic_fetch_add(&made, 1));
  return SUCCESS;
}

/* Waits until all ranks have come here; false where this one is told to give up. */
static bool barrier(communicator* self) {
  uint64_t step = ++self->step;
  atomic_store(&self->shared->steps[self->rank], step);
  for (int rank = 0; rank < self->ranks; rank++) {
    while (atomic_load(&self->shared->steps[rank]) < step) {
      if (atomic_load(&self->aborted)) {
        return false;
      }
      usleep(20);
    }
  }
  return !atomic_load(&self->aborted);
}

static void* meet(void* argument) {
  communicator* self = argument;
  int result = barrier(self) ? SUCCESS : SYSTEM_ERROR;
  if (self->rank == 0) {
    unlink(self->file);
  }
  atomic_store(&self->state, result);
  atomic_fetch_sub(&self->running, 1);
  return NULL;
}

EXPORT int ncclCommInitRankConfig(void** out, int ranks, unique_id id, int rank, config* settings) {
  *out = NULL;
  if (settings->size != sizeof(config) || settings->magic != 0xcafebeef || settings->version != 21400 || settings->blocking != 0 ||
      id.internal[ID_BYTES - 1] != 7 || ranks > MAX_RANKS || rank < 0 || rank >= ranks || current_device < 0) {
    return failure(INVALID_ARGUMENT, "the stand-in does not know these settings");
  }
  if (told("duplicate")) {
    return failure(INVALID_USAGE, "Duplicate GPU detected : rank 0 and rank 1 both on CUDA device 1b000");
  }
  int file = open(id.internal, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof(meeting)) != 0) {
    return failure(SYSTEM_ERROR, "the file of the meeting cannot be made");
  }
  communicator* self = calloc(1, sizeof *self);
  self->shared = mmap(NULL, sizeof(meeting), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  memcpy(self->file, id.internal, sizeof self->file);
  self->ranks = ranks;
  self->rank = rank;
  atomic_store(&self->state, IN_PROGRESS);
  atomic_store(&self->running, 1);
  pthread_t thread;
  pthread_create(&thread, NULL, meet, self);
  pthread_detach(thread);
  *out = self;
  return IN_PROGRESS;
}

EXPORT int ncclCommGetAsyncError(void* of, int* result) {
  *result = atomic_load(&((communicator*)of)->state);
  return SUCCESS;
}

static void end(communicator* self) {
  atomic_store(&self->aborted, true);
  while (atomic_load(&self->running) > 0) {
    usleep(20);
  }
  munmap(self->shared, sizeof(meeting));
  free(self);
}

EXPORT int ncclCommFinalize(void* of) {
  communicator* self = of;
  return atomic_load(&self->running) == 0 ? SUCCESS : failure(INVALID_USAGE, "the stand-in is finalised when its work is done");
}

EXPORT int ncclCommDestroy(void* of) {
  end(of);
  return SUCCESS;
}

EXPORT int ncclCommAbort(void* of) {
  end(of);
  return SUCCESS;
}

/* ---- Exchanges, piece by piece ---- */

typedef enum { ALL_REDUCE, BROADCAST, ALL_GATHER } kind;

typedef struct {
  communicator* by;
  kind kind;
  const char* source;
  char* target;
  size_t count;
  int type;
  int detail; /* the reduction, or the root */
} exchange;

static size_t width_of(int type) { return type == INT64 || type == FLOAT64 ? 8 : type == FLOAT32 ? 4 : 2; }

static double bfloat16_value(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

static uint16_t bfloat16_bits(float value) {
  uint32_t wide;
  memcpy(&wide, &value, sizeof wide);
  return (uint16_t)((wide + 0x7fff + (wide >> 16 & 1)) >> 16);
}

#define COMBINE(type, left, right) \
  (*(type*)(left) = max ? (*(type*)(left) > *(const type*)(right) ? *(type*)(left) : *(const type*)(right)) \
                        : (type)(*(type*)(left) + *(const type*)(right)))

static void combine(char* left, const char* right, int type, bool max) {
  switch (type) {
    case INT64:
      COMBINE(int64_t, left, right);
      break;
    case FLOAT64:
      COMBINE(double, left, right);
      break;
    case FLOAT32:
      COMBINE(float, left, right);
      break;
    case FLOAT16:
      COMBINE(_Float16, left, right);
      break;
    default: {
      float a = (float)bfloat16_value(*(uint16_t*)left);
      float b = (float)bfloat16_value(*(const uint16_t*)right);
      *(uint16_t*)left = bfloat16_bits(max ? (a > b ? a : b) : a + b);
    }
  }
}

static bool piece(exchange* self, size_t begin, size_t bytes) {
  communicator* by = self->by;
  size_t whole = self->count * width_of(self->type);
  memcpy(by->shared->pieces[by->rank], self->source + begin, bytes);
  if (!barrier(by)) {
    return false;
  }
  switch (self->kind) {
    case BROADCAST:
      memcpy(self->target + begin, by->shared->pieces[self->detail], bytes);
      break;
    case ALL_GATHER:
      for (int rank = 0; rank < by->ranks; rank++) {
        memcpy(self->target + (size_t)rank * whole + begin, by->shared->pieces[rank], bytes);
      }
      break;
    case ALL_REDUCE:
      memcpy(self->target + begin, by->shared->pieces[0], bytes);
      for (int rank = 1; rank < by->ranks; rank++) {
        for (size_t at = 0; at < bytes; at += width_of(self->type)) {
          combine(self->target + begin + at, by->shared->pieces[rank] + at, self->type, self->detail == MAX);
        }
      }
  }
  return barrier(by);
}

static void run_exchange(void* argument) {
  exchange* self = argument;
  size_t whole = self->count * width_of(self->type);
  bool sound = true;
  if (told("die")) {
    _exit(9);
  }
  for (size_t begin = 0; sound && begin < whole; begin += CHUNK) {
    sound = piece(self, begin, whole - begin < CHUNK ? whole - begin : CHUNK);
  }
  while (told("hang") && !atomic_load(&self->by->aborted)) {
    usleep(1000);
  }
  atomic_fetch_sub(&self->by->running, 1);
  free(self);
}

static int start(kind kind, const void* source, void* target, size_t count, int type, int detail, communicator* by, void* on) {
  bool types = type == INT64 || (type >= FLOAT16 && type <= BFLOAT16);
  bool details = kind == ALL_REDUCE ? detail == SUM || detail == MAX : detail >= 0 && detail < by->ranks;
  if (source == NULL || target == NULL || !types || !details || on != current || current_device < 0) {
    return failure(INVALID_ARGUMENT, "the stand-in does not know these arguments");
  }
  if (told("system")) {
    return failure(SYSTEM_ERROR, "the stand-in was told to fail");
  }
  if (told("remote")) {
    atomic_store(&by->state, REMOTE_ERROR);
    return IN_PROGRESS;
  }
  exchange* begun = calloc(1, sizeof *begun);
  *begun = (exchange){by, kind, source, target, count, type, detail};
  atomic_fetch_add(&by->running, 1);
  put(on, run_exchange, begun);
  return SUCCESS;
}

EXPORT int ncclAllReduce(const void* source, void* target, size_t count, int type, int reduction, void* by, void* on) {
  return start(ALL_REDUCE, source, target, count, type, reduction, by, on);
}

EXPORT int ncclBroadcast(const void* source, void* target, size_t count, int type, int root, void* by, void* on) {
  return start(BROADCAST, source, target, count, type, root, by, on);
}

EXPORT int ncclAllGather(const void* source, void* target, size_t count, int type, void* by, void* on) {
  return start(ALL_GATHER, source, target, count, type, 0, by, on);
}
