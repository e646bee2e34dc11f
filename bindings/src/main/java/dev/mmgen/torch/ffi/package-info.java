/** Written by jextract from {@code native/include/mmtorch.h}. Never edited by hand and not exported. */
package dev.mmgen.torch.ffi;
