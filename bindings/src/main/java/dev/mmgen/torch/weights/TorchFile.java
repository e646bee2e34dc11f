package dev.mmgen.torch.weights;

import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.zip.ZipDirectory.Entry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The description in a {@code torch.save} file of either layout.
 *
 * @param root the saved value, its tensors as {@link TensorInfo}
 * @param entries the zip entries that hold storages, by the byte offset of the storage; empty in the older layout, which
 *     has neither checksums nor compression
 */
record TorchFile(@Nullable Object root, Map<Long, Entry> entries) {

    private static final short ZIP_START = 0x4b50;

    static TorchFile read(FileBytes file) {
        if (file.size() == 0) {
            throw file.fail("is empty; copy or download it again");
        }
        if (LegacyTorchFile.isLegacy(file)) {
            return LegacyTorchFile.read(file);
        }
        if (file.size() >= 4 && file.read(0, 2, "its first bytes").getShort() == ZIP_START) {
            return TorchArchive.read(file);
        }
        throw file.fail("is neither a zip archive nor a pickle, so torch.save did not write it");
    }
}
