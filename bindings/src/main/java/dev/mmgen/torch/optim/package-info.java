/**
 * Optimisation: {@link dev.mmgen.torch.optim.AdamW} and what surrounds one of its steps.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="optimization-step"}
 */
@NullMarked
package dev.mmgen.torch.optim;

import org.jspecify.annotations.NullMarked;
