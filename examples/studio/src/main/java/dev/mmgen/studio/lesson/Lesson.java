package dev.mmgen.studio.lesson;

import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.job.Changes;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.finetune.FineTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning on its way, on a thread of its own: its losses, its sample pictures, and its end. Stopped, its folder holds what was
 * learnt by then, and a lesson of the same settings goes on from there. Any thread may look, wait and stop.
 */
public final class Lesson {

    /** The states, in their order; the last three are ends. */
    public enum State {
        PREPARING,
        LEARNING,
        DONE,
        STOPPED,
        FAILED;

        /** Returns true if nothing follows. */
        public boolean isEnd() {
            return this != PREPARING && this != LEARNING;
        }
    }

    /** Every second loss is dropped when there are more, so that a long curve stays small. */
    private static final int MOST_LOSSES = 1000;

    private final LessonSettings settings;
    private final Path folder;
    private final FineTuning tuning;
    private final Thread thread;

    private final Changes changes = new Changes();
    private State state = State.PREPARING;
    private String phase = "opening pictures";
    private long step;
    private int every = 1;
    private final List<double[]> losses = new ArrayList<>();
    private Map<String, FineTuning.Reading> scores = Map.of();
    private List<String> warnings = List.of();
    private @Nullable Problem problem;

    /**
     * @param folder where the run works and the model comes to be
     */
    Lesson(LessonSettings settings, Path folder) {
        this.settings = settings;
        this.folder = folder;
        this.tuning = tuning(settings);
        this.thread = Thread.ofPlatform().daemon().name("studio-lesson").unstarted(this::run);
    }

    private FineTuning tuning(LessonSettings wanted) {
        FineTuning request = FineTuning.of(wanted.start())
                .data(wanted.pictures())
                .steps(wanted.steps())
                .onEncoded(this::encoded)
                .onStart(this::started)
                .onStep(this::stepped);
        if (wanted.modality() != null && wanted.replaced() != null) {
            request.replace(wanted.replaced(), wanted.modality());
        } else if (wanted.modality() != null) {
            request.add(wanted.modality());
        }
        if (wanted.lora() != null) {
            request.lora(wanted.lora());
        }
        return request;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            FineTuning.Result result = tuning.run(folder);
            change(() -> {
                state = result.finished() ? State.DONE : State.STOPPED;
                step = result.steps();
                scores = result.scores();
            });
        } catch (IllegalArgumentException | DataException | TrainingException e) {
            fail(new Problem(Problem.Kind.IMPOSSIBLE, String.valueOf(e.getMessage()), e));
        } catch (Throwable e) {
            fail(Router.problem(e));
        }
    }

    private void fail(Problem why) {
        change(() -> {
            state = State.FAILED;
            problem = why;
        });
    }

    private void encoded(FineTuning.Encoded progress) {
        change(() -> phase = "encoding " + progress.modality() + ", " + progress.done() + " of " + progress.all());
    }

    private void started(FineTuning.Start start) {
        change(() -> {
            state = State.LEARNING;
            phase = start.samples() + " samples, " + start.heldOut() + " held out";
            step = start.made();
            warnings = start.warnings();
        });
    }

    private void stepped(StepReport report) {
        change(() -> {
            step = report.step();
            if (step % every == 0) {
                losses.add(new double[] {step, report.loss().total()});
            }
            if (losses.size() > MOST_LOSSES) {
                every *= 2;
                losses.removeIf(loss -> loss[0] % every != 0);
            }
        });
    }

    private void change(Runnable what) {
        changes.makeIf(() -> true, what);
    }

    /** Returns the settings. */
    public LessonSettings settings() {
        return settings;
    }

    /** Asks the lesson to end after its step. */
    public void stop() {
        tuning.stop();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    /**
     * A look at a lesson.
     *
     * @param version grows with every change
     * @param state   then
     * @param json    what a client hears of it
     */
    public record View(long version, State state, Map<String, Object> json) {}

    /** Returns how it stands. */
    public View view() {
        return changes.look(() -> {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", settings.name());
            json.put("state", state.name().toLowerCase(Locale.ROOT));
            json.put("phase", phase);
            json.put("step", step);
            json.put("steps", settings.steps());
            json.put("losses", List.copyOf(losses));
            json.put("warnings", warnings);
            json.put("scores", scores);
            if (problem != null) {
                json.put("problem", problem.toJson());
            }
            return new View(changes.version(), state, json);
        });
    }

    /** Waits until the lesson has changed since a version, or for a while, and returns how it stands then. */
    public View await(long since, Duration longest) throws InterruptedException {
        changes.await(since, longest, () -> state.isEnd());
        return view();
    }

    /** Returns the newest picture of held-out samples; none where none was drawn yet. */
    public Optional<byte[]> samples() throws IOException {
        Path samples = folder.resolve("samples");
        if (!Files.isDirectory(samples)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(samples)) {
            Optional<Path> newest = files.filter(file -> file.toString().endsWith(".png"))
                    .sorted()
                    .reduce((_, last) -> last);
            return newest.isPresent() ? Optional.of(Files.readAllBytes(newest.get())) : Optional.empty();
        }
    }
}
