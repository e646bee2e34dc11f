/** The endpoints of the studio's HTTP API, version 1; {@code openapi.json} describes them. */
@NullMarked
package dev.mmgen.studio.api;

import org.jspecify.annotations.NullMarked;
