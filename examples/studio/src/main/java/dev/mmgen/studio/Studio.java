package dev.mmgen.studio;

import dev.mmgen.studio.album.Album;
import dev.mmgen.studio.api.DrawApi;
import dev.mmgen.studio.api.ImageApi;
import dev.mmgen.studio.api.JobApi;
import dev.mmgen.studio.api.LessonApi;
import dev.mmgen.studio.api.Listeners;
import dev.mmgen.studio.api.ModelApi;
import dev.mmgen.studio.http.Gate;
import dev.mmgen.studio.http.PageFiles;
import dev.mmgen.studio.http.ProblemPages;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.job.JobQueue;
import dev.mmgen.studio.lesson.School;
import dev.mmgen.studio.model.ModelShelf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.InstantSource;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * A server with a page to draw, read and change pictures with a model, and the HTTP API that the page uses. It runs until it is
 * closed; any thread may close it.
 */
public final class Studio implements AutoCloseable {

    private static final int CONNECTIONS = 512;
    private static final int IDLE_MILLIS = 30_000;

    private final Server server;
    private final ServerConnector connector;
    private final StudioOptions options;
    private final ModelShelf models;
    private final JobQueue queue;
    private final School school;

    private Studio(StudioOptions options) {
        this.options = options;
        this.models = new ModelShelf(options.model(), options.models(), options.opening(), options.openModels());
        Album album = new Album(options.limits().storedBytes(), InstantSource.system());
        this.queue = new JobQueue(models, album, options.limits());
        this.school = new School(options.pictures(), options.models());
        this.server = new Server(threads());
        this.connector = connector(server, options);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(CONNECTIONS, connector));
        server.setErrorHandler(new ProblemPages());
        server.setHandler(router(album));
    }

    /**
     * Opens the model and starts the server.
     *
     * @throws dev.mmgen.io.ModelFolderException if the model cannot be opened, see {@link dev.mmgen.MmGen#open(String)} for others
     * @throws UncheckedIOException if the port is taken
     */
    public static Studio start(StudioOptions options) {
        Studio studio = new Studio(options);
        try {
            studio.server.start();
            return studio;
        } catch (Exception e) {
            studio.close();
            throw new UncheckedIOException(
                    "the studio cannot listen on port " + options.port() + "; choose another port, or 0 for a free one",
                    e instanceof IOException io ? io : new IOException(e));
        }
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool pool = new QueuedThreadPool(16, 4);
        pool.setName("studio");
        pool.setDaemon(true);
        // One for each connection: its own limit is 200, and listeners and slow uploads would take all of them.
        pool.setVirtualThreadsExecutor(new VirtualThreadPool(2 * CONNECTIONS));
        return pool;
    }

    private static ServerConnector connector(Server server, StudioOptions options) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(ProblemPages.HEADER_BYTES);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(options.address().getHostAddress());
        connector.setPort(options.port());
        connector.setIdleTimeout(IDLE_MILLIS);
        return connector;
    }

    private Router router(Album album) {
        PageFiles page = new PageFiles(Studio.class, "page");
        Router router = new Router(new Gate(options.token()));
        router.on("GET", "/", page.file("index.html"))
                .on("GET", "/page/{file}", page.files(""))
                .on("GET", "/page/three/{file}", page.files("three/"))
                .on("GET", "/v1/openapi.json", page.file("openapi.json"));
        new DrawApi(models, queue, options.limits()).addTo(router);
        Listeners listeners = new Listeners();
        new JobApi(queue, album, listeners).addTo(router);
        new ImageApi(album).addTo(router);
        new ModelApi(models, queue, options.limits()).addTo(router);
        new LessonApi(school, models, listeners).addTo(router);
        return router;
    }

    /** Returns the address of the page; with a token, the address that hands it in. */
    public URI page() {
        String host = options.address().isLoopbackAddress()
                ? "localhost"
                : options.address().getHostAddress();
        String bracketed = host.contains(":") ? "[" + host + "]" : host;
        String query = options.token() == null ? "" : "?token=" + options.token();
        return URI.create("http://" + bracketed + ":" + connector.getLocalPort() + "/" + query);
    }

    /** Waits until the studio is closed by another thread. */
    public void await() throws InterruptedException {
        server.join();
    }

    /** Cancels what is being drawn, ends a lesson after its step, stops the server and closes the model. Closing twice has no effect. */
    @Override
    public void close() {
        queue.close();
        school.close();
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the studio's server does not stop: " + e.getMessage(), e);
        } finally {
            models.close();
        }
    }
}
