package dev.mmgen.fuzz;

import dev.mmgen.cli.Main;
import dev.mmgen.fuzz.FileTarget.Form;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * The words of the command line, given as they are or in a file behind an {@code @}. No command runs; wrong words must end in
 * one line that begins with {@code mmgen:}.
 */
final class CommandLineTarget {

    private static final List<String> LINES = List.of(
            "generate\n--category\ntorus\n--seed\n7\n--steps\n30\n--guidance\n1.8\n-o\nout",
            "understand\n--model\nmmgen-xl\nroom.jpg\n--raw\nnpy,png16",
            "condition\n--given\ndepth=depth.png\n--depth-unit\nm\n--far-is-white",
            "inpaint\nroom.jpg\n--region\n16,16,32,32",
            "train\n--plan\nplan.json\n--index\nindex.jsonl\n--batch-size\n16\n--precision\nfloat32\n--keep\n2",
            "finetune\nbox\n--add\ncanny\n--steps\n600\n--learning-rate\n1e-4",
            "train-vae\n--index\nindex.jsonl",
            "prepare\nlatents\n--index\nindex.jsonl\n--vae\nvae\n-o\nlatents",
            "evaluate\ndepth\n--help",
            "convert\ncheckpoint.pt\n--vae\nvae\n--out\nmodel\n--dtype\nbfloat16",
            "inspect\nweights.pt",
            "help\ntrain",
            "\"quoted words\"\n'more'\n# a comment\n@other.txt\n--threads=2");

    private CommandLineTarget() {}

    static Target open() {
        CommandLine command = Main.commandLine();
        command.setExecutionStrategy(_ -> 0);
        List<byte[]> seeds = LINES.stream()
                .map(line -> line.getBytes(StandardCharsets.UTF_8))
                .toList();
        return new FileTarget(Form.of("arguments.txt", seeds, IllegalStateException.class, file -> run(command, file))
                .words(
                        "\n",
                        "--",
                        "=",
                        "@",
                        "\"",
                        "'",
                        "\\",
                        "--steps",
                        "--seed",
                        "-1",
                        "1e999",
                        "NaN",
                        "--guidance",
                        "--region",
                        "--precision",
                        "\u0000",
                        "${sys:user.home}",
                        "\u001b[31m",
                        "%s%n"));
    }

    private static void run(CommandLine command, Path file) throws Exception {
        StringWriter errors = new StringWriter();
        setWriters(command, new PrintWriter(errors));
        int code;
        if (Files.size(file) % 4 == 0) {
            code = command.execute("@" + file);
        } else {
            code = command.execute(
                    Files.readString(file, StandardCharsets.ISO_8859_1).split("\n"));
        }
        String text = errors.toString();
        if (code < 0 || code > 2) {
            throw new AssertionError("exit code " + code);
        }
        if (code == 2 && (!text.startsWith("mmgen: ") || text.strip().lines().count() != 1)) {
            throw new AssertionError("wrong usage is not told in one line: " + text);
        }
        if (Stream.of("Exception", "Error:", "java.", "null").anyMatch(text::contains) && !names(file, text)) {
            throw new AssertionError("words of a programmer: " + text);
        }
    }

    /** Words that the arguments themselves have are the user's own. */
    private static boolean names(Path file, String text) throws Exception {
        String given = Files.readString(file, StandardCharsets.ISO_8859_1);
        return Stream.of("Exception", "Error:", "java.", "null")
                .filter(text::contains)
                .allMatch(given::contains);
    }

    private static void setWriters(CommandLine command, PrintWriter errors) {
        command.setOut(new PrintWriter(new StringWriter()));
        command.setErr(errors);
    }
}
