package dev.mmgen.fuzz;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The program that reads every file of the corpus again; it ends with 0 if none fails. The argument is a folder for its own. */
final class CorpusReplay {

    static final String CORPUS = "examples/fuzz/src/test/resources/corpus";

    private CorpusReplay() {}

    public static void main(String[] arguments) throws Exception {
        Fuzzing.prepare();
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        int failures = 0;
        for (Targets target : Targets.values()) {
            String place = CORPUS + "/" + target.folder();
            if (Files.isDirectory(Seeds.path(place))) {
                List<byte[]> files = Seeds.files(place, "");
                failures += Fuzzing.replay(target.name(), target.open(), files, folder);
            }
        }
        System.exit(failures == 0 ? 0 : 1);
    }
}
