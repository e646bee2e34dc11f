package consumer;

import dev.mmgen.MmGen;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.RgbImage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** A server of drawn pictures, and its first client. */
@SpringBootApplication
@RestController
public class DrawingServer {

    /** The model, opened once and closed with the server. */
    @Configuration
    static class Model {

        @Bean
        MmGen mmgen() {
            return MmGen.shapes();
        }
    }

    private final MmGen mmgen;

    DrawingServer(MmGen mmgen) {
        this.mmgen = mmgen;
    }

    @GetMapping(value = "/draw/{category}", produces = "image/png")
    byte[] draw(@PathVariable("category") String category) {
        if (!Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("spring.threads.virtual.enabled is not in force");
        }
        return mmgen.generate().category(category).seed(7).steps(2).run().rgb().encoded(ImageFormat.PNG);
    }

    /** The JSON is Spring's own, by whichever Jackson it has. */
    @GetMapping("/about")
    Map<String, Object> about() {
        return Map.of("categories", mmgen.config().categories());
    }

    public static void main(String[] arguments) throws Exception {
        SpringApplication server = new SpringApplication(DrawingServer.class);
        server.setDefaultProperties(Map.of("server.port", 0, "spring.threads.virtual.enabled", true));
        try (ConfigurableApplicationContext running = server.run(arguments);
                HttpClient client = HttpClient.newHttpClient()) {
            String base = "http://localhost:" + running.getEnvironment().getProperty("local.server.port");
            Set<Integer> pictures = new HashSet<>();
            for (String category : new String[] {"torus", "cone"}) {
                HttpResponse<byte[]> answer = client.send(
                        HttpRequest.newBuilder(URI.create(base + "/draw/" + category)).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                if (answer.statusCode() != 200) {
                    throw new AssertionError("status " + answer.statusCode() + ": " + new String(answer.body(), StandardCharsets.UTF_8));
                }
                pictures.add(Arrays.hashCode(
                        RgbImage.read(answer.body()).rgb()));
            }
            HttpResponse<String> about = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/about")).build(), HttpResponse.BodyHandlers.ofString());
            if (pictures.size() != 2 || !about.body().contains("\"torus\"")) {
                throw new AssertionError("pictures " + pictures + ", about " + about.body());
            }
            System.out.println("served " + pictures);
        }
    }
}
