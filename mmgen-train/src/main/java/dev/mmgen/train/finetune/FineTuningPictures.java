package dev.mmgen.train.finetune;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.PictureFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The samples of a fine-tuning, checked: those to train on, and the tenth that is held out.
 *
 * @param training to train on, with the model's class numbers
 * @param heldOut  every tenth, 200 at the most
 * @param classes  names of classes that the model is to learn
 * @param missing  modalities of the model of which there is no picture; what the model knows of them is not rehearsed
 */
record FineTuningPictures(
        List<IndexEntry> training, List<IndexEntry> heldOut, List<String> classes, List<String> missing) {

    private static final int HELD_OUT_EVERY = 10;
    private static final int MOST_HELD_OUT = 200;

    /**
     * Lists and checks the samples.
     *
     * @param own a folder for pictures that a program made
     * @throws DataException if a modality to learn has no pictures, pictures of a sample differ in size, or a class is unknown
     */
    static FineTuningPictures open(FineTuning tuning, FineTuningPlan plan, Path own) {
        FineTuningSettings settings = tuning.settings;
        List<String> modalities =
                plan.modalities().list().stream().map(Modality::name).toList();
        Map<String, ModalityCoding> codings = new LinkedHashMap<>();
        settings.codings(tuning.model.config())
                .forEach((name, coding) -> codings.put(TrainingData.indexName(name), coding));
        ReadyLatents ready = ReadyLatents.of(settings, modalities);
        if (settings.samples == null) {
            LabelHoles.requireUsed(folder(settings), indexNames(modalities));
        }
        PictureFolder pictures = settings.samples == null
                ? painted(
                        PictureFolder.open(folder(settings), indexNames(modalities), codings.keySet(), ready.names()),
                        new CodedPictures(codings, own))
                : write(settings.samples, plan, own);
        ready.requireSamples(pictures.entries());
        List<String> missing = new ArrayList<>();
        for (String modality : modalities) {
            String name = TrainingData.indexName(modality);
            if (pictures.count(name) == 0 && !ready.names().contains(name)) {
                requireKnown(modality, tuning, pictures);
                missing.add(modality);
            }
        }
        if (missing.size() == modalities.size() - 1) {
            throw new DataException("there are photos alone; there is nothing to learn from them");
        }
        pictures.requireEqualSizes();
        ClassNumbers numbers = ClassNumbers.of(tuning.model.config(), pictures, settings.unknownClasses);
        return split(numbers.number(pictures), numbers.learnt(), missing);
    }

    private static PictureFolder painted(PictureFolder files, CodedPictures coded) {
        return coded.codings().isEmpty() ? files : new PictureFolder(coded.of(files.entries()), files.numbered());
    }

    private static Path folder(FineTuningSettings settings) {
        if (settings.data == null) {
            throw new IllegalArgumentException(
                    "a fine-tuning needs pictures: data(folder), a JSONL index, or samples of a program's own");
        }
        return settings.data;
    }

    private static void requireKnown(String modality, FineTuning tuning, PictureFolder pictures) {
        if (tuning.model.config().modalityNames().contains(modality)) {
            return;
        }
        throw new DataException("there is no picture of '" + modality + "' for any of the "
                + pictures.entries().size() + " samples; put them into "
                + (tuning.settings.data == null ? "the samples" : "a folder " + modality + "/ beside rgb/")
                + ", under the"
                + " names of their photos"
                + (modality.equals("canny") ? " ('mmgen prepare canny' draws edges)" : ""));
    }

    /** Returns names of the index, with those of what is known of each. */
    private static List<String> indexNames(List<String> modalities) {
        List<String> names = new ArrayList<>();
        for (String modality : modalities) {
            names.add(TrainingData.indexName(modality));
        }
        modalities.forEach(modality -> names.add(TrainingData.indexName(modality) + LabelHoles.SUFFIX));
        return names;
    }

    private static PictureFolder write(Iterable<PictureSample> samples, FineTuningPlan plan, Path folder) {
        List<String> modalities =
                plan.modalities().list().stream().map(Modality::name).toList();
        Set<String> replaced = plan.replaced().keySet();
        List<IndexEntry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (PictureSample sample : samples) {
            if (!names.add(sample.name())) {
                throw new DataException("two samples are called '" + sample.name() + "'; each needs a name of its own");
            }
            Map<String, Path> images = new LinkedHashMap<>();
            for (Map.Entry<Modality, RgbImage> picture : sample.pictures().entrySet()) {
                String modality = picture.getKey().name();
                if (replaced.contains(modality) && !modalities.contains(modality)) {
                    continue; // As the folder of a modality that is replaced, it is of no use any more.
                }
                if (!modalities.contains(modality)) {
                    throw new DataException("sample '" + sample.name() + "' has a picture of '" + modality
                            + "', which the model does not learn; it learns " + modalities);
                }
                String name = TrainingData.indexName(modality);
                Path file = folder.resolve(name).resolve(sample.name() + ".png");
                if (!Files.exists(file)) {
                    picture.getValue().write(file);
                }
                images.put(name, file);
            }
            if (!images.containsKey("rgb")) {
                throw new DataException("sample '" + sample.name() + "' has no photo; every sample needs its rgb");
            }
            entries.add(new IndexEntry(sample.category(), 0, sample.name() + ".png", images));
        }
        if (entries.isEmpty()) {
            throw new DataException("there are no samples");
        }
        return new PictureFolder(entries, false);
    }

    private static FineTuningPictures split(List<IndexEntry> all, List<String> classes, List<String> missing) {
        List<IndexEntry> training = new ArrayList<>();
        List<IndexEntry> heldOut = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            boolean kept = i % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 && heldOut.size() < MOST_HELD_OUT;
            (kept ? heldOut : training).add(all.get(i));
        }
        return new FineTuningPictures(training, heldOut, classes, missing);
    }

    /**
     * Checks that every sample has pictures of all modalities, or latents in their place.
     *
     * @throws DataException naming the sample and what it lacks
     */
    void requireAll(List<String> modalities, Set<String> ready) {
        for (IndexEntry entry : all()) {
            for (String modality : modalities) {
                String name = TrainingData.indexName(modality);
                if (!entry.images().containsKey(name) && !ready.contains(name)) {
                    throw new DataException("sample '" + entry.key() + "' has no picture of '" + modality
                            + "'; a distillation needs pictures of " + modalities + " for every sample");
                }
            }
        }
    }

    /**
     * Checks that a model's folder is not among the pictures, where the next training would take what it holds for samples.
     *
     * @param data a folder, or an index in it
     * @throws IllegalArgumentException if it is the folder of the data, or lies in a folder of pictures there
     */
    void requireOutside(Path data, Path folder) {
        Path given = data.toAbsolutePath().normalize();
        Path root = Files.isDirectory(given) ? given : given.getParent();
        Path target = folder.toAbsolutePath().normalize();
        if (root == null || !target.startsWith(root)) {
            return;
        }
        if (target.equals(root)) {
            throw new IllegalArgumentException(
                    folder + " is the folder of the pictures; name another one for the model");
        }
        Path first = root.resolve(root.relativize(target).getName(0));
        boolean among = all().stream()
                .flatMap(entry -> entry.images().values().stream())
                .anyMatch(picture -> picture.toAbsolutePath().normalize().startsWith(first));
        if (among) {
            throw new IllegalArgumentException(
                    folder + " lies among the pictures, in " + first + "; name a folder elsewhere for the model");
        }
    }

    /** Returns all samples. */
    List<IndexEntry> all() {
        List<IndexEntry> all = new ArrayList<>(training);
        all.addAll(heldOut);
        return all;
    }
}
