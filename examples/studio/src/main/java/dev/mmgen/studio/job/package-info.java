/** Requests that wait, run and end, and what can be seen of them meanwhile. */
@NullMarked
package dev.mmgen.studio.job;

import org.jspecify.annotations.NullMarked;
