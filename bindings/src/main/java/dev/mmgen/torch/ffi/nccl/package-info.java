/** Written by jextract from {@code bindings/src/jextract/nccl.h}. Never edited by hand and not exported. */
package dev.mmgen.torch.ffi.nccl;
