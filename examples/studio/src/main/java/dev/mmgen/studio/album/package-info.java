/** The results of requests, and their files. */
@NullMarked
package dev.mmgen.studio.album;

import org.jspecify.annotations.NullMarked;
