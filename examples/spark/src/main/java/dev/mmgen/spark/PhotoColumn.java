package dev.mmgen.spark;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.image.RgbImage;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A column of photos to read: image files as bytes. All have the noise of one seed, as those of a folder have. */
record PhotoColumn(String name) implements RowSource {

    @Override
    public void check(StructType schema) {
        DataType type = RowSource.type(schema, name);
        if (!type.equals(DataTypes.BinaryType)) {
            throw new IllegalArgumentException("the column '" + name + "' is of type " + type.simpleString()
                    + "; photos are the bytes of image files, of type binary, as spark.read().format(\"binaryFile\") has"
                    + " them in 'content'");
        }
    }

    @Override
    public ImageRequestBuilder any(MmGen mmgen, RequestSettings settings) {
        int side = mmgen.resolution();
        return settings.addTo(mmgen.understand(RgbImage.of(side, side, new byte[3 * side * side])));
    }

    @Override
    public ImageRequestBuilder of(Row row, MmGen mmgen, RequestSettings settings) {
        byte[] file = row.getAs(name);
        if (file == null) {
            throw new IllegalArgumentException("the photo in '" + name + "' is null");
        }
        return settings.addTo(mmgen.understand(RgbImage.read(file)));
    }
}
