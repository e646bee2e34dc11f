/**
 * Modalities: the kinds of picture that a model handles, and which latent channels belong to which.
 */
@NullMarked
package dev.mmgen.modality;

import org.jspecify.annotations.NullMarked;
