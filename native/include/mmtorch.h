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
 *
 * Rules for arguments, unless a function's comment says otherwise:
 *  - dtype: one of uint8, int8, int16, int32, int64, float16, float32, float64, bool, bfloat16; any other number is an error.
 *    Operands promote as in PyTorch; what an operator cannot compute in a type is an error.
 *  - rank and sizes: at most MMT_MAX_RANK dimensions; sizes of a new tensor are not negative and come to less than 2^63 bytes.
 *    Numbers in lists (sizes, widths, shifts, dims) lie within +-2^48, single integers at or above -2^62; others are errors.
 *  - contiguity: any strides give the same values. Where a kernel reads storage as if it were row-major, the function copies
 *    or takes another kernel.
 *  - overlap: a tensor that is read may overlap anything. A tensor that is written in place must not hold the same element
 *    twice (an expanded view is an error); results of operands that partly overlap what is written are errors too.
 *  - device: CPU or CUDA, and the same for all tensors of a call save 0-dimensional ones; mixtures are errors.
 *  - aliasing: two arguments may be the same tensor. `out` never aliases an argument's handle, though it may share storage.
 *  - threads: any, several at a time; two calls that write one tensor at a time give either's values. Modes for gradients and
 *    mixed precision belong to the operating system thread.
 * Tensors come from this library, so they are dense, of a type above and have memory; mmt_call sees to it for its results.
 */
#ifndef MMTORCH_H
#define MMTORCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define MMT_OK 0
#define MMT_FAILED 1

/* The version of this contract. bindings/ refuses a library that answers another number. */
#define MMT_CONTRACT 8

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

/* Sets a variable of the process's environment unless it is set already: for what a library reads when it is opened. */
int32_t mmt_set_default(const char* name, const char* value, char** error);

/* Takes such a variable back once the library is open, so that processes started later do not inherit it. */
int32_t mmt_unset(const char* name, char** error);

/* Looks up libtorch's functions in an opened libtorch_cpu and checks what lies beyond the stable ABI with a self-test.
 * `missing` receives a text to free: the names, one a line, that this libtorch lacks (calls that need them fail), or 0.
 * Fails where a function is absent without which nothing works. */
int32_t mmt_bind(const char* torch_cpu_path, char** missing, char** error);

/* Lets convolutions use NNPACK or not, in an opened libtorch_cpu. On processors that it does not know NNPACK writes a warning
 * for every convolution; libtorch takes oneDNN before it wherever oneDNN can do the work. */
int32_t mmt_set_nnpack(const char* torch_cpu_path, int32_t enabled, char** error);

/* Keeps what libtorch warns of on the calling thread from now on, each text once, instead of letting it write to stderr.
 * Returns 0 where this libtorch does not offer that. */
int32_t mmt_keep_warnings(void);

/* The number of warnings that wait to be taken, at an address that stays. */
const int32_t* mmt_warnings(void);

/* Takes the oldest warning: a text to free, or 0. */
char* mmt_take_warning(void);

/* Lets exit() wait for calls that are under way, 10 seconds at most, before it destroys libtorch's globals. Handlers run in
 * the reverse order of their registration and libtorch makes globals on first use: call it last, from a shutdown hook.
 * With at_once 1 the process ends there where the C library is glibc: the globals, whose destruction takes 80 ms, stay. */
int32_t mmt_wait_at_exit(int32_t at_once, char** error);

/* ---- The process ------------------------------------------------------------------------------------------ */

/* libtorch's version word: major << 56 | minor << 48 | patch << 40. */
int32_t mmt_version(uint64_t* out, char** error);

/* libtorch's own description of its build: BLAS, vector unit, thread library. `out`: a text to free. */
int32_t mmt_describe_build(char** out, char** error);

/* The most threads that one operator may use: more than any machine of 2026 has in one node. */
#define MMT_MAX_THREADS 1024

/* Threads of one operator, 1 <= count <= MMT_MAX_THREADS. A count above the present one is tried out: where the system does not
 * start as many threads it is an error, since the thread library would end the process at the next operator. */
int32_t mmt_set_threads(int32_t count, char** error);
int32_t mmt_threads(int32_t* out, char** error);

/* 1 if less than 256 KB of the calling thread's stack are left (of a stack under 512 KB: less than half). A call into libtorch
 * could overflow it then, which ends the process: ask first. Does not wait, so it may be called without leaving Java's state. */
int32_t mmt_stack_is_short(void);

/* The number of CUDA devices; 0 where libtorch has no CUDA. */
int32_t mmt_cuda_devices(int32_t* out, char** error);

/* Waits until a CUDA device has done all its work. */
int32_t mmt_cuda_synchronize(int32_t device_index, char** error);

/* ---- Tensors: life, facts, copies ------------------------------------------------------------------------- */

/* Frees one handle; the storage goes when its last tensor goes. 0 is allowed. */
void mmt_tensor_free(mmt_tensor tensor);

/* A second handle for the same tensor. */
int32_t mmt_tensor_alias(mmt_tensor tensor, mmt_tensor* out, char** error);

/* Room that mmt_tensor_facts needs for a tensor of up to MMT_MAX_RANK dimensions. */
#define MMT_MAX_RANK 64
#define MMT_FACTS (5 + 2 * MMT_MAX_RANK)

/* facts[0..4] = scalar type, device type, device index, contiguous (0 or 1), rank; then the sizes, then the strides. */
int32_t mmt_tensor_facts(mmt_tensor tensor, int64_t* facts, char** error);

/* The address of the first of exactly `bytes` bytes, borrowed from the tensor, which must be on the CPU and row-major. */
int32_t mmt_tensor_data(mmt_tensor tensor, int64_t bytes, void** out, char** error);

/* Scalar types, device types and memory formats are libtorch's numbers (its stable ABI fixes them). */
int32_t mmt_empty(const int64_t* sizes, int64_t rank, int32_t dtype, int32_t device_type, int32_t device_index,
                  mmt_tensor* out, char** error);
int32_t mmt_full(const int64_t* sizes, int64_t rank, double value, int32_t dtype, int32_t device_type,
                 int32_t device_index, mmt_tensor* out, char** error);

/* The same values in another type or place; copy != 0 forces fresh storage. */
int32_t mmt_to(mmt_tensor self, int32_t dtype, int32_t device_type, int32_t device_index, int32_t copy,
               mmt_tensor* out, char** error);
int32_t mmt_copy_(mmt_tensor self, mmt_tensor source, char** error);
int32_t mmt_clone(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_contiguous(mmt_tensor self, int32_t memory_format, mmt_tensor* out, char** error);
int32_t mmt_item(mmt_tensor self, double* out, char** error);
int32_t mmt_item_integer(mmt_tensor self, int64_t* out, char** error);

/* ---- Files in memory -------------------------------------------------------------------------------------- */

typedef uint64_t mmt_mapping;

/* Maps a regular file (never waits, as the opening of a pipe would) copy-on-write: tensors over it may be written, the file
 * never changes. `size` receives its length. A file that is cut short while it is mapped does not end the process: whoever touches
 * a page that is gone reads zeros, the call that did so fails, and so does every later one on a tensor that reaches there. Calls
 * of other threads at the same moment may fail, too. For this a handler of SIGBUS is installed with the first mapping; it hands
 * on what lies outside of mappings. Zeros within the last page that is left raise no signal and go unnoticed. */
int32_t mmt_mapping_open(const char* path, mmt_mapping* out, int64_t* size, char** error);

/* Gives the caller's share back; the pages go when the last tensor over them goes. */
void mmt_mapping_free(mmt_mapping mapping);

/* A tensor over the bytes [offset, offset + length) of a mapping, without a copy (with one where the offset is not a
 * multiple of the element size). Strides and storage_offset count elements; what they reach must lie in the bytes. */
int32_t mmt_mapping_tensor(mmt_mapping mapping, int64_t offset, int64_t length, int32_t dtype, const int64_t* sizes,
                           const int64_t* strides, int64_t rank, int64_t storage_offset, mmt_tensor* out, char** error);

/* ---- Views and joins -------------------------------------------------------------------------------------- */

int32_t mmt_reshape(mmt_tensor self, const int64_t* sizes, int64_t rank, mmt_tensor* out, char** error);
int32_t mmt_expand(mmt_tensor self, const int64_t* sizes, int64_t rank, mmt_tensor* out, char** error);
int32_t mmt_permute(mmt_tensor self, const int64_t* dims, int64_t rank, mmt_tensor* out, char** error);
int32_t mmt_transpose(mmt_tensor self, int64_t dim0, int64_t dim1, mmt_tensor* out, char** error);
/* Bounds beyond the ends mean the ends. 1 <= step. */
int32_t mmt_slice(mmt_tensor self, int64_t dim, int64_t start, int64_t end, int64_t step, mmt_tensor* out,
                  char** error);
int32_t mmt_select(mmt_tensor self, int64_t dim, int64_t index, mmt_tensor* out, char** error);
int32_t mmt_unsqueeze(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error);
int32_t mmt_squeeze(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error);
int32_t mmt_flip(mmt_tensor self, const int64_t* dims, int64_t count, mmt_tensor* out, char** error);
int32_t mmt_cat(const mmt_tensor* tensors, int64_t count, int64_t dim, mmt_tensor* out, char** error);
int32_t mmt_stack(const mmt_tensor* tensors, int64_t count, int64_t dim, mmt_tensor* out, char** error);
int32_t mmt_index_select(mmt_tensor self, int64_t dim, mmt_tensor index, mmt_tensor* out, char** error);
int32_t mmt_gather(mmt_tensor self, int64_t dim, mmt_tensor index, mmt_tensor* out, char** error);

/* ---- Arithmetic ------------------------------------------------------------------------------------------- */

/* self + alpha * other; with broadcasting and type promotion, as all of this group. */
int32_t mmt_add(mmt_tensor self, mmt_tensor other, double alpha, mmt_tensor* out, char** error);
int32_t mmt_mul(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_div(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_pow(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_minimum(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_maximum(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_atan2(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);

/* The same with a number, which keeps a floating tensor's type. An integer tensor becomes float64. */
int32_t mmt_add_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error);
int32_t mmt_mul_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error);
int32_t mmt_div_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error);
int32_t mmt_pow_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error);
int32_t mmt_clamp(mmt_tensor self, double low, double high, mmt_tensor* out, char** error);

/* self + weight * (end - self) */
int32_t mmt_lerp(mmt_tensor self, mmt_tensor end, double weight, mmt_tensor* out, char** error);

/* In place, without gradient history: self += left * right in one pass; self *= other; self = lerp(self, end, weight). */
int32_t mmt_addcmul_(mmt_tensor self, mmt_tensor left, mmt_tensor right, char** error);
int32_t mmt_mul_(mmt_tensor self, mmt_tensor other, char** error);
int32_t mmt_lerp_(mmt_tensor self, mmt_tensor end, double weight, char** error);
int32_t mmt_fill_(mmt_tensor self, double value, char** error);

int32_t mmt_neg(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_abs(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_exp(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_log(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_sqrt(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_rsqrt(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_sin(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_cos(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_acos(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_floor(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_round(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_tanh(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_sigmoid(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_silu(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_relu(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_gelu(mmt_tensor self, int32_t tanh_form, mmt_tensor* out, char** error);
int32_t mmt_isfinite(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_logical_not(mmt_tensor self, mmt_tensor* out, char** error);

int32_t mmt_eq(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_ne(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_lt(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_le(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_gt(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_ge(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_logical_and(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
int32_t mmt_where(mmt_tensor condition, mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);

/* ---- Reductions; no dims at all reduces all of them -------------------------------------------------------- */

int32_t mmt_sum(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error);
int32_t mmt_mean(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error);
int32_t mmt_amax(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error);
int32_t mmt_amin(mmt_tensor self, const int64_t* dims, int64_t count, int32_t keep, mmt_tensor* out, char** error);
/* The Euclidean norm of all elements. */
int32_t mmt_norm(mmt_tensor self, mmt_tensor* out, char** error);
/* The largest or smallest element along a dimension, and its place there, int64: the first of equals. */
int32_t mmt_max(mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* values, mmt_tensor* indices, char** error);
int32_t mmt_min(mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* values, mmt_tensor* indices, char** error);
int32_t mmt_argmax(mmt_tensor self, int64_t dim, int32_t keep, mmt_tensor* out, char** error);
int32_t mmt_cumsum(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error);
int32_t mmt_softmax(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error);
int32_t mmt_log_softmax(mmt_tensor self, int64_t dim, mmt_tensor* out, char** error);

/* ---- Layers ----------------------------------------------------------------------------------------------- */

int32_t mmt_matmul(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error);
/* input: [..., in]; weight: [out, in]; bias: absent, or what broadcasts to [out]. Without gradients plain ones go to oneDNN. */
int32_t mmt_linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error);
/* gelu(linear(...)) with the tanh form of gelu. */
int32_t mmt_linear_gelu(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error);

/* A matrix laid out in the blocks in which oneDNN multiplies fastest, or 0. */
typedef uint64_t mmt_packed;

/* weight: row-major [out, in], float32 or bfloat16, on the CPU. rows: how many rows inputs will have, about. The weight's pages may
   leave memory if they are those of a file. */
int32_t mmt_pack(mmt_tensor weight, int64_t rows, mmt_packed* out, char** error);
void mmt_packed_free(mmt_packed packed);
/* The plain matrix again, the same bits. */
int32_t mmt_unpack(mmt_packed packed, mmt_tensor* out, char** error);
/* linear or, with gelu != 0, linear_gelu by a packed matrix. `out` is 0 if it does not fit: gradients are recorded, or input or bias are
   of another type, size or place. */
int32_t mmt_packed_linear(mmt_tensor input, mmt_packed packed, mmt_tensor bias, int32_t gelu, mmt_tensor* out,
                          char** error);

/* A matrix in signed bytes, with a scale for each output, laid out as oneDNN multiplies it; or 0. */
typedef uint64_t mmt_quantized;

/* Fails, with the reason, where products of bytes are not offered here or are not exact: x86 processors before VNNI saturate their sums.
   Tried with the first call, by a product at the ends of the range. */
int32_t mmt_quantized_check(char** error);
/* weight: row-major [out, in], float32 or bfloat16, on the CPU, in <= 65536. Each row becomes round(weight / scale), where scale is its
   largest magnitude / 127. The weight's pages may leave memory if they are those of a file. Fails where mmt_quantized_check does. */
int32_t mmt_quantize(mmt_tensor weight, mmt_quantized* out, char** error);
void mmt_quantized_free(mmt_quantized matrix);
/* linear or, with gelu != 0, linear_gelu by a quantized matrix, in the input's type: float32 or bfloat16, whichever the matrix was. Each
   row of the input becomes bytes by a scale of its own, as the weights did; sums are exact up to their rounding to float32. `out` is 0 as for
   mmt_packed_linear. A row that holds NaN or an infinity gives NaN. */
int32_t mmt_quantized_linear(mmt_tensor input, mmt_quantized matrix, mmt_tensor bias, int32_t gelu, mmt_tensor* out,
                             char** error);

/* input: [N, C, H, W]; weight: [out, C / groups, kH, kW]; bias: absent, or [out]; addend: absent, or what is added to the result. Where
   nothing is recorded for gradients, filters of 3 x 3 with stride 1 take Winograd's algorithm if input has its channels innermost and all is
   float32 on a CPU with vectors of 512 bits: a NaN or an infinity in the input then makes NaN of the outputs up to 5 pixels around it. */
int32_t mmt_conv2d(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor addend, int64_t stride, int64_t padding,
                   int64_t groups, mmt_tensor* out, char** error);
int32_t mmt_layer_norm(mmt_tensor input, const int64_t* shape, int64_t rank, mmt_tensor weight, mmt_tensor bias,
                       double eps, mmt_tensor* out, char** error);
int32_t mmt_group_norm(mmt_tensor input, int64_t groups, mmt_tensor weight, mmt_tensor bias, double eps,
                       mmt_tensor* out, char** error);
/* silu(group_norm(input)); where nothing is recorded for gradients, of float32 images with their channels innermost on the CPU, in two passes over memory. */
int32_t mmt_group_norm_silu(mmt_tensor input, int64_t groups, mmt_tensor weight, mmt_tensor bias, double eps,
                            mmt_tensor* out, char** error);
int32_t mmt_embedding(mmt_tensor weight, mmt_tensor indices, mmt_tensor* out, char** error);

/* softmax(query · keyᵀ · scale + mask) · value; scale NaN means 1 / sqrt(width of a head). */
int32_t mmt_attention(mmt_tensor query, mmt_tensor key, mmt_tensor value, mmt_tensor mask, double scale,
                      mmt_tensor* out, char** error);
/* The same of the heads in packed tokens [N, T, 3 * heads * width], queries before keys before values: [N, T, heads * width]. */
int32_t mmt_self_attention(mmt_tensor packed, int64_t heads, mmt_tensor* out, char** error);
/* norm(input) * (1 + scale) + shift over tokens [N, T, width]; shift and scale: [1 or N, 1 or T, width]. Without gradients, on
   the CPU, in one pass over memory; so is mmt_add_gated. */
int32_t mmt_modulate(mmt_tensor input, mmt_tensor shift, mmt_tensor scale, double eps, mmt_tensor* out, char** error);
/* input + gate * change. */
int32_t mmt_add_gated(mmt_tensor input, mmt_tensor gate, mmt_tensor change, mmt_tensor* out, char** error);
int32_t mmt_upsample_nearest(mmt_tensor input, int64_t height, int64_t width, mmt_tensor* out, char** error);

/* Scale factors of 0 are derived from the sizes, as PyTorch does when none are passed. */
int32_t mmt_upsample_bicubic(mmt_tensor input, int64_t height, int64_t width, int32_t align_corners,
                             double scale_height, double scale_width, mmt_tensor* out, char** error);

/* Widens dimensions from the last backwards: (left, right, top, bottom, ...). mode: "constant", "reflect", "replicate". */
int32_t mmt_pad(mmt_tensor input, const int64_t* widths, int64_t count, const char* mode, double value,
                mmt_tensor* out, char** error);
int32_t mmt_dropout(mmt_tensor input, double probability, mmt_tensor* out, char** error);

/* ---- Random numbers; generator 0 is the process-wide one ---------------------------------------------------- */

/* A CPU generator whose draws equal PyTorch's after manual_seed(seed). */
int32_t mmt_generator_new(uint64_t seed, mmt_generator* out, char** error);
int32_t mmt_generator_seed(mmt_generator generator, uint64_t seed, char** error);
void mmt_generator_free(mmt_generator generator);

int32_t mmt_rand(const int64_t* sizes, int64_t rank, int32_t dtype, mmt_generator generator, mmt_tensor* out,
                 char** error);
int32_t mmt_randn(const int64_t* sizes, int64_t rank, int32_t dtype, mmt_generator generator, mmt_tensor* out,
                  char** error);
/* low <= value < high, int64. */
int32_t mmt_randint(int64_t low, int64_t high, const int64_t* sizes, int64_t rank, mmt_generator generator,
                    mmt_tensor* out, char** error);
int32_t mmt_randperm(int64_t count, mmt_generator generator, mmt_tensor* out, char** error);
int32_t mmt_uniform_(mmt_tensor self, double low, double high, mmt_generator generator, char** error);
int32_t mmt_normal_(mmt_tensor self, double mean, double deviation, mmt_generator generator, char** error);

/* ---- Gradients (modes belong to the calling operating system thread) ---------------------------------------- */

int32_t mmt_set_requires_grad(mmt_tensor self, int32_t requires_grad, char** error);
int32_t mmt_requires_grad(mmt_tensor self, int32_t* out, char** error);
int32_t mmt_detach(mmt_tensor self, mmt_tensor* out, char** error);

/* Adds the gradients of a scalar to .grad of `inputs`, or of all leaves where count is 0. Other threads may meanwhile read and clear
 * gradients, of the same leaves too: what they read is whole, and what they clear lives on until this pass has ended. */
int32_t mmt_backward(mmt_tensor self, const mmt_tensor* inputs, int64_t count, mmt_tensor gradient,
                     int32_t retain_graph, char** error);
/* `out` receives 0 where no gradient has arrived yet. One that is not a dense tensor is an error by name. */
int32_t mmt_grad(mmt_tensor self, mmt_tensor* out, char** error);
int32_t mmt_clear_grad(mmt_tensor self, char** error);

/* Returns the mode that was; needs no error. */
int32_t mmt_set_grad_mode(int32_t enabled);

/* Mixed precision for one device type: dtype is the lower one. Ends with enabled = 0, which drops cached weights
 * and goes on with the one that was around it on this thread, if there was. */
int32_t mmt_set_autocast(int32_t device_type, int32_t enabled, int32_t dtype, char** error);

/* ---- Optimizer steps over lists of equal length, in place ---------------------------------------------------- */

/* Per index, parameter, gradient and moments agree in sizes, floating type and device, and steps has one float32, already
 * counted up for this step. Any strides; but a parameter or moment in which elements share memory, or which overlaps another
 * one, is an error. found_infinity and gradient_scale: one float32 each, or 0. Nothing is written on failure. Never recorded. */
int32_t mmt_fused_adamw_(const mmt_tensor* parameters, const mmt_tensor* gradients, const mmt_tensor* first_moments,
                         const mmt_tensor* second_moments, const mmt_tensor* steps, int64_t count, double rate,
                         double beta1, double beta2, double weight_decay, double eps, mmt_tensor gradient_scale,
                         mmt_tensor found_infinity, char** error);
int32_t mmt_foreach_mul_(const mmt_tensor* tensors, int64_t count, mmt_tensor factor, char** error);
/* Multiplies by a scalar, float32, tensors in which no elements share memory; found_infinity, one float32, becomes 1 where an element is infinite or NaN. */
int32_t mmt_foreach_unscale_(const mmt_tensor* tensors, int64_t count, mmt_tensor found_infinity,
                             mmt_tensor inverse_scale, char** error);

/* ---- Groups of processes: Gloo, in the releases of libtorch where its layout is known ------------------------- */

/* Keys and values by which processes find each other. Blocking calls have the store's timeout at most, in milliseconds. */
typedef uint64_t mmt_store;
/* The place of this process among others. A process that ends with one open does not run libtorch's destructors. */
typedef uint64_t mmt_group;
/* An exchange under way. It keeps what its tensors hold; their memory is not to be touched before it is done. */
typedef uint64_t mmt_work;

/* Fails, with the reason, where this libtorch cannot make groups. */
int32_t mmt_gloo_check(char** error);

/* A store over TCP. With server != 0 this process keeps the values, else it connects to the one that does. */
int32_t mmt_tcp_store_new(const char* host, int32_t port, int32_t server, int64_t timeout, mmt_store* out, char** error);
/* A store in a file that `size` processes see. The last one deletes it. */
int32_t mmt_file_store_new(const char* path, int32_t size, mmt_store* out, char** error);
/* After all groups that were made with it. */
void mmt_store_free(mmt_store store);
int32_t mmt_store_set(mmt_store store, const char* key, const char* value, char** error);
/* `out`: a text to free, or 0 where the key has no value yet. */
int32_t mmt_store_get(mmt_store store, const char* key, char** out, char** error);
/* Adds to a whole number, which begins at 0, and tells the sum. */
int32_t mmt_store_add(mmt_store store, const char* key, int64_t amount, int64_t* out, char** error);

/* Connects `size` processes, each to each, which find each other under a prefix that no other group of the store has. All make the same calls in the same order, with the same sizes and types; that is
 * not checked here. */
int32_t mmt_group_new(mmt_store store, const char* prefix, int32_t rank, int32_t size, int64_t timeout, mmt_group* out,
                      char** error);
/* Waits for exchanges under way. */
void mmt_group_free(mmt_group group);

#define MMT_SUM 0
#define MMT_MAX 4

/* In place. Here and below: row-major tensors in main memory of float32, float64, bfloat16, float16 or int64. */
int32_t mmt_group_all_reduce(mmt_group group, mmt_tensor tensor, int32_t operation, mmt_work* out, char** error);
int32_t mmt_group_broadcast(mmt_group group, mmt_tensor tensor, int32_t root, mmt_work* out, char** error);
/* share: [n]; whole: [size * n], of the same type, in the order of the ranks. */
int32_t mmt_group_all_gather(mmt_group group, mmt_tensor whole, mmt_tensor share, mmt_work* out, char** error);

/* Waits up to `timeout` milliseconds; `done` receives 0 where that was too short. Fails with the exchange's own reason. */
int32_t mmt_work_wait(mmt_work work, int64_t timeout, int32_t* done, char** error);
void mmt_work_free(mmt_work work);

/* ---- GPUs, for a library beside libtorch: NCCL ------------------------------------------------------------------ */

/* A device that is the calling thread's current one. */
typedef uint64_t mmt_cuda_guard;
/* A point in the work of a stream. */
typedef uint64_t mmt_cuda_event;

/* Looks up what follows in an opened libtorch_cuda and in the CUDA runtime that it is linked with; the first success counts. `memory` is
 * the type of device whose tensors are handed out below: CUDA, or the CPU where a library of tests stands in for CUDA. */
int32_t mmt_cuda_bind(const char* torch_cuda_path, int32_t memory, char** error);

/* Makes a device the calling thread's current one until mmt_cuda_leave on the same thread. */
int32_t mmt_cuda_enter(int32_t device_index, mmt_cuda_guard* out, char** error);
void mmt_cuda_leave(mmt_cuda_guard guard);

/* The stream, a cudaStream_t, on which libtorch puts the calling thread's work for a device. */
int32_t mmt_cuda_stream(int32_t device_index, void** out, char** error);

/* The address of the first of exactly `bytes` bytes in a GPU's memory, borrowed from the tensor, which must be there and row-major. With
 * written != 0 the bytes are about to be written, which autograd is told. */
int32_t mmt_cuda_data(mmt_tensor tensor, int32_t device_index, int64_t bytes, int32_t written, void** out, char** error);

/* An event behind all that a stream of the current device was given so far. */
int32_t mmt_cuda_event_new(void* stream, mmt_cuda_event* out, char** error);
/* Does not wait; `done` receives 0 or 1. Fails where work on the device has failed. */
int32_t mmt_cuda_event_done(mmt_cuda_event event, int32_t* done, char** error);
void mmt_cuda_event_free(mmt_cuda_event event);

/* ---- Any operator ------------------------------------------------------------------------------------------- */

/* One argument or result of mmt_call. `kind` says which member holds it; lists are read through `items`. */
#define MMT_NONE 0
#define MMT_TENSOR 1
#define MMT_INTEGER 2
#define MMT_REAL 3
#define MMT_FLAG 4
#define MMT_TEXT 5
#define MMT_INTEGERS 6
#define MMT_REALS 7
#define MMT_FLAGS 8
#define MMT_TENSORS 9
#define MMT_DTYPE 10
#define MMT_DEVICE 11
#define MMT_GENERATOR 12

typedef struct mmt_value {
  int32_t kind;
  int32_t count;       /* of a list */
  int64_t integer;     /* tensor handle, integer, flag, dtype, generator; device: type << 32 | index */
  double real;
  const void* items;   /* list of mmt_tensor, int64_t, double or int32_t flags; UTF-8 text, zero-terminated */
} mmt_value;

/* Calls the operator that this schema names, for example
 * "aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor". The schema is compared with the one that the
 * dispatcher of the loaded libtorch has registered (save defaults, which are never filled in, and names of results), and every
 * argument with it, so a mistake is an error and never a crash. Only operators whose kernels are known to look at their arguments
 * are called, with read-only tensors row-major and apart from what is written (copied where they are not); they write to their first
 * argument alone, and leave its form. Any other needs `unchecked` != 0: then the caller vouches for all of that.
 * Results (at most room for result_count) are owned by the caller; only tensors, integers, reals and flags come back. A
 * tensor that is undefined, not dense, of another type or device, or without memory, is an error by name and freed; a lazily
 * negated view comes back with its values. */
int32_t mmt_call(const char* schema, int32_t unchecked, const mmt_value* arguments, int64_t argument_count,
                 mmt_value* results, int64_t result_count, char** error);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
