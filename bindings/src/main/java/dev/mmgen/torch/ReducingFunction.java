package dev.mmgen.torch;

import java.lang.foreign.MemorySegment;

/** The form that the shim's reductions share. */
interface ReducingFunction {
    int call(long self, MemorySegment dims, long count, int keep, MemorySegment out, MemorySegment error);
}
