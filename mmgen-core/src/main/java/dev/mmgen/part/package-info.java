/**
 * The check of parts that a user may bring: samplers, interpolants, velocity models, autoencoders, normalisations. A part that
 * breaks its contract ends the call with a {@link dev.mmgen.part.PartException} that names it by its class.
 */
@NullMarked
package dev.mmgen.part;

import org.jspecify.annotations.NullMarked;
