package dev.mmgen.torch;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Libraries that lie together in one folder of the cache.
 *
 * @param name their common name, with which the folder's name begins
 */
record NativeSet(String name, List<NativeResource> files) {

    NativeSet {
        files = List.copyOf(files);
    }

    /** @throws LibtorchException if one of the resources is not on the class path */
    static NativeSet of(String name, ClassLoader classPath, List<String> resources) {
        var files = new ArrayList<NativeResource>();
        for (String resource : resources) {
            URL url = classPath.getResource(resource);
            if (url == null) {
                throw new LibtorchException(resource + " is not on the class path, and " + name
                        + " is not complete without it. Are the jars of different versions?");
            }
            try {
                files.add(NativeResource.of(url));
            } catch (IOException e) {
                throw new LibtorchException("Cannot read " + url + ": " + e.getMessage(), e);
            }
        }
        return new NativeSet(name, files);
    }

    /**
     * Ends in a hash over the names, sizes and CRC-32s of the files, which the jars hold ready. That tells releases and
     * rebuilds apart in milliseconds; it is no defence against forgery, since who can forge a jar can run code.
     */
    String folderName() {
        var text = new StringBuilder();
        for (NativeResource file : files) {
            text.append(file.name())
                    .append(' ')
                    .append(file.size())
                    .append(' ')
                    .append(file.crc())
                    .append('\n');
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return name + "-" + HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Returns these files and those of another set, as one set of both names. */
    NativeSet with(NativeSet other) {
        var all = new ArrayList<>(files);
        all.addAll(other.files);
        return new NativeSet(name + "-" + other.name, all);
    }

    /** Bytes of all files. */
    long size() {
        return files.stream().mapToLong(NativeResource::size).reduce(0, Math::addExact);
    }
}
