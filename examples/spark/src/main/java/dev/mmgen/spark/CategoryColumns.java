package dev.mmgen.spark;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Columns of images to draw.
 *
 * @param category a class's number or name
 * @param seed     the start of the random numbers
 * @param number   the image's number among those of its seed; null for 0 everywhere
 */
record CategoryColumns(
        String category, String seed, @Nullable String number) implements RowSource {

    @Override
    public void check(StructType schema) {
        DataType type = RowSource.type(schema, category);
        if (!isWhole(type) && !type.equals(DataTypes.StringType)) {
            throw new IllegalArgumentException("the column '" + category + "' is of type " + type.simpleString()
                    + "; categories are numbers, of type int or bigint, or names, of type string");
        }
        requireWhole(schema, seed);
        if (number != null) {
            requireWhole(schema, number);
        }
    }

    private static void requireWhole(StructType schema, String column) {
        DataType type = RowSource.type(schema, column);
        if (!isWhole(type)) {
            throw new IllegalArgumentException("the column '" + column + "' is of type " + type.simpleString()
                    + "; it must hold whole numbers, of type int or bigint");
        }
    }

    private static boolean isWhole(DataType type) {
        return type.equals(DataTypes.LongType)
                || type.equals(DataTypes.IntegerType)
                || type.equals(DataTypes.ShortType)
                || type.equals(DataTypes.ByteType);
    }

    @Override
    public ImageRequestBuilder any(MmGen mmgen, RequestSettings settings) {
        return settings.addTo(mmgen.generate());
    }

    @Override
    public ImageRequestBuilder of(Row row, MmGen mmgen, RequestSettings settings) {
        ImageRequestBuilder request =
                settings.addTo(mmgen.generate()).seed(whole(row, seed, Long.MIN_VALUE, Long.MAX_VALUE));
        if (number != null) {
            request.first((int) whole(row, number, 0, Integer.MAX_VALUE));
        }
        Object wanted = row.getAs(category);
        if (wanted == null) {
            return request;
        }
        return wanted instanceof String name
                ? request.category(name)
                : request.category((int) whole(row, category, 0, Integer.MAX_VALUE));
    }

    private static long whole(Row row, String column, long low, long high) {
        Number value = row.getAs(column);
        if (value == null) {
            throw new IllegalArgumentException("'" + column + "' is null; it must be a whole number");
        }
        if (value.longValue() < low || value.longValue() > high) {
            throw new IllegalArgumentException(
                    "'" + column + "' is " + value + "; it must be from " + low + " to " + high);
        }
        return value.longValue();
    }
}
