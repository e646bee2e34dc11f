package dev.mmgen.torch.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text of a file that is read whole, such as one of settings. Devices and pipes tell no size, so bytes are counted as they come. */
public final class ShortText {

    private ShortText() {}

    /**
     * Reads UTF-8 text.
     *
     * @param most bytes that the file may have
     * @throws java.nio.charset.CharacterCodingException if it is not UTF-8
     * @throws IOException if it is longer or cannot be read, for {@link FileReason#reading}
     */
    public static String read(Path file, int most) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new FileSystemException(
                        file.toString(), null, "it is over " + most + " bytes long, too long for a file of settings");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }
}
