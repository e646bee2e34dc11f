package dev.mmgen.train.hdf5;

import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.Sample;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.data.StoredArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A source of samples in HDF5 files: posteriors, one file per modality, and one file of features. Any thread may read.
 */
public final class PrecomputedSource implements SampleSource {

    private final List<Hdf5Samples> posteriors;
    private final @Nullable Hdf5Samples features;

    private PrecomputedSource(List<Hdf5Samples> posteriors, @Nullable Hdf5Samples features) {
        this.posteriors = posteriors;
        this.features = features;
    }

    /**
     * Opens the files.
     *
     * @param posteriors  one per modality, in the model's order
     * @param features null if training needs none
     * @throws DataException if one is missing or no HDF5 file
     */
    public static PrecomputedSource open(List<Path> posteriors, @Nullable Path features) {
        List<Hdf5Samples> opened = new ArrayList<>();
        try {
            for (Path path : posteriors) {
                opened.add(Hdf5Samples.open(path));
            }
            List<Hdf5Samples> byModality = List.copyOf(opened);
            if (features == null) {
                return new PrecomputedSource(byModality, null);
            }
            opened.add(Hdf5Samples.open(features));
            return new PrecomputedSource(byModality, opened.getLast());
        } catch (DataException e) {
            opened.forEach(Hdf5Samples::close);
            throw e;
        }
    }

    @Override
    public Sample read(IndexEntry entry, SampleShape shape) {
        if (posteriors.size() != shape.modalities()) {
            throw new IllegalArgumentException("there are " + posteriors.size() + " files of posteriors for "
                    + shape.modalities() + " modalities");
        }
        List<StoredArray> read = new ArrayList<>(posteriors.size());
        for (Hdf5Samples file : posteriors) {
            read.add(file.read(entry.key(), shape.channels(), shape.height(), shape.width(), 2));
        }
        return new Sample(entry, read, shape.hasFeatures() ? readFeatures(entry, shape) : null);
    }

    private StoredArray readFeatures(IndexEntry entry, SampleShape shape) {
        if (features == null) {
            throw new IllegalArgumentException("samples need features, but no file of features was opened");
        }
        return features.read(entry.key(), shape.tokens(), shape.featureWidth());
    }

    @Override
    public void close() {
        posteriors.forEach(Hdf5Samples::close);
        if (features != null) {
            features.close();
        }
    }
}
