#!/bin/sh
# Writes the package dev.mmgen.torch.ffi anew from native/include/mmtorch.h, and dev.mmgen.torch.ffi.nccl from nccl.h beside this. Run it
# from the repository root after every change of a header, with a jextract on the PATH whose output compiles at release 22
# (openjdk/jextract as of December 2024).
set -eu
output=bindings/src/main/java
rm -rf "$output/dev/mmgen/torch/ffi"

header=native/include/mmtorch.h
functions=$(grep -oE '\bmmt_[a-z0-9_]+ ?\(' "$header" | tr -d ' (' | sort -u | sed 's/^/--include-function /')
constants=$(grep -oE '^#define MMT_[A-Z0-9_]+ ' "$header" | awk '{print "--include-constant " $2}')
# shellcheck disable=SC2086
jextract --output "$output" --target-package dev.mmgen.torch.ffi --header-class-name MmTorch \
    $functions $constants --include-typedef mmt_value --include-struct mmt_value "$header"
cat > "$output/dev/mmgen/torch/ffi/package-info.java" <<'JAVA'
/** Written by jextract from {@code native/include/mmtorch.h}. Never edited by hand and not exported. */
package dev.mmgen.torch.ffi;
JAVA

# Its functions are looked up in the library of this name that is open, else where the system's loader looks.
header=bindings/src/jextract/nccl.h
functions=$(grep -oE '\bnccl[A-Za-z]+\(' "$header" | tr -d '(' | sort -u | sed 's/^/--include-function /')
constants=$(grep -oE '^#define NCCL_[A-Z0-9_]+ ' "$header" | awk '{print "--include-constant " $2}')
# shellcheck disable=SC2086
jextract --output "$output" --target-package dev.mmgen.torch.ffi.nccl --header-class-name NcclLibrary --library :libnccl.so.2 \
    $functions $constants --include-struct ncclUniqueId --include-struct ncclConfig "$header"
cat > "$output/dev/mmgen/torch/ffi/nccl/package-info.java" <<'JAVA'
/** Written by jextract from {@code bindings/src/jextract/nccl.h}. Never edited by hand and not exported. */
package dev.mmgen.torch.ffi.nccl;
JAVA
