package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpzWriter;
import dev.mmgen.train.metric.adm.AdmBatchWriter;
import java.nio.file.Path;
import java.util.SortedSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate adm}: the packing of pictures for ADM's evaluation. */
@Command(
        name = "adm",
        description =
                "Packs pictures of one size, in the order of their names, into the .npz batch that ADM's evaluation"
                        + " (guided-diffusion, evaluator.py) reads: FID, sFID, inception score as others report them.",
        mixinStandardHelpOptions = true)
final class AdmCommand implements Runnable {

    @Option(names = "--drawn", paramLabel = "FOLDER", required = true, description = "The pictures.")
    @SuppressWarnings("NullAway.Init")
    private Path drawn;

    @Option(names = "--compress", description = "Compress the file, which is slower. Default: no.")
    private boolean compress;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "The new .npz file.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Override
    public void run() {
        Processes.runInFirst(this::pack);
    }

    private void pack() {
        SortedSet<String> names = NamedPictures.names(drawn);
        RgbImage first = RgbImage.read(drawn.resolve(names.first()));
        NpzWriter.Compression compression = compress ? NpzWriter.Compression.DEFLATED : NpzWriter.Compression.STORED;
        try (AdmBatchWriter batch = new AdmBatchWriter(out, names.size(), compression)) {
            for (String name : names) {
                add(batch, name);
            }
            batch.finish();
        }
        System.out.println(out + ": " + names.size() + " pictures of " + first.width() + " x " + first.height());
    }

    private void add(AdmBatchWriter batch, String name) {
        try {
            batch.add(RgbImage.read(drawn.resolve(name)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }
}
