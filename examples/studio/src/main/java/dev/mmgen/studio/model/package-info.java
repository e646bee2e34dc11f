/** The models that a studio can open. */
@NullMarked
package dev.mmgen.studio.model;

import org.jspecify.annotations.NullMarked;
