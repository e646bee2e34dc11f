/**
 * Models on disk: folders of settings and weights.
 */
@NullMarked
package dev.mmgen.io;

import org.jspecify.annotations.NullMarked;
