package dev.mmgen.torch.weights;

import dev.mmgen.torch.weights.ZipDirectory.Entry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code torch.save} file describes.
 *
 * @param root the saved value, its tensors as {@link TensorInfo}
 * @param deflated compressed storages by their byte offset; all others lie in the file as they are
 */
record TorchFile(@Nullable Object root, Map<Long, Entry> deflated) {}
