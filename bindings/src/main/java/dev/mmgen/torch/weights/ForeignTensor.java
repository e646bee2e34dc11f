package dev.mmgen.torch.weights;

import dev.mmgen.torch.Shape;

/**
 * A tensor of an element type that safetensors has and this library does not read, such as {@code F8_E4M3}. The others of
 * its file can be loaded.
 *
 * @param dtype the element type as the file names it
 * @param shape sizes of the dimensions
 * @param byteOffset where its bytes begin in the file
 * @param byteLength how many there are
 */
public record ForeignTensor(String dtype, Shape shape, long byteOffset, long byteLength) {

    /** Returns the words for a message. */
    String problem() {
        return "has dtype " + dtype + ", which is not supported; convert it to one of " + SafetensorsType.NAMES;
    }
}
