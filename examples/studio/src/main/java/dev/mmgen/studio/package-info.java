/** The studio: a server with a page to draw, read and change pictures with a model. Start at {@link dev.mmgen.studio.Studio}. */
@NullMarked
package dev.mmgen.studio;

import org.jspecify.annotations.NullMarked;
