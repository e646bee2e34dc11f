package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {

    private static final List<String> RESOURCES = List.of("x/liba.so", "x/libb.so");

    @TempDir
    Path temp;

    private Path root;
    private Path jar;
    private byte[] large;
    private NativeSet set;

    @BeforeEach
    void fakeLibraries() throws IOException {
        root = temp.resolve("cache");
        jar = temp.resolve("demo.jar");
        large = new byte[2 << 20];
        new Random(1).nextBytes(large);
        FakeClassPath.ofJar(jar, Map.of("x/liba.so", large, "x/libb.so", new byte[] {1, 2, 3}))
                .close();
        set = demo(jar);
    }

    private static NativeSet demo(Path jar) throws IOException {
        try (var classPath = FakeClassPath.of(jar)) {
            return NativeSet.of("demo", classPath, RESOURCES);
        }
    }

    private Path extract() {
        return new NativeCache(root).extract(set);
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(entry -> !entry.endsWith(".lock")).toList();
        }
    }

    private void assertExtracted(Path folder) {
        assertThat(folder.resolve("liba.so")).hasBinaryContent(large);
        assertThat(folder.resolve("libb.so")).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void extractsIntoAFolderNamedAfterTheContent() throws IOException {
        Path folder = extract();
        assertThat(folder).isEqualTo(root.resolve(set.folderName()));
        assertExtracted(folder);
        assertThat(entries()).containsExactly(folder);
    }

    @Test
    void leavesACompleteFolderAlone() throws IOException {
        Path file = extract().resolve("libb.so");
        Object before = Files.getAttribute(file, "unix:ino");
        extract();
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(before);
    }

    @Test
    void repairsAFileOfTheSameSizeWithOtherContent() throws IOException {
        Path file = extract().resolve("libb.so");
        FileTime time = Files.getLastModifiedTime(file);
        Files.write(file, new byte[] {9, 9, 9});
        Files.setLastModifiedTime(file, time);
        assertExtracted(extract());
    }

    @Test
    void hashesOnceWhereOnlyTheTimesChanged() throws IOException {
        Path folder = extract();
        Path file = folder.resolve("libb.so");
        Object before = Files.getAttribute(file, "unix:ino");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        assertThat(new NativeSeal(folder, set).isUnbroken()).isFalse();
        extract();
        assertThat(new NativeSeal(folder, set).isUnbroken()).isTrue();
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(before);
    }

    @Test
    void aLinkInPlaceOfALibraryIsReplaced() throws IOException {
        Path file = extract().resolve("libb.so");
        Path elsewhere = Files.write(temp.resolve("other.so"), new byte[] {1, 2, 3});
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);
        assertExtracted(extract());
        assertThat(file).isRegularFile();
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }

    @Test
    void refusesWhatOtherUsersCouldWrite() throws IOException {
        Path folder = extract();
        for (Path shared : List.of(folder.resolve("liba.so"), folder, root)) {
            var before = Files.getPosixFilePermissions(shared);
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThatThrownBy(this::extract)
                    .isInstanceOf(LibtorchException.class)
                    .hasMessageContaining("Other users can write to " + shared + " (mode 777)")
                    .hasMessageContaining("-Dmmgen.cache=");
            Files.setPosixFilePermissions(shared, before);
        }
        assertExtracted(extract());
    }

    /** As users with a small home make it. A link has the mode 777 on Linux, whatever its target has. */
    @Test
    void aLinkMayHoldTheCacheIfItsTargetIsSafe() throws IOException {
        Path target = Files.createDirectory(root.resolveSibling("elsewhere"));
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(root, target);
        assertExtracted(extract());
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(this::extract)
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("Other users can write to " + target.toRealPath() + " (mode 777)");
    }

    @Test
    void aFolderLikeTmpMayHoldTheCache() throws IOException {
        Files.createDirectory(root);
        Files.setAttribute(root, "unix:mode", 01777);
        assertExtracted(extract());
        assertExtracted(extract());
    }

    @Test
    void refusesWhatBelongsToAnotherUser() throws IOException {
        Path folder = extract();
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")), "only root gives files away");
        for (Path foreign : List.of(folder.resolve("libb.so"), folder, root)) {
            Files.setAttribute(foreign, "unix:uid", 12345, LinkOption.NOFOLLOW_LINKS);
            assertThatThrownBy(this::extract)
                    .isInstanceOf(LibtorchException.class)
                    .hasMessageContaining(foreign + " belongs to the user 12345");
            Files.setAttribute(foreign, "unix:uid", 0, LinkOption.NOFOLLOW_LINKS);
        }
    }

    @Test
    void extractsAnewWhereFilesWereLostOrCut() throws IOException {
        Path folder = extract();
        Files.delete(folder.resolve("libb.so"));
        assertExtracted(extract());
        Files.write(folder.resolve("liba.so"), new byte[10]);
        assertExtracted(extract());
        assertThat(entries()).containsExactly(folder);
    }

    @Test
    void replacesAFileInPlaceOfTheFolder() throws IOException {
        Files.createDirectories(root);
        Files.createFile(root.resolve(set.folderName()));
        assertExtracted(extract());
    }

    @Test
    void ignoresWhatAKilledProcessLeftAndDeletesItAfterADay() throws IOException {
        Path fresh = Files.createDirectories(root.resolve(set.folderName() + ".1.partial"));
        Path old = Files.createDirectories(root.resolve(set.folderName() + ".2.partial"));
        Files.createFile(fresh.resolve("liba.so"));
        Files.createFile(old.resolve("liba.so"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));

        Path folder = extract();

        assertExtracted(folder);
        assertThat(entries()).containsExactlyInAnyOrder(folder, fresh);
    }

    @Test
    void leavesNothingBehindWhenTheJarIsDamaged() throws IOException {
        NativeResource good = set.files().getFirst();
        NativeResource second = set.files().getLast();
        var damaged = new NativeResource(second.name(), second.location(), second.size(), second.crc() ^ 1);
        var broken = new NativeSet("broken", List.of(good, damaged));

        assertThatThrownBy(() -> new NativeCache(root).extract(broken))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("libb.so")
                .hasMessageContaining("damaged");
        assertThat(entries()).isEmpty();
    }

    @Test
    void namesFolderAndPropertyWhereItCannotWrite() throws IOException {
        Files.writeString(root, "a file, not a folder");
        assertThatThrownBy(this::extract)
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining(root.toString())
                .hasMessageContaining("there is a file of that name")
                .hasMessageContaining("-Dmmgen.cache=");
    }

    @Test
    void saysSoWhereThereIsNoRoom() throws IOException {
        NativeResource first = set.files().getFirst();
        var huge = new NativeSet(
                "huge", List.of(new NativeResource(first.name(), first.location(), Long.MAX_VALUE / 2, first.crc())));
        assertThatThrownBy(() -> new NativeCache(root).extract(huge))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining(root.toString())
                .hasMessageContaining("free")
                .hasMessageContaining("-Dmmgen.cache=");
        assertThat(entries()).isEmpty();
    }

    @Test
    void servesManyThreadsAtOnce() throws Exception {
        int threads = 6;
        var start = new CyclicBarrier(threads);
        Callable<Path> task = () -> {
            start.await();
            return extract();
        };
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (var folder : pool.invokeAll(Collections.nCopies(threads, task))) {
                assertExtracted(folder.get());
            }
        }
        assertThat(entries()).containsExactly(root.resolve(set.folderName()));
    }

    @Test
    void servesTwoProcessesAtOnce() throws Exception {
        var children = new ArrayList<ChildJvm>();
        for (int i = 0; i < 2; i++) {
            children.add(ChildJvm.start(List.of(), Extraction.class, root.toString(), jar.toString()));
        }
        for (ChildJvm child : children) {
            assertThat(child.readLine()).isEqualTo("ready");
        }
        for (ChildJvm child : children) {
            child.writeLine("go");
        }
        for (ChildJvm child : children) {
            assertThat(child.readLine())
                    .isEqualTo(root.resolve(set.folderName()).toString());
            assertThat(child.exitCode()).isZero();
        }
        assertExtracted(root.resolve(set.folderName()));
        assertThat(entries()).containsExactly(root.resolve(set.folderName()));
    }

    @Test
    void survivesAProcessKilledInTheMiddle() throws Exception {
        ChildJvm child = ChildJvm.start(List.of(), StuckExtraction.class, root.toString(), jar.toString());
        assertThat(child.readLine()).isEqualTo("half way");
        child.kill();

        assertThat(entries()).singleElement().asString().endsWith(".partial");
        assertExtracted(extract());
    }

    /** A child process: says that it is ready, waits for a line, extracts, prints the folder. */
    static final class Extraction {
        public static void main(String[] args) throws IOException {
            NativeSet set = demo(Path.of(args[1]));
            System.out.println("ready");
            System.in.read();
            System.out.println(new NativeCache(Path.of(args[0])).extract(set));
        }
    }

    /** A child process that hangs after the first of two files: the second is a pipe without a writer. */
    static final class StuckExtraction {
        public static void main(String[] args) throws Exception {
            NativeSet set = demo(Path.of(args[1]));
            Path pipe = Path.of(args[1]).resolveSibling("pipe");
            if (new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() != 0) {
                throw new IOException("mkfifo");
            }
            var stuck = new NativeResource("libb.so", pipe.toUri(), 3, 0);
            Path root = Path.of(args[0]);
            Thread.ofPlatform()
                    .start(() -> new NativeCache(root)
                            .extract(new NativeSet("demo", List.of(set.files().getFirst(), stuck))));
            while (!hasFirstFile(root, set.files().getFirst().size())) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            System.out.println("half way");
        }

        private static boolean hasFirstFile(Path root, long size) throws IOException {
            if (!Files.exists(root)) {
                return false;
            }
            try (Stream<Path> files = Files.walk(root)) {
                return files.filter(file -> file.endsWith("liba.so"))
                        .anyMatch(file -> file.toFile().length() == size);
            }
        }
    }
}
