package dev.mmgen.spark;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * A standalone master and its workers on this machine's loopback, each a process that starts its executors in processes of their own,
 * as Spark's scripts start them. Spark's home is a folder with links to the jars of this class path.
 */
final class StandaloneCluster implements AutoCloseable {

    private static final String HOST = "127.0.0.1";

    private final Path folder;
    private final String master;
    private final List<Process> daemons = new ArrayList<>();
    private final List<Process> workers = new ArrayList<>();

    private StandaloneCluster(Path folder, String master) {
        this.folder = folder;
        this.master = master;
    }

    /** Starts a master and workers of one core each. */
    static StandaloneCluster start(Path folder, int workers) throws IOException {
        Path jars = Files.createDirectories(folder.resolve("home/jars"));
        for (String entry : classPath()) {
            if (entry.endsWith(".jar")) {
                Path jar = Path.of(entry);
                Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
            }
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            port = free.getLocalPort();
        }
        StandaloneCluster cluster = new StandaloneCluster(folder, "spark://" + HOST + ":" + port);
        cluster.start("master", "org.apache.spark.deploy.master.Master", "--port", Integer.toString(port));
        for (int i = 0; i < workers; i++) {
            Path work = Files.createDirectory(folder.resolve("worker-" + i));
            cluster.workers.add(cluster.start(
                    "worker-" + i,
                    "org.apache.spark.deploy.worker.Worker",
                    "--cores",
                    "1",
                    "--memory",
                    "1g",
                    "--work-dir",
                    work.toString(),
                    cluster.master));
        }
        return cluster;
    }

    private static String[] classPath() {
        return System.getProperty("java.class.path").split(File.pathSeparator);
    }

    private Process start(String name, String mainClass, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                folder.resolve("home/jars") + File.separator + "*",
                mainClass,
                "--host",
                HOST,
                "--webui-port",
                "0"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "SPARK_HOME", folder.resolve("home").toString(),
                        "SPARK_SCALA_VERSION",
                                scala.util.Properties.versionNumberString().replaceFirst("\\.[^.]*$", ""),
                        "SPARK_LOCAL_IP", HOST,
                        "JAVA_HOME", System.getProperty("java.home")));
        Process process = builder.start();
        daemons.add(process);
        return process;
    }

    /**
     * Returns a session with an executor on each worker, which have this class path.
     *
     * @param options further ones of the executors' Java
     */
    SparkSession session(String options) {
        String classes = String.join(
                File.pathSeparator,
                Stream.of(classPath()).filter(entry -> !entry.endsWith(".jar")).toList());
        return SparkSession.builder()
                .master(master)
                .config("spark.ui.enabled", false)
                .config("spark.driver.host", HOST)
                .config("spark.executor.cores", 1)
                .config("spark.executor.memory", "512m")
                .config("spark.executor.extraClassPath", classes)
                .config("spark.executor.extraJavaOptions", "--enable-native-access=ALL-UNNAMED " + options)
                .config("spark.scheduler.minRegisteredResourcesRatio", 1.0)
                .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s")
                .getOrCreate();
    }

    /** Ends a worker and its executor at once, as if its machine had lost power. */
    void kill(int worker) throws InterruptedException {
        kill(workers.get(worker));
    }

    private static void kill(Process process) throws InterruptedException {
        List<ProcessHandle> executors = process.descendants().toList();
        process.destroyForcibly();
        executors.forEach(ProcessHandle::destroyForcibly);
        process.waitFor(30, TimeUnit.SECONDS);
    }

    /** Returns what the executors have written to stderr. */
    String errors() throws IOException {
        StringBuilder errors = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(file -> file.endsWith("stderr")).toList()) {
                errors.append(Files.readString(file));
            }
        }
        return errors.toString();
    }

    /** Ends all processes at once. */
    @Override
    public void close() throws InterruptedException {
        for (Process daemon : daemons.reversed()) {
            kill(daemon);
        }
    }
}
