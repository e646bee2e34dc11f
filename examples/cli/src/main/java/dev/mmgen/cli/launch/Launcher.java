package dev.mmgen.cli.launch;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.function.BiFunction;

/**
 * The main class of the jar, which starts the command line on a Java that can run it. It runs on Java 8 and newer; on one
 * older than 22 it starts the newest installed Java instead, with the same JVM options ({@code -Xmx}, {@code -D} and so on)
 * and the same arguments. It does without lambdas and regular expressions, the first of which take as long as all that it does.
 */
public final class Launcher {

    private static final String MAIN = "dev.mmgen.cli.Main";
    private static final int NEEDED = 22;

    /** Commands that are over before the JVM's second compiler pays off. */
    private static final List<String> SHORT =
            Arrays.asList("doctor", "help", "completion", "man", "--help", "-h", "--version", "-V");

    /** The variables whose options every Java takes. */
    private static final List<String> VARIABLES = Arrays.asList("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");

    /** The letter that Java has in place of bytes that are none in the charset of the locale. */
    private static final char LOST = '\uFFFD';

    /** The exit code of a process that SIGTERM has ended. */
    private static final int TERMINATED = 143;

    private Launcher() {}

    public static void main(String[] arguments) throws Exception {
        requireLibraries(System.getProperty("java.class.path"));
        if (version(System.getProperty("java.specification.version")) >= NEEDED) {
            try {
                Class.forName(MAIN).getMethod("main", String[].class).invoke(null, (Object) arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof Exception ? (Exception) e.getCause() : e;
            }
            return;
        }
        Path home = newestHome();
        if (home == null) {
            System.err.println("mmgen needs Java " + NEEDED + " or newer; this is Java "
                    + System.getProperty("java.version")
                    + ", and there is no newer one in JAVA_HOME or the usual folders, such as"
                    + " /usr/lib/jvm. Install one, or set JAVA_HOME to it.");
            System.exit(2);
        }
        System.exit(restart(home, arguments));
    }

    private static int restart(Path home, String[] arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin").resolve("java").toString());
        // An option that the other Java no longer has, such as -XX:MaxPermSize, must not keep it from starting.
        command.add("-XX:+IgnoreUnrecognizedVMOptions");
        if (arguments.length > 0 && SHORT.contains(arguments[0])) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        if (mayHaveOptions()) {
            for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
                if (isPassedOn(option)) {
                    requireWhole(option);
                    command.add(option);
                }
            }
        }
        for (String argument : arguments) {
            requireWhole(argument);
        }
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(MAIN);
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        for (String variable : VARIABLES) {
            builder.environment().computeIfPresent(variable, new WithoutDebugger());
        }
        // Who stops this process means the other one; its end is worth waiting for.
        Ending ending = new Ending();
        try {
            Runtime.getRuntime().addShutdownHook(ending);
        } catch (IllegalStateException e) {
            return TERMINATED;
        }
        Process child = ending.start(builder);
        return child == null ? TERMINATED : child.waitFor();
    }

    /** Refuses to start where the jar was copied without the libraries that it names. */
    private static void requireLibraries(String jar) {
        File lib = new File(new File(jar).getAbsoluteFile().getParentFile(), "lib");
        if (jar.endsWith(".jar")
                && jar.indexOf(File.pathSeparatorChar) < 0
                && !lib.isDirectory()
                && Launcher.class.getResource("/picocli/CommandLine.class") == null) {
            System.err.println("mmgen: there is no folder " + lib + " with the libraries of " + new File(jar).getName()
                    + "; copy both, they belong together");
            System.exit(2);
        }
    }

    /** Refuses text of which the locale's charset has lost letters, before a file of another name is written. */
    private static void requireWhole(String word) {
        if (word.indexOf(LOST) >= 0) {
            System.err.println(
                    "mmgen: '" + word + "' has letters that the charset of this locale does not have; run it with"
                            + " LC_ALL=C.UTF-8, or on Java " + NEEDED + " or newer");
            System.exit(2);
        }
    }

    /** The options of a variable without those of a debugger, whose port this process holds. */
    private static final class WithoutDebugger implements BiFunction<String, String, String> {

        @Override
        public String apply(String variable, String options) {
            if (!options.contains("jdwp") && !options.contains("jmxremote")) {
                return options;
            }
            StringBuilder kept = new StringBuilder();
            for (String option : options.split(" ")) {
                if (isPassedOn(option)) {
                    kept.append(kept.length() == 0 ? "" : " ").append(option);
                }
            }
            return kept.toString();
        }
    }

    /** The end of the other process, where this one is told to end, be it before that has begun. */
    private static final class Ending extends Thread {

        private Process child;
        private boolean ended;

        /** Starts the process, unless this one is ending: then it returns null. */
        synchronized Process start(ProcessBuilder builder) throws IOException {
            child = ended ? null : builder.start();
            return child;
        }

        private synchronized Process end() {
            ended = true;
            return child;
        }

        @Override
        public void run() {
            Process child = end();
            if (child == null) {
                return;
            }
            child.destroy();
            try {
                child.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Returns false where the command line, as Linux shows it, is {@code java -jar ...}: asking the JVM for its options takes as
     * long as starting it. Those in variables, such as {@code JAVA_TOOL_OPTIONS}, the other Java inherits.
     */
    private static boolean mayHaveOptions() {
        try {
            String line = new String(Files.readAllBytes(Paths.get("/proc/self/cmdline")), StandardCharsets.ISO_8859_1);
            return !line.startsWith("-jar\0", line.indexOf('\0') + 1);
        } catch (IOException e) {
            return true;
        }
    }

    /** Returns false for a debugger and for remote management, whose ports this process holds. */
    private static boolean isPassedOn(String option) {
        return !option.startsWith("-agentlib:jdwp")
                && !option.startsWith("-Xrunjdwp")
                && !option.startsWith("-Dcom.sun.management.jmxremote");
    }

    /** Returns the home of the newest Java that is new enough, or null. */
    private static Path newestHome() {
        Path newest = null;
        int newestVersion = NEEDED - 1;
        for (Path home : candidates()) {
            int version = versionOf(home);
            if (version > newestVersion) {
                newest = home;
                newestVersion = version;
            }
        }
        return newest;
    }

    private static List<Path> candidates() {
        List<Path> homes = new ArrayList<>();
        if (System.getenv("JAVA_HOME") != null) {
            homes.add(Paths.get(System.getenv("JAVA_HOME")));
        }
        String user = System.getProperty("user.home");
        String[] folders = {
            "/usr/lib/jvm",
            "/usr/java",
            "/opt",
            "/opt/java",
            "/usr/local/lib/jvm",
            user + "/.sdkman/candidates/java",
            user + "/.jdks",
            user + "/.gradle/jdks",
            "/Library/Java/JavaVirtualMachines"
        };
        for (String folder : folders) {
            File[] entries = new File(folder).listFiles();
            for (File entry : entries == null ? new File[0] : entries) {
                homes.add(entry.toPath());
                homes.add(entry.toPath().resolve("Contents/Home"));
            }
        }
        return homes;
    }

    /** Reads the major version from a Java home's {@code release} file; 0 where there is none. */
    private static int versionOf(Path home) {
        if (!Files.isExecutable(home.resolve("bin").resolve("java"))) {
            return 0;
        }
        try (InputStream in = Files.newInputStream(home.resolve("release"))) {
            Properties release = new Properties();
            release.load(in);
            return version(release.getProperty("JAVA_VERSION", "").replace("\"", ""));
        } catch (IOException | IllegalArgumentException e) {
            return 0;
        }
    }

    /** Returns 8 for 1.8 and 25 for 25.0.1; 0 for what begins with no number. */
    private static int version(String text) {
        return leadingNumber(text.startsWith("1.") ? text.substring(2) : text);
    }

    private static int leadingNumber(String text) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        try {
            return Integer.parseInt(text.substring(0, end));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
