package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in containers that load and drop applications, and the library itself, by class loaders. */
class ClassLoaderTest {

    @Test
    void theFirstApplicationThatUsesTheLibraryCanBeCollected() throws Exception {
        ChildJvm child = ChildJvm.start(List.of("-Xmx64m"), Container.class);
        assertThat(child.readLines()).containsExactly("sum 6.0", "collected true");
        assertThat(child.exitCode()).isZero();
    }

    @Test
    void anExitAfterTheLoaderIsClosedStillWaitsForTheCallUnderWay(@TempDir Path folder) throws Exception {
        Path product = folder.resolve("product");
        ChildJvm child = ChildJvm.start(List.of(), ClosedLoader.class, product.toString());
        assertThat(child.readLine()).isEqualTo("closed");
        child.terminate();
        assertThat(child.readLines()).as("what exit prints").isEmpty();
        assertThat(child.exitCode()).as("128 + SIGTERM").isEqualTo(143);
        LeavingTest.assertFinished(product);
    }

    /** A child process: the library lies in its class path, and one application in a loader of its own. */
    static final class Container {

        public static void main(String[] args) throws Exception {
            WeakReference<ClassLoader> application = runApplication();
            for (int i = 0; i < 100 && application.get() != null; i++) {
                System.gc();
                Thread.sleep(20);
            }
            System.out.println("collected " + (application.get() == null));
        }

        private static WeakReference<ClassLoader> runApplication() throws Exception {
            ClassLoader loader = new ApplicationLoader();
            Runnable application = (Runnable) loader.loadClass(Application.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
            Thread thread = new Thread(application);
            thread.setContextClassLoader(loader);
            thread.start();
            thread.join();
            return new WeakReference<>(loader);
        }
    }

    /** The first user of the library in its process. */
    public static final class Application implements Runnable {

        @Override
        public void run() {
            try (TensorScope _ = TensorScope.open();
                    Generator generator = Generator.seeded(1)) {
                Torch.randn(generator, DType.FLOAT32, 2);
                System.out.println(
                        "sum " + Torch.tensor(new float[] {1, 2, 3}).sum().item());
            }
            // Left to the cleaner.
            Torch.ones(3);
        }
    }

    /** Defines the application anew, and leaves the library to the class path. */
    private static final class ApplicationLoader extends ClassLoader {

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Application.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] code = in.readAllBytes();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    /** A child process: the library lies in a loader that is closed while a call is under way. */
    static final class ClosedLoader {

        public static void main(String[] args) throws Exception {
            // Threads of the library would print there.
            System.setErr(System.out);
            URL[] classPath = List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
                    .map(ClosedLoader::url)
                    .toArray(URL[]::new);
            try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
                var begin = loader.loadClass(LeavingTest.Busy.class.getName()).getDeclaredMethod("begin", String.class);
                begin.setAccessible(true);
                begin.invoke(null, args[0]);
            }
            System.out.println("closed");
            Thread.sleep(60_000);
        }

        private static URL url(String entry) {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(entry, e);
            }
        }
    }
}
