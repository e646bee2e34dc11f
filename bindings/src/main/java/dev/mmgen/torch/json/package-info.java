/** JSON, for the library's own modules only. */
@NullMarked
package dev.mmgen.torch.json;

import org.jspecify.annotations.NullMarked;
