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

    private Launcher() {}

    public static void main(String[] arguments) throws Exception {
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
                    command.add(option);
                }
            }
        }
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(MAIN);
        command.addAll(Arrays.asList(arguments));
        Process child = new ProcessBuilder(command).inheritIO().start();
        // Who stops this process means the other one; its end is worth waiting for.
        Runtime.getRuntime().addShutdownHook(new Ending(child));
        return child.waitFor();
    }

    /** The end of the other process, where this one is told to end. */
    private static final class Ending extends Thread {

        private final Process child;

        Ending(Process child) {
            this.child = child;
        }

        @Override
        public void run() {
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

    /** Returns false for a debugger, whose port this process holds. */
    private static boolean isPassedOn(String option) {
        return !option.startsWith("-agentlib:jdwp") && !option.startsWith("-Xrunjdwp");
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
