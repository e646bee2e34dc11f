package dev.mmgen.torch.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** The reason why a file failed, in plain words: the message of an I/O exception is often a path alone, or a class's name. */
public final class FileReason {

    private FileReason() {}

    /** Returns why a file or folder could not be read, and what helps. */
    public static String reading(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "there is no permission to read it";
            case NoSuchFileException _ -> "there is no such file; check the path";
            case NotDirectoryException _ -> "it is a file, not a folder; name the folder";
            default -> words(failure);
        };
    }

    /** Returns why a file or folder could not be written, and what helps. */
    public static String writing(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "there is no permission to write here; name another folder";
            case NoSuchFileException _ -> "its folder is not there; make it first";
            case FileAlreadyExistsException _ -> "there is a file of that name; name another";
            default -> words(failure);
        };
    }

    private static String words(IOException failure) {
        if (failure instanceof FileSystemException known && known.getReason() != null) {
            return words(known.getReason());
        }
        return failure.getMessage() == null ? failure.toString() : words(failure.getMessage());
    }

    private static String words(String words) {
        // The words of Linux and macOS, and those of Windows.
        if (words.startsWith("No space left on device") || words.startsWith("There is not enough space")) {
            return "the disk is full; free some space, or name a folder on another disk";
        }
        return switch (words) {
            case "Not a directory" -> "a part of its path is a file, not a folder; name another";
            case "Is a directory" -> "it is a folder, not a file";
            default -> words;
        };
    }
}
