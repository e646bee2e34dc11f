package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.pickle.PickleValue;
import dev.mmgen.torch.weights.pickle.Pickler;
import dev.mmgen.torch.weights.zip.ZipWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The writer of the zip layout of {@code torch.save}, the counterpart of {@link TorchArchive}.
 *
 * <p>PyTorch's own notes {@code .format_version} and {@code .storage_alignment} are left out: they promise that the
 * position of every storage can be computed from the layout of its writer, and PyTorch reads the directory instead
 * where they are missing.
 */
final class TorchArchiveWriter {

    private static final String FALLBACK_FOLDER = "archive";
    private static final String VERSION = "3\n";

    private final Path path;

    TorchArchiveWriter(Path path) {
        this.path = path;
    }

    void write(@Nullable Object root) {
        Pickler pickler = pickler(path);
        byte[] pickle = pickler.dump(root);
        if (pickle.length > TorchArchive.MAX_PICKLE_BYTES) {
            throw new WeightFileException(
                    path,
                    "the values beside the tensors take " + pickle.length
                            + " bytes, more than the " + TorchArchive.MAX_PICKLE_BYTES
                            + " that can be read back; store large data as tensors");
        }
        String folder = folder() + "/";
        WeightFileException.writing(path, channel -> {
            ZipWriter zip = new ZipWriter(channel);
            zip.add(folder + TorchArchive.PICKLE, pickle);
            zip.add(folder + "byteorder", ascii("little"));
            TensorBytes bytes = new TensorBytes();
            List<Tensor> tensors = pickler.tensors();
            for (int i = 0; i < tensors.size(); i++) {
                Tensor tensor = tensors.get(i);
                zip.add(folder + "data/" + i, TensorBytes.count(tensor), out -> bytes.write(tensor, out));
            }
            zip.add(folder + "version", ascii(VERSION));
            zip.finish();
        });
    }

    static Pickler pickler(Path path) {
        return new Pickler(path, WeightFileException::new, TorchArchiveWriter::form);
    }

    private static @Nullable Object form(@Nullable Object value) {
        return switch (value) {
            case StateDict dict -> new PickleValue.OrderedDict(dict.asMap());
            case PythonValue.OrderedDict dict -> new PickleValue.OrderedDict(dict.entries());
            case PythonValue.Namespace namespace -> new PickleValue.Namespace(namespace.attributes());
            case PythonValue.Tuple tuple -> new PickleValue.Tuple(tuple.items());
            case null, default -> value;
        };
    }

    /** Names the folder as PyTorch does: like the file without its last extension, if that is plain ASCII. */
    private String folder() {
        String file = path.getFileName().toString();
        int dot = file.lastIndexOf('.');
        String stem = dot < 0 ? file : file.substring(0, dot);
        boolean plain = !stem.isEmpty()
                && stem.chars().allMatch(character -> character > ' ' && character < 0x7f && character != '\\');
        return plain ? stem : FALLBACK_FOLDER;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
