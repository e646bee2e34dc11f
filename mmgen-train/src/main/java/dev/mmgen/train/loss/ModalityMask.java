package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A yes or no for every modality of every sample of a batch. */
public final class ModalityMask {

    private final boolean[][] marks;

    /** A rule that marks modalities of samples. */
    @FunctionalInterface
    public interface Rule {
        /** Returns whether this modality of this sample is marked. */
        boolean marks(int sample, int modality);
    }

    private ModalityMask(boolean[][] marks) {
        this.marks = marks;
    }

    /** Marks by a rule. */
    public static ModalityMask of(int samples, int modalities, Rule rule) {
        boolean[][] marks = new boolean[samples][modalities];
        for (int i = 0; i < samples; i++) {
            for (int m = 0; m < modalities; m++) {
                marks[i][m] = rule.marks(i, m);
            }
        }
        return new ModalityMask(marks);
    }

    /** Marks everything. */
    public static ModalityMask all(int samples, int modalities) {
        return of(samples, modalities, (_, _) -> true);
    }

    /** Marks nothing. */
    public static ModalityMask none(int samples, int modalities) {
        return of(samples, modalities, (_, _) -> false);
    }

    /** Returns whether this modality of this sample is marked. */
    public boolean has(int sample, int modality) {
        return marks[sample][modality];
    }

    /** Returns whether any modality of this sample is marked. */
    public boolean hasAny(int sample) {
        return marked(sample).length > 0;
    }

    /** Returns which modalities of this sample are marked, in ascending order. */
    int[] marked(int sample) {
        return IntStream.range(0, modalities()).filter(m -> marks[sample][m]).toArray();
    }

    /** Returns the number of samples. */
    public int samples() {
        return marks.length;
    }

    /** Returns the number of modalities. */
    public int modalities() {
        return marks.length == 0 ? 0 : marks[0].length;
    }

    /** Returns in how many samples a modality is marked. */
    public int count(int modality) {
        return (int) Arrays.stream(marks).filter(sample -> sample[modality]).count();
    }

    /** Returns true if everything is marked. */
    public boolean isFull() {
        for (int m = 0; m < modalities(); m++) {
            if (count(m) < samples()) {
                return false;
            }
        }
        return true;
    }

    /** Returns what is marked here and by a rule. */
    public ModalityMask and(Rule rule) {
        return of(samples(), modalities(), (i, m) -> marks[i][m] && rule.marks(i, m));
    }

    /** Returns 1 where marked and 0 elsewhere: float32 {@code [N, M]}. */
    public Tensor toTensor() {
        float[] numbers = new float[samples() * modalities()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = marks[i / modalities()][i % modalities()] ? 1 : 0;
        }
        return Torch.tensor(numbers, samples(), modalities());
    }

    /** Returns 1 in the channels of what is marked and 0 in the others, {@code [N, M * C, 1, 1]}, of the type and device of latents. */
    Tensor overChannels(Tensor latents) {
        return LatentShape.of(latents, modalities()).perChannel(toTensor()).to(latents.device(), latents.dtype());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModalityMask mask && Arrays.deepEquals(marks, mask.marks);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(marks);
    }

    /** Returns a row of 1 and 0 per sample. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("ModalityMask");
        for (boolean[] sample : marks) {
            text.append(' ');
            for (boolean mark : sample) {
                text.append(mark ? '1' : '0');
            }
        }
        return text.toString();
    }
}
