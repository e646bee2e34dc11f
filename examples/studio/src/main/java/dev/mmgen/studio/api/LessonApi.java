package dev.mmgen.studio.api;

import dev.mmgen.modality.Modality;
import dev.mmgen.studio.http.EventStream;
import dev.mmgen.studio.http.Exchange;
import dev.mmgen.studio.http.Form;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.http.UploadRoom;
import dev.mmgen.studio.lesson.Lesson;
import dev.mmgen.studio.lesson.LessonSettings;
import dev.mmgen.studio.lesson.School;
import dev.mmgen.studio.model.ModelShelf;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** The requests about teaching: one lesson at a time, its losses as events, and its end. */
public final class LessonApi {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final int BODY_BYTES = 1 << 16;

    /** Steps may be many a second; a curve needs no more than a few looks. */
    private static final Duration PAUSE = Duration.ofMillis(400);

    private final School school;
    private final ModelShelf models;
    private final Listeners listeners;
    private final UploadRoom room = new UploadRoom(BODY_BYTES);

    public LessonApi(School school, ModelShelf models, Listeners listeners) {
        this.school = school;
        this.models = models;
        this.listeners = listeners;
    }

    /** Adds the endpoints. */
    public void addTo(Router router) {
        router.on("GET", "/v1/lesson", exchange -> exchange.json(200, state()))
                .on("POST", "/v1/lesson", this::begin)
                .on("DELETE", "/v1/lesson", exchange -> {
                    Lesson lesson = lesson();
                    lesson.stop();
                    exchange.json(202, lesson.view().json());
                })
                .on("GET", "/v1/lesson/events", this::events)
                .on("GET", "/v1/lesson/samples.png", this::samples);
    }

    private Map<String, Object> state() {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("open", school.isOpen());
        state.put("pictures", school.pictures());
        Lesson lesson = school.lesson();
        if (lesson != null) {
            state.put("lesson", lesson.view().json());
        }
        return state;
    }

    private Lesson lesson() {
        Lesson lesson = school.lesson();
        if (lesson == null) {
            throw new Problem(Problem.Kind.NOT_FOUND, "there has been no lesson yet; POST one to /v1/lesson");
        }
        return lesson;
    }

    private void begin(Exchange exchange) {
        try (Form form = Form.read(exchange, room)) {
            Fields fields = new Fields(form.settings());
            ModelShelf.Card model = models.card(fields.text("model"));
            if (!school.isOpen()) {
                throw new Problem(
                        Problem.Kind.IMPOSSIBLE,
                        "this studio teaches nothing: it was started without a folder of pictures or of models; start it"
                                + " with --pictures FOLDER and --models FOLDER");
            }
            String name = named(fields, "name");
            String pictures = required("pictures", fields.text("pictures"));
            Modality modality = modality(fields.text("modality"));
            Modality replaced = replaced(model, fields.text("replaces"));
            Integer lora = fields.integer("lora", 1, 256);
            int steps = Objects.requireNonNullElse(fields.integer("steps", 1, 1_000_000), 600);
            fields.requireNoOthers();
            if (name.equals(models.defaultName()) || name.equals(model.name())) {
                throw new Problem(Problem.Kind.INVALID, "'name' is that of a model in use; choose another");
            }
            Lesson lesson = school.begin(new LessonSettings(
                    name, models.location(model), school.pictures(pictures), modality, replaced, lora, steps));
            exchange.with(HttpHeader.LOCATION, "/v1/lesson")
                    .json(202, lesson.view().json());
        }
    }

    private static String named(Fields fields, String field) {
        String name = required(field, fields.text(field));
        if (!NAME.matcher(name).matches()) {
            throw new Problem(
                    Problem.Kind.INVALID,
                    "'" + field
                            + "' must be up to 64 letters, digits, '-' and '_', beginning with a letter or a digit");
        }
        return name;
    }

    private static String required(String field, @Nullable String value) {
        if (value == null) {
            throw new Problem(Problem.Kind.INVALID, "'" + field + "' is missing");
        }
        return value;
    }

    private static @Nullable Modality modality(@Nullable String name) {
        try {
            return name == null ? null : Modality.named(name);
        } catch (IllegalArgumentException e) {
            throw new Problem(Problem.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable Modality replaced(ModelShelf.Card model, @Nullable String name) {
        try {
            return name == null ? null : model.config().modalities().find(name);
        } catch (NoSuchElementException e) {
            throw new Problem(Problem.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /** Sends {@code lesson} after changes, until the end. */
    private void events(Exchange exchange) throws IOException, InterruptedException {
        listeners.follow(exchange, new Followed(lesson()));
    }

    /** A lesson as a client hears of it. */
    private record Followed(Lesson lesson) implements Listeners.Source {

        @Override
        public Listeners.Heard tell(EventStream events) throws IOException {
            Lesson.View view = lesson.view();
            events.send("lesson", view.json());
            return new Listeners.Heard(view.version(), view.state().isEnd());
        }

        @Override
        public boolean awaitChange(long since, Duration longest) throws InterruptedException {
            boolean changed = lesson.await(since, longest).version() != since;
            if (changed) {
                Thread.sleep(PAUSE);
            }
            return changed;
        }
    }

    private void samples(Exchange exchange) throws IOException {
        byte[] picture = lesson().samples()
                .orElseThrow(() -> new Problem(
                        Problem.Kind.NOT_FOUND, "no sample has been drawn yet; the first comes with the first fifth"));
        exchange.reply(200, "image/png", picture);
    }
}
