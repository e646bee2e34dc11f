package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.WorkShare;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Images that several processes make together, each its share of whole batches. All processes get all of them, to the bit those of
 * one process, so that whatever is measured is the same.
 *
 * @param group makes the same calls in all its processes; stays the caller's. Null for this process alone
 */
public record SharedImages(@Nullable ProcessGroup group) {

    /** Images that one process makes. */
    public static final SharedImages ALONE = new SharedImages(null);

    /** A maker of batches. */
    @FunctionalInterface
    interface Batch {
        /** Makes the images from one number to another one, which has the pictures of all modalities and the same size as any. */
        Collection<MultiModalImage> make(int from, int to);
    }

    /**
     * Makes images.
     *
     * @param count      all together
     * @param batch      how many are made at once
     * @param modalities that each of them has
     */
    List<MultiModalImage> make(int count, int batch, List<Modality> modalities, Batch maker) {
        WorkShare share = WorkShare.of(group);
        List<MultiModalImage> own = new ArrayList<>();
        for (int from = share.begin(count, batch); from < share.end(count, batch); from += batch) {
            own.addAll(maker.make(from, Math.min(from + batch, count)));
        }
        return group == null ? own : gather(group, own, count, batch, modalities);
    }

    /** A batch travels at once, so that memory does not hold all images twice. */
    private static List<MultiModalImage> gather(
            ProcessGroup group, List<MultiModalImage> own, int count, int batch, List<Modality> modalities) {
        Packing packing = packing(group, own, modalities);
        List<MultiModalImage> all = new ArrayList<>(count);
        int taken = 0;
        for (int rank = 0; rank < group.size(); rank++) {
            WorkShare share = new WorkShare(rank, group.size());
            for (int from = share.begin(count, batch); from < share.end(count, batch); from += batch) {
                int images = Math.min(from + batch, count) - from;
                List<MultiModalImage> sent = List.of();
                if (rank == group.rank()) {
                    sent = own.subList(taken, taken + images);
                    taken += images;
                }
                all.addAll(packing.broadcast(group, rank, sent, images));
            }
        }
        return all;
    }

    /** Agrees on the size of pictures, which a process without a share does not know. */
    private static Packing packing(ProcessGroup group, List<MultiModalImage> own, List<Modality> modalities) {
        String size = own.isEmpty()
                ? ""
                : own.getFirst().width() + " " + own.getFirst().height();
        String[] sides = group.allGather(size).stream()
                .filter(one -> !one.isEmpty())
                .findFirst()
                .orElse("0 0")
                .split(" ", -1);
        return new Packing(modalities, Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    }

    /** Images as numbers that processes exchange. */
    private record Packing(List<Modality> modalities, int width, int height) {

        List<MultiModalImage> broadcast(ProcessGroup group, int root, List<MultiModalImage> sent, int images) {
            int picture = 3 * width * height;
            ByteBuffer bytes =
                    ByteBuffer.allocate(Math.ceilDiv(images * modalities.size() * picture, Long.BYTES) * Long.BYTES);
            for (MultiModalImage image : sent) {
                modalities.forEach(modality -> bytes.put(image.get(modality).rgb()));
            }
            long[] numbers = new long[bytes.capacity() / Long.BYTES];
            bytes.clear().asLongBuffer().get(numbers);
            try (Tensor tensor = Torch.tensor(numbers, numbers.length)) {
                group.broadcast(tensor, root);
                bytes.clear().asLongBuffer().put(tensor.toLongs());
            }
            List<MultiModalImage> received = new ArrayList<>();
            for (int i = 0; i < images; i++) {
                Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
                for (Modality modality : modalities) {
                    byte[] rgb = new byte[picture];
                    bytes.get(rgb);
                    pictures.put(modality, RgbImage.of(width, height, rgb));
                }
                received.add(new MultiModalImage(pictures));
            }
            return received;
        }
    }
}
