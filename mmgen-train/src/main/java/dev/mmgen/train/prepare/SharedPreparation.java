package dev.mmgen.train.prepare;

import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.WorkShare;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.hdf5.Shards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A {@link Preparation} by several processes, which see the same files: each encodes its part of the index into a shard, and rank 0
 * merges the shards into the file that one process would have written. Batches are those of one process, up to images that cannot
 * be read. An interrupted one is resumed by as many processes.
 */
public final class SharedPreparation {

    private final JsonlIndex index;
    private final Encoding encoding;
    private final PreparationConfig config;
    private final ProcessGroup group;

    /**
     * @param encoding used by the thread that calls {@link #run} alone; stays the caller's
     * @param config   selects all samples: the shares are this class's own
     * @param group    stays the caller's
     * @throws IllegalArgumentException if a part of the samples is selected
     */
    public SharedPreparation(JsonlIndex index, Encoding encoding, PreparationConfig config, ProcessGroup group) {
        if (!config.selection().equals(Selection.ALL)) {
            throw new IllegalArgumentException(
                    "several processes share out all samples by themselves; leave out the shard (--shard)");
        }
        this.index = index;
        this.encoding = encoding;
        this.config = config;
        this.group = group;
    }

    /**
     * Encodes the images of one modality, see {@link Preparation#run}.
     *
     * @return the same on all ranks
     * @throws dev.mmgen.torch.distributed.ProcessGroupException if another rank has failed
     */
    public Preparation.Result run(String modality, Path target, Consumer<Preparation.Progress> listener) {
        if (Files.exists(target)) {
            throw new DataException(target, "exists already; remove it to encode anew");
        }
        group.requireSame("the index", index.fingerprint(), "Give all processes the same index");
        Shards shards = new Shards(target, group.size());
        List<IndexEntry> own = WorkShare.of(group).of(index.entries(), config.batchSize());
        Path shard = shards.file(group.rank());
        String outcome = "0\n";
        if (!own.isEmpty()) {
            Preparation.Result result = Files.exists(shard)
                    ? new Preparation.Result(shard, own.size(), Map.of())
                    : new Preparation(JsonlIndex.of(own), encoding, config).run(modality, shard, listener);
            outcome = text(result);
        }
        List<String> outcomes = group.allGather(outcome);
        if (group.isFirst()) {
            merge(shards);
        }
        group.barrier();
        return result(target, outcomes);
    }

    /** In the order of the index, as one process writes. */
    private void merge(Shards shards) {
        List<Path> written = shards.files().stream().filter(Files::exists).toList();
        Shards.merge(
                written,
                shards.target(),
                index.entries().stream().map(IndexEntry::key).toList());
        try {
            for (Path file : written) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new DataException(
                    shards.target(), "is whole, but a shard of it cannot be removed: " + FileReason.writing(e), e);
        }
    }

    private static String text(Preparation.Result result) {
        StringBuilder text = new StringBuilder().append(result.samples()).append('\n');
        result.bad()
                .forEach((key, reason) -> text.append(key)
                        .append('\t')
                        .append(reason.replace('\n', ' '))
                        .append('\n'));
        return text.toString();
    }

    private static Preparation.Result result(Path target, List<String> outcomes) {
        int samples = 0;
        Map<String, String> bad = new LinkedHashMap<>();
        for (String outcome : outcomes) {
            List<String> lines = outcome.lines().toList();
            samples += Integer.parseInt(lines.getFirst());
            lines.stream().skip(1).forEach(line -> {
                int tab = line.indexOf('\t');
                bad.put(line.substring(0, tab), line.substring(tab + 1));
            });
        }
        return new Preparation.Result(target, samples, bad);
    }
}
