/** The HTTP side of the studio, on Jetty: requests, answers, problems, events, and who may ask. */
@NullMarked
package dev.mmgen.studio.http;

import org.jspecify.annotations.NullMarked;
