package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mmgen.torch.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Random damage to small good files: whatever comes of it, it is a readable file or a {@link WeightFileException}. */
class DamagedFileTest {

    private static final int ROUNDS = 400;
    private static final int MAX_BYTES = 20_000;

    /** Bytes that mean something to a pickle or to JSON, so that damage also gives well-formed nonsense. */
    private static final String STRUCTURE = "}](){[\",:tRQ0hjqusaeNKX.";

    @TempDir
    private Path temporary;

    @TestFactory
    Stream<DynamicTest> damagedFilesNeverCauseAnythingElse() {
        Path folder = Goldens.folder("checkpoint");
        return Goldens.manifest("checkpoint")
                .path("files")
                .propertyStream()
                .map(Map.Entry::getKey)
                .filter(name -> folder.resolve(name).toFile().length() <= MAX_BYTES)
                .map(name -> dynamicTest(name, () -> {
                    byte[] good = Files.readAllBytes(folder.resolve(name));
                    Random random = new Random(name.hashCode());
                    int refused = 0;
                    for (int round = 0; round < ROUNDS; round++) {
                        refused += open(name, damaged(good, random)) ? 0 : 1;
                    }
                    assertThat(refused).as("refused of " + ROUNDS).isBetween(ROUNDS / 4, ROUNDS);
                }));
    }

    private static byte[] damaged(byte[] good, Random random) {
        byte[] bytes = good.clone();
        switch (random.nextInt(5)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> {
                int start = random.nextInt(bytes.length);
                int length = 1 + random.nextInt(Math.min(16, bytes.length - start));
                for (int i = start; i < start + length; i++) {
                    bytes[i] = (byte) random.nextInt(256);
                }
            }
            case 2 -> {
                int at = random.nextInt(bytes.length);
                bytes[at] = random.nextBoolean() ? (byte) 0xff : 0;
            }
            case 3 -> {
                for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                    bytes[random.nextInt(bytes.length)] = (byte) STRUCTURE.charAt(random.nextInt(STRUCTURE.length()));
                }
            }
            default -> {
                for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return bytes;
    }

    private boolean open(String name, byte[] bytes) throws IOException {
        Path path = Files.write(temporary.resolve(name), bytes);
        try {
            if (name.endsWith(".pt")) {
                try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
                    visit(path, checkpoint.root());
                }
            } else {
                try (Safetensors file = Safetensors.open(path)) {
                    file.infos().values().forEach(info -> visit(path, info));
                }
            }
            return true;
        } catch (WeightFileException e) {
            assertThat(e).hasMessageContaining(name);
            return false;
        }
    }

    /** Walks what was read; every tensor must lie in the file. */
    private static void visit(Path path, Object value) {
        switch (value) {
            case TensorInfo info -> {
                assertThat(info.byteOffset() + info.byteLength())
                        .isLessThanOrEqualTo(path.toFile().length());
                if (info.elements() <= 1 << 16) {
                    assertThat(StoredValues.read(path, info)).hasSize((int) info.elements());
                }
            }
            case Map<?, ?> map -> map.values().forEach(item -> visit(path, item));
            case Iterable<?> items -> items.forEach(item -> visit(path, item));
            case null, default -> {}
        }
    }
}
