package dev.mmgen.spark;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;

/**
 * The progress of requests, in accumulators that Spark's web page shows too. They grow as tasks end, and count what was done: what a
 * task did before it failed is not in them, and what Spark does twice, since a dataset is used twice or a machine was lost, is in
 * them twice.
 */
public final class RowCount implements Serializable {

    private static final long serialVersionUID = 1;

    private final LongAccumulator images;
    private final LongAccumulator errors;
    private final LongAccumulator models;

    private RowCount(SparkContext context) {
        images = context.longAccumulator("mmgen images");
        errors = context.longAccumulator("mmgen errors");
        models = context.longAccumulator("mmgen models opened");
    }

    /** Begins to count in a Spark application. */
    public static RowCount of(SparkSession spark) {
        return new RowCount(spark.sparkContext());
    }

    /** Returns the number of rows that have their images. */
    public long images() {
        return images.value();
    }

    /** Returns the number of rows that have an error instead. */
    public long errors() {
        return errors.value();
    }

    /** Returns how often an executor opened a model: once each, unless they take turns with several models. */
    public long models() {
        return models.value();
    }

    void image() {
        images.add(1);
    }

    void error() {
        errors.add(1);
    }

    void model() {
        models.add(1);
    }
}
