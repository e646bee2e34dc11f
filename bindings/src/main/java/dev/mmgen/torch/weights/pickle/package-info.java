/** Python's pickle format, read and written without Python. Nothing in a pickle is executed. Not exported. */
@NullMarked
package dev.mmgen.torch.weights.pickle;

import org.jspecify.annotations.NullMarked;
