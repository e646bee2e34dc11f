package dev.mmgen.studio.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.model.ModelShelf;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request on its way: queued, running, and in the end done, failed or cancelled. Any thread may look, wait and cancel. */
public final class Job {

    /** The states, in their order; the last three are ends. */
    public enum State {
        QUEUED,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        /** Returns true if nothing follows. */
        public boolean isEnd() {
            return this != QUEUED && this != RUNNING;
        }
    }

    /**
     * The pictures of images in the making, decoded from what the model expects at this step.
     *
     * @param number that grows with every preview
     * @param first  the place of the first image among those of the request
     * @param images for each image its pictures as PNG, by the name of the modality
     */
    public record Preview(int number, int first, List<Map<String, byte[]>> images) {}

    private final String id;
    private final String kind;
    private final ModelShelf.Card model;
    private final ObjectNode settings;
    private @Nullable Task task;

    private final Changes changes = new Changes();
    private State state = State.QUEUED;
    private int place;
    private String phase = "";
    private int step;
    private int steps;
    private @Nullable Preview preview;
    private List<String> images = List.of();
    private @Nullable Problem problem;
    private @Nullable Instant ended;
    private volatile boolean cancelled;

    Job(String id, String kind, ModelShelf.Card model, ObjectNode settings, Task task) {
        this.id = id;
        this.kind = kind;
        this.model = model;
        this.settings = settings;
        this.task = task;
    }

    /** Returns the name, which nobody can guess. */
    public String id() {
        return id;
    }

    /** Returns the kind of the request, such as {@code generate}. */
    public String kind() {
        return kind;
    }

    /** Returns the request's settings. */
    public ObjectNode settings() {
        return settings;
    }

    ModelShelf.Card model() {
        return model;
    }

    /** Returns the work, which is forgotten at the end, with the pictures of the request. */
    Task task() {
        return changes.look(() -> Objects.requireNonNull(task));
    }

    /** Returns the state. */
    public State state() {
        return changes.look(() -> state);
    }

    /** Returns the end's moment; null before it. */
    @Nullable
    Instant ended() {
        return changes.look(() -> ended);
    }

    /** Asks the job to end: at once where it waits, between two steps where it runs. */
    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void queued(int newPlace) {
        change(() -> place = newPlace);
    }

    void begin() {
        change(() -> {
            state = State.RUNNING;
            place = 0;
        });
    }

    void step(String newPhase, int newStep, int newSteps) {
        change(() -> {
            phase = newPhase;
            step = newStep;
            steps = newSteps;
        });
    }

    void show(int first, List<Map<String, byte[]>> pictures) {
        change(() -> preview = new Preview(preview == null ? 1 : preview.number + 1, first, pictures));
    }

    void done(List<String> newImages) {
        end(State.DONE, newImages, null);
    }

    void failed(Problem why) {
        end(State.FAILED, List.of(), why);
    }

    void cancelled() {
        end(State.CANCELLED, List.of(), null);
    }

    private void end(State newState, List<String> newImages, @Nullable Problem why) {
        change(() -> {
            state = newState;
            images = List.copyOf(newImages);
            problem = why;
            place = 0;
            preview = null;
            task = null;
            ended = Instant.now();
        });
    }

    private void change(Runnable what) {
        changes.makeIf(() -> !state.isEnd(), what);
    }

    /**
     * A look at a job.
     *
     * @param version grows with every change
     * @param state   then
     * @param preview the last one; null for none, and after the end
     * @param images  names of the results, once it is done
     * @param json    what a client hears of it, results left out
     */
    public record View(
            long version, State state, @Nullable Preview preview, List<String> images, Map<String, Object> json) {}

    /** Returns how it stands. */
    public View view() {
        return changes.look(() -> {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("id", id);
            json.put("kind", kind);
            json.put("model", model.name());
            json.put("state", state.name().toLowerCase(Locale.ROOT));
            json.put("place", place);
            json.put("phase", phase);
            json.put("step", step);
            json.put("steps", steps);
            if (problem != null) {
                json.put("problem", problem.toJson());
            }
            return new View(changes.version(), state, preview, images, json);
        });
    }

    /** Waits until the job has changed since a version, or for a while, and returns how it stands then. */
    public View await(long since, Duration longest) throws InterruptedException {
        changes.await(since, longest, () -> state.isEnd());
        return view();
    }
}
