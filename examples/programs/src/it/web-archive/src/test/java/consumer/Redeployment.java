package consumer;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;

/** A Tomcat in which one application is deployed twice. */
public final class Redeployment {

    private static final String REMEDY = "Load MMGen in one class loader only";

    private final Tomcat tomcat = new Tomcat();
    private final Path target;

    private Redeployment(Path target) throws Exception {
        this.target = target;
        Files.createDirectories(target.resolve("server/webapps"));
        tomcat.setBaseDir(target.resolve("server").toString());
        tomcat.setPort(0);
        tomcat.getConnector();
        tomcat.start();
    }

    public static void main(String[] arguments) throws Exception {
        Redeployment redeployment = new Redeployment(Path.of(arguments[1]));
        try {
            if (arguments[0].equals("shared")) {
                redeployment.withSharedLibrary();
            } else {
                redeployment.withLibraryOfItsOwn();
            }
        } finally {
            redeployment.tomcat.stop();
            redeployment.tomcat.destroy();
        }
    }

    /** Both applications draw, and the first one can be collected once it is gone. */
    private void withSharedLibrary() throws Exception {
        List<URL> jars = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(target.resolve("whole/WEB-INF/lib"), "*.jar")) {
            for (Path jar : entries) {
                jars.add(jar.toUri().toURL());
            }
        }
        tomcat.getHost().setParentClassLoader(
                new URLClassLoader("shared", jars.toArray(URL[]::new), Redeployment.class.getClassLoader()));
        Path archive = target.resolve("web-archive-1.war");
        Context first = deploy(archive);
        byte[] before = picture();
        WeakReference<ClassLoader> loader = new WeakReference<>(first.getLoader().getClassLoader());
        remove(first);
        first = null;
        Context second = deploy(archive);
        byte[] after = picture();
        if (!Arrays.equals(before, after)) {
            throw new AssertionError("the second application draws another picture");
        }
        for (int attempt = 0; loader.get() != null; attempt++) {
            if (attempt == 50) {
                throw new AssertionError("the first application is still in memory: " + loader.get());
            }
            System.gc();
            Thread.sleep(100);
        }
        remove(second);
        System.out.println("redeployed, " + Arrays.hashCode(after) + ", and the first application is collected");
    }

    /** The second application is told what to do. */
    private void withLibraryOfItsOwn() throws Exception {
        Path folder = target.resolve("whole");
        Context first = deploy(folder);
        picture();
        remove(first);
        Context second = deploy(folder);
        HttpResponse<byte[]> answer = get();
        String page = new String(answer.body(), StandardCharsets.UTF_8);
        if (answer.statusCode() != 500 || !page.contains(REMEDY)) {
            throw new AssertionError("status " + answer.statusCode() + ": " + page);
        }
        remove(second);
        System.out.println("redeployed, and told: " + REMEDY);
    }

    private Context deploy(Path application) {
        Context context = new StandardContext();
        context.setPath("");
        context.setDocBase(application.toString());
        ContextConfig configuration = new ContextConfig();
        configuration.setDefaultWebXml(tomcat.noDefaultWebXmlPath());
        context.addLifecycleListener(configuration);
        tomcat.getHost().addChild(context);
        return context;
    }

    private void remove(Context context) throws Exception {
        context.stop();
        tomcat.getHost().removeChild(context);
        context.destroy();
    }

    private byte[] picture() throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = get();
        if (answer.statusCode() != 200) {
            throw new AssertionError(
                    "status " + answer.statusCode() + ": " + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return answer.body();
    }

    private HttpResponse<byte[]> get() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + tomcat.getConnector().getLocalPort() + "/draw"))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
