package dev.mmgen.train.finetune;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.torch.weights.SimilarName;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.PictureFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * The numbers of classes as a model knows them, found by name: the order of folders says nothing. A model without names takes
 * the numbers of an index, or folders that are named by number. Samples without a class get the model's null class.
 */
public final class ClassNumbers {

    /** The treatment of classes that the model does not have. */
    enum Unknown {
        /** The training does not begin. */
        REFUSED,
        /** They are learnt, behind those that the model has. */
        LEARNT,
        /** All samples are of no class. */
        IGNORED
    }

    private final ModelConfig model;
    private final Unknown unknown;
    private final List<String> known;
    private final List<String> learnt;

    private ClassNumbers(ModelConfig model, Unknown unknown, List<String> learnt) {
        this.model = model;
        this.unknown = unknown;
        this.learnt = learnt;
        this.known = new ArrayList<>(model.categories());
        known.addAll(learnt);
    }

    /**
     * Returns an index with the class numbers of a model, found by the classes' names.
     *
     * @throws DataException if the model lacks a class, the nearest of which is named
     */
    public static JsonlIndex ofModel(JsonlIndex index, ModelConfig model) {
        PictureFolder pictures = new PictureFolder(index.entries(), false);
        return JsonlIndex.of(of(model, pictures, Unknown.REFUSED).number(pictures));
    }

    static ClassNumbers of(ModelConfig model, PictureFolder pictures, Unknown unknown) {
        TreeSet<String> learnt = new TreeSet<>();
        if (unknown == Unknown.LEARNT) {
            pictures.entries().stream()
                    .map(IndexEntry::category)
                    .filter(category -> !category.isEmpty() && find(model.categories(), category) < 0)
                    .forEach(learnt::add);
            if (!learnt.isEmpty()
                    && model.categories().isEmpty()
                    && model.transformer().classes() > 0) {
                throw new IllegalArgumentException("this model's classes have numbers only, so that no name can be"
                        + " new to it; give it names first, with 'mmgen convert --categories'");
            }
        }
        return new ClassNumbers(model, unknown, List.copyOf(learnt));
    }

    /** Returns the names of the classes that are new, in the order of their numbers. */
    List<String> learnt() {
        return learnt;
    }

    /**
     * Returns the samples with the model's class numbers.
     *
     * @throws DataException if the model lacks a class, the nearest of which is named
     */
    List<IndexEntry> number(PictureFolder pictures) {
        return pictures.entries().stream()
                .map(entry -> new IndexEntry(
                        entry.category(), number(entry, pictures.numbered()), entry.key(), entry.images()))
                .toList();
    }

    private int number(IndexEntry entry, boolean numbered) {
        String category = entry.category();
        if (unknown == Unknown.IGNORED || category.isEmpty()) {
            return none(entry);
        }
        if (!known.isEmpty()) {
            int number = find(known, category);
            if (number < 0) {
                throw new DataException("the model has no class '" + category + "', that of sample '" + entry.key()
                        + "'; the nearest is '" + SimilarName.find(category, known)
                        + "'. Rename it, list the samples with their categories in an index.jsonl, let a fine-tuning learn"
                        + " new classes (newClasses, --new-classes), or train it without classes (withoutClasses,"
                        + " --no-classes)");
            }
            return number;
        }
        int number = numbered ? entry.label() : folderNumber(category);
        int classes = model.transformer().classes();
        if (number < 0 || number >= classes + (model.transformer().nullClass() ? 1 : 0)) {
            throw new DataException("the class '" + category + "' of sample '" + entry.key() + "' is "
                    + (number < 0 ? "no number" : "number " + number) + ", and this model's " + classes
                    + " classes have numbers only, 0 to " + (classes - 1) + "; name the folders so, or train without"
                    + " classes (--no-classes)");
        }
        return number;
    }

    private static int folderNumber(String category) {
        return category.matches("\\d{1,9}") ? Integer.parseInt(category) : -1;
    }

    private int none(IndexEntry entry) {
        int classes = model.transformer().classes();
        if (!model.transformer().nullClass()) {
            if (classes <= 1) {
                return 0;
            }
            throw new DataException("sample '" + entry.key() + "' has no class, but this model needs one of its "
                    + classes + "; put the pictures into folders that are named by class");
        }
        return classes + learnt.size();
    }

    /** Case and separators do not tell classes apart. */
    private static int find(List<String> names, String category) {
        for (int i = 0; i < names.size(); i++) {
            if (plain(names.get(i)).equals(plain(category))) {
                return i;
            }
        }
        return -1;
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", " ").strip();
    }
}
