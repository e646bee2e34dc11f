/**
 * Optimisation: {@link dev.mmgen.torch.optim.AdamW} and what surrounds one of its steps.
 *
 * <pre>{@code
 * scaler.scale(loss).backward();
 * if (scaler.unscale(optimizer.gradients())) {
 *     clip.apply(optimizer.gradients());
 *     optimizer.step(rate.at(step));
 *     ema.update();
 * }
 * optimizer.clearGradients();
 * }</pre>
 */
@NullMarked
package dev.mmgen.torch.optim;

import org.jspecify.annotations.NullMarked;
