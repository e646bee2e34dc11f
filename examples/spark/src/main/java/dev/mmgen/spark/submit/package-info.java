/** The program for {@code spark-submit}: folders of photos and tables of categories to Parquet. */
@NullMarked
package dev.mmgen.spark.submit;

import org.jspecify.annotations.NullMarked;
