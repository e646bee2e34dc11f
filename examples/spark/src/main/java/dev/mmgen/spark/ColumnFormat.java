package dev.mmgen.spark;

import dev.mmgen.MultiModalImage;
import dev.mmgen.RawFormat;
import dev.mmgen.modality.Modality;
import dev.mmgen.npy.NpyArray;
import java.io.ByteArrayOutputStream;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The form of a drawn modality in its column. */
public enum ColumnFormat {

    /** PNG files of 8 bits, of type binary, the same to the byte as {@link MultiModalImage#write} makes: with how they were drawn. */
    PNG {
        @Override
        DataType type() {
            return DataTypes.BinaryType;
        }

        @Override
        Object value(MultiModalImage image, Modality modality) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            image.get(modality).write(out, image.trace());
            return out.toByteArray();
        }
    },

    /**
     * Numbers as {@link RawFormat#NPY} has them: a struct of {@code shape}, {@code [H, W]} or {@code [H, W, 3]}, and
     * {@code values}, floats row by row. Labels are whole floats.
     */
    FLOATS {
        @Override
        DataType type() {
            return new StructType()
                    .add("shape", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
                    .add("values", DataTypes.createArrayType(DataTypes.FloatType, false), false);
        }

        @Override
        Object value(MultiModalImage image, Modality modality) {
            NpyArray array = RawFormat.array(image, modality);
            int[] shape = array.shape().stream().mapToInt(Long::intValue).toArray();
            return RowFactory.create(shape, array.toFloats());
        }
    };

    abstract DataType type();

    abstract Object value(MultiModalImage image, Modality modality);
}
