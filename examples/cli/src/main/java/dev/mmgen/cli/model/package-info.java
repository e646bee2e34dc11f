/** Commands about a model itself: converting, inspecting, and what the machine offers. */
@NullMarked
package dev.mmgen.cli.model;

import org.jspecify.annotations.NullMarked;
