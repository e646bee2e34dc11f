package dev.mmgen.cli.console;

import java.nio.file.Path;

/** Names of results after names of inputs. */
public final class FileNames {

    private FileNames() {}

    /** Returns a file's name without its extension. */
    public static String stem(Path file) {
        Path name = file.getFileName();
        String text = name == null ? "image" : name.toString();
        int dot = text.lastIndexOf('.');
        return dot > 0 ? text.substring(0, dot) : text;
    }
}
