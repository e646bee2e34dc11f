package dev.mmgen.spark;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import java.io.Serializable;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns that tell what to draw, and how a row of them becomes a request. */
sealed interface RowSource extends Serializable permits PhotoColumn, CategoryColumns {

    /**
     * Checks that the columns are there, and of their types.
     *
     * @throws IllegalArgumentException naming the column
     */
    void check(StructType schema);

    /** Returns a request as one of some row, to check settings by. */
    ImageRequestBuilder any(MmGen mmgen, RequestSettings settings);

    /**
     * Returns the request of a row.
     *
     * @throws RuntimeException if the row does not tell what to draw; the message says why
     */
    ImageRequestBuilder of(Row row, MmGen mmgen, RequestSettings settings);

    /** Returns the type of a column. */
    static DataType type(StructType schema, String column) {
        for (StructField field : schema.fields()) {
            if (field.name().equals(column)) {
                return field.dataType();
            }
        }
        throw new IllegalArgumentException(
                "the dataset has no column '" + column + "'; it has " + String.join(", ", schema.fieldNames()));
    }
}
