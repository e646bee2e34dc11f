/** The limits of what one server does for its clients. */
@NullMarked
package dev.mmgen.studio.limit;

import org.jspecify.annotations.NullMarked;
