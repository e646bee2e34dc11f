/**
 * Attacks: damaged files for every reader, random sequences of tensor calls, and runs that are killed. Each target runs in a JVM
 * of its own, so that one that falls is a failure and not the end of the tests.
 */
package dev.mmgen.fuzz;
