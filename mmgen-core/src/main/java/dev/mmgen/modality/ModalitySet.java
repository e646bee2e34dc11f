package dev.mmgen.modality;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.mmgen.torch.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * The modalities of a model, in the order of their latent channels. Modality k has the channels from {@code k * C} up
 * to {@code (k + 1) * C}, its slot, where C is the number of channels per modality. Immutable.
 */
public final class ModalitySet implements Iterable<Modality> {

    /** The most modalities that a set can have. */
    public static final int MAX_SIZE = 64;

    private static final ModalitySet STANDARD = new ModalitySet(Modality.STANDARD);

    private final List<Modality> modalities;

    private ModalitySet(List<Modality> modalities) {
        this.modalities = List.copyOf(modalities);
        if (modalities.isEmpty() || modalities.size() > MAX_SIZE) {
            throw new IllegalArgumentException(
                    "a model has 1 to " + MAX_SIZE + " modalities, not " + modalities.size());
        }
        Set<String> names = new HashSet<>();
        for (Modality modality : modalities) {
            if (!names.add(modality.name())) {
                throw new IllegalArgumentException("the modality '" + modality + "' occurs twice in " + modalities);
            }
        }
    }

    /** Returns the modalities of the released models: rgb, depth, normal, segmentation. */
    public static ModalitySet standard() {
        return STANDARD;
    }

    /**
     * Returns the set of these modalities, in this order.
     *
     * @throws IllegalArgumentException if there is none, there are more than {@link #MAX_SIZE}, or two have one name
     */
    public static ModalitySet of(Modality... modalities) {
        return of(List.of(modalities));
    }

    /** Returns the set of these modalities, see {@link #of(Modality...)}. */
    @JsonCreator
    public static ModalitySet of(List<Modality> modalities) {
        return new ModalitySet(modalities);
    }

    /** Returns the set of the modalities that {@link Modality#named} finds for these names. */
    public static ModalitySet ofNames(List<String> names) {
        return new ModalitySet(names.stream().map(Modality::named).toList());
    }

    /** Returns the modalities in order. */
    @JsonValue
    public List<Modality> list() {
        return modalities;
    }

    /** Returns the number of modalities. */
    public int size() {
        return modalities.size();
    }

    /**
     * Returns the modality at a place.
     *
     * @throws IndexOutOfBoundsException if there is no such place
     */
    public Modality get(int index) {
        return modalities.get(index);
    }

    /** Returns true if the modality is one of these; modalities of one name are the same. */
    public boolean contains(Modality modality) {
        return search(modality.name()).isPresent();
    }

    /**
     * Returns the place of a modality, counted from 0.
     *
     * @throws NoSuchElementException if it is not one of these; the message lists those that are
     */
    public int indexOf(Modality modality) {
        return modalities.indexOf(find(modality.name()));
    }

    /**
     * Returns the modality of a name. Case does not matter, and {@code mask} is {@link Modality#SEGMENTATION}.
     *
     * @throws NoSuchElementException if there is none; the message lists the known names
     */
    public Modality find(String name) {
        return search(name)
                .orElseThrow(() -> new NoSuchElementException(
                        "there is no modality '" + name + "' here; there are " + modalities));
    }

    private Optional<Modality> search(String name) {
        String wanted = Modality.canonicalName(name);
        return modalities.stream()
                .filter(modality -> modality.name().equals(wanted))
                .findFirst();
    }

    /**
     * Returns this set with another modality in the slot of an old one, to retrain that slot (paper, new modalities).
     *
     * @throws NoSuchElementException if the old one is not there
     * @throws IllegalArgumentException if the new one is in another slot already
     */
    public ModalitySet replace(Modality old, Modality replacement) {
        List<Modality> changed = new ArrayList<>(modalities);
        changed.set(indexOf(old), replacement);
        return new ModalitySet(changed);
    }

    /**
     * Returns this set with a further modality in a slot at the end.
     *
     * @throws IllegalArgumentException if it is there already or the set is full
     */
    public ModalitySet add(Modality modality) {
        List<Modality> changed = new ArrayList<>(modalities);
        changed.add(modality);
        return new ModalitySet(changed);
    }

    /**
     * Returns a view of one modality's channels.
     *
     * @param latents {@code [N, C * M, h, w]} for these M modalities
     * @return {@code [N, C, h, w]}
     * @throws IllegalArgumentException if the channels do not divide into M slots
     * @throws NoSuchElementException if the modality is not one of these
     */
    public Tensor slot(Tensor latents, Modality modality) {
        int index = indexOf(modality);
        if (latents.rank() != 4 || latents.size(1) == 0 || latents.size(1) % size() != 0) {
            throw new IllegalArgumentException(
                    "latents of " + modalities + " are [N, C * " + size() + ", h, w], not " + latents.shape());
        }
        long channels = latents.size(1) / size();
        return latents.slice(1, index * channels, (index + 1) * channels);
    }

    @Override
    public Iterator<Modality> iterator() {
        return modalities.iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModalitySet set && modalities.equals(set.modalities);
    }

    @Override
    public int hashCode() {
        return modalities.hashCode();
    }

    /** Returns the names, for example {@code [rgb, depth, normal, segmentation]}. */
    @Override
    public String toString() {
        return modalities.toString();
    }
}
