package dev.mmgen.torch.io;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** A text that downloads leave in place of a file. */
public enum StandIn {

    /** Three lines that name a file in Git's large file storage; 130 bytes or so. */
    LFS_POINTER("a Git LFS pointer", "fetch the file itself with 'git lfs pull'"),

    /** The answer of a server that wanted a login, or had no such file. */
    HTML_PAGE("an HTML page", "download the file itself");

    private static final int HEAD_BYTES = 512;

    private final String words;
    private final String remedy;

    StandIn(String words, String remedy) {
        this.words = words;
        this.remedy = remedy;
    }

    /** Recognises one by the first bytes of a file; 512 of them suffice. A byte-order mark is passed over. */
    public static Optional<StandIn> of(byte[] start) {
        String head = new String(start, 0, Math.min(start.length, HEAD_BYTES), StandardCharsets.ISO_8859_1);
        // The three characters are a UTF-8 byte-order mark.
        String text = (head.startsWith("\u00ef\u00bb\u00bf") ? head.substring(3) : head)
                .stripLeading()
                .toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs.github.com/spec/")) {
            return Optional.of(LFS_POINTER);
        }
        return text.startsWith("<!doctype html") || text.startsWith("<html")
                ? Optional.of(HTML_PAGE)
                : Optional.empty();
    }

    /**
     * Says what the file is and the remedy, for the end of a message: {@code a Git LFS pointer and not the image itself; …}.
     *
     * @param wanted the file that should be there, such as {@code the image}
     */
    public String describe(String wanted) {
        return words + " and not " + wanted + " itself; " + remedy;
    }
}
