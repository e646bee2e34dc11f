/** Reading and drawing at the scale of a cluster: requests to a model for every row of a dataset of Apache Spark. */
@NullMarked
package dev.mmgen.spark;

import org.jspecify.annotations.NullMarked;
