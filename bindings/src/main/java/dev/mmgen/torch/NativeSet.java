package dev.mmgen.torch;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
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
        return name + "-" + HexFormat.of().toHexDigits(fnv1a(text.toString()));
    }

    /** Hashes with FNV-1a of 64 bits, which needs none of the security providers that a message digest loads first. */
    private static long fnv1a(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (next & 0xff)) * 0x100000001b3L;
        }
        return hash;
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
