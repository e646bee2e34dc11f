package dev.mmgen.spark;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model for the rows of datasets, and the start of requests to it. It holds where the model is, not its weights: each executor
 * process opens it once, for all of its tasks, and keeps it until its tasks need another one.
 *
 * {@snippet class="dev.mmgen.spark.SnippetsTest" region="read"}
 *
 * @param location as {@link MmGen#open(String)} takes it, the same on the driver and on all executors: a folder that every machine
 *                 has, or {@code classpath:} and the name of one in a jar. Written anew, a model needs another location
 * @param device   the device that executors compute on; the driver checks requests on its processor
 * @param dtype    the transformer's element type; null leaves it to weights and processor, see {@link MmGenOptions}
 */
public record SparkModel(
        String location, Device device, @Nullable DType dtype) implements Serializable {

    /** Checks that there is a location. */
    public SparkModel {
        Objects.requireNonNull(location, "location");
        Objects.requireNonNull(device, "device");
    }

    /** Returns the model at a location, on the processor, in the type of its weights. */
    public static SparkModel of(String location) {
        return new SparkModel(location, Device.CPU, null);
    }

    /** Returns the small model of the artifact {@code dev.mmgen:mmgen-model-shapes}. */
    public static SparkModel shapes() {
        return of(MmGen.SHAPES);
    }

    /** Returns this model on another device of each executor's machine. */
    public SparkModel on(Device newDevice) {
        return new SparkModel(location, newDevice, dtype);
    }

    /** Returns this model in another element type; null keeps that of the weights. */
    public SparkModel in(@Nullable DType newDtype) {
        return new SparkModel(location, device, newDtype);
    }

    /** Starts a request for what the photos of a column show: image files as bytes, such as {@code content} of the binaryFile source. */
    public SparkRequest understand(String photos) {
        return new SparkRequest(this, new PhotoColumn(photos));
    }

    /**
     * Starts a request for new images.
     *
     * @param category the column of the classes: their numbers, or their names; where it is null, the class is left open
     * @param seed     the column of the seeds: whole numbers
     */
    public SparkRequest generate(String category, String seed) {
        return new SparkRequest(this, new CategoryColumns(category, seed, null));
    }

    /**
     * Starts a request for new images, several of a seed.
     *
     * @param number the column of the images' numbers among those of their seed, from 0
     * @see #generate(String, String)
     */
    public SparkRequest generate(String category, String seed, String number) {
        return new SparkRequest(this, new CategoryColumns(category, seed, number));
    }

    MmGen open() {
        return MmGen.open(location, MmGenOptions.DEFAULT.on(device).in(dtype));
    }
}
