package dev.mmgen.studio.api;

import dev.mmgen.CoverCrop;
import dev.mmgen.Fit;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.Mask;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.Placement;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.studio.http.Exchange;
import dev.mmgen.studio.http.Form;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.http.UploadRoom;
import dev.mmgen.studio.job.Job;
import dev.mmgen.studio.job.JobQueue;
import dev.mmgen.studio.job.Progress;
import dev.mmgen.studio.job.Task;
import dev.mmgen.studio.limit.Limits;
import dev.mmgen.studio.model.ModelShelf;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;

/**
 * The requests to draw and to read. Each is checked and decoded before it enters the queue, and answered with its job (202) at once.
 */
public final class DrawApi {

    private static final String DRAWING = "drawing";
    private static final String READING = "reading";

    /** Sides of what one request draws, in those that the model was trained on: its memory grows with the square of the pixels. */
    private static final int MOST_SIDES = 8;

    private final ModelShelf models;
    private final JobQueue queue;
    private final Limits limits;
    private final UploadRoom room;
    private final Pictures pictures;

    public DrawApi(ModelShelf models, JobQueue queue, Limits limits) {
        this.models = models;
        this.queue = queue;
        this.limits = limits;
        this.room = new UploadRoom(limits.bodyBytes());
        this.pictures = new Pictures(limits);
    }

    /** Adds the endpoints. */
    public void addTo(Router router) {
        router.on("POST", "/v1/generate", exchange -> serve(exchange, "generate", this::generate))
                .on("POST", "/v1/understand", exchange -> serve(exchange, "understand", this::understand))
                .on("POST", "/v1/condition", exchange -> serve(exchange, "condition", this::condition))
                .on("POST", "/v1/inpaint", exchange -> serve(exchange, "inpaint", this::inpaint))
                .on("POST", "/v1/reconstruct", exchange -> serve(exchange, "reconstruct", this::reconstruct));
    }

    /** A request that is being read. */
    private record Asked(Form form, Fields fields, DrawingSettings settings, ModelShelf.Card model) {}

    private interface Kind {
        Task task(Asked asked);
    }

    private void serve(Exchange exchange, String name, Kind kind) {
        try (Form form = Form.read(exchange, room)) {
            Fields fields = new Fields(form.settings());
            DrawingSettings settings = DrawingSettings.of(fields, limits);
            ModelShelf.Card model = models.card(settings.model());
            requireSuitable(settings, model);
            Task task = kind.task(new Asked(form, fields, settings, model));
            Job job = queue.submit(name, model, form.settings(), task);
            exchange.with(HttpHeader.LOCATION, "/v1/jobs/" + job.id())
                    .json(202, job.view().json());
        }
    }

    /** Checks what would otherwise fail only when the job's turn comes. */
    private static void requireSuitable(DrawingSettings settings, ModelShelf.Card model) {
        try {
            if (settings.category() instanceof String name) {
                model.config().category(name);
            } else if (settings.category() instanceof Integer number
                    && number >= model.config().transformer().classes()) {
                throw new IllegalArgumentException("'category' is " + number + "; the model has categories from 0 to "
                        + (model.config().transformer().classes() - 1));
            }
        } catch (IllegalArgumentException e) {
            throw new Problem(Problem.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
        if (settings.width() != null && settings.height() != null) {
            requireSuitable(settings.width(), settings.height(), settings.anySize(), model);
        }
    }

    private static void requireSuitable(int width, int height, boolean anySize, ModelShelf.Card model) {
        int resolution = model.resolution();
        int unit = resolution
                / model.config().transformer().inputSize()
                * model.config().transformer().patchSize();
        String size = "'width' and 'height' are " + width + " and " + height;
        if (width % unit != 0 || height % unit != 0) {
            throw new Problem(Problem.Kind.INVALID, size + "; both must be multiples of " + unit);
        }
        if (!anySize && ImageRequestBuilder.isBeyondTraining(width, height, resolution)) {
            throw new Problem(
                    Problem.Kind.INVALID,
                    size + ", but the model was trained on " + resolution + " x " + resolution
                            + ", and what it draws frays where a side is more than 5/4 of that; 'anySize' allows it");
        }
        long most = (long) MOST_SIDES * resolution;
        if ((long) width * height > most * most) {
            throw new Problem(
                    Problem.Kind.INVALID,
                    size + "; a model of " + resolution + " x " + resolution + " pixels draws at most as many as "
                            + most + " x " + most + " here");
        }
    }

    private Task generate(Asked asked) {
        asked.fields.requireNoOthers();
        if (!asked.form.files().isEmpty()) {
            throw new Problem(Problem.Kind.INVALID, "generate takes no files; condition and inpaint do");
        }
        return (mmgen, progress) ->
                Task.Result.of(progress.run(mmgen, asked.settings.apply(mmgen.generate()), DRAWING));
    }

    private Task understand(Asked asked) {
        int ensemble = Objects.requireNonNullElse(asked.fields.integer("ensemble", 1, limits.ensemble()), 1);
        Fit fit = Objects.requireNonNullElse(asked.fields.choice("fit", Fit.class), Fit.CROP);
        Pictures.Coding coding = Pictures.Coding.of(asked.fields);
        asked.fields.requireNoOthers();
        Map<Modality, RgbImage> given = given(asked, coding);
        given.replaceAll((_, picture) -> fit == Fit.CROP ? cropped(picture, asked) : reduced(picture));
        RgbImage photo = photo(given);
        return (mmgen, progress) -> {
            ImageRequestBuilder request =
                    asked.settings.apply(mmgen.understand(photo).fit(fit).ensemble(ensemble));
            given.forEach(request::given);
            return Task.Result.of(progress.run(mmgen, request, READING));
        };
    }

    private Task condition(Asked asked) {
        Fit fit = drawingFit(asked.fields);
        Pictures.Coding coding = Pictures.Coding.of(asked.fields);
        asked.fields.requireNoOthers();
        Map<Modality, RgbImage> given = given(asked, coding);
        given.replaceAll((_, picture) -> fit == Fit.CROP ? cropped(picture, asked) : reduced(picture));
        if (given.isEmpty()) {
            throw new Problem(
                    Problem.Kind.INVALID,
                    "no condition is given; send a picture as a part named like its modality, such as 'depth'");
        }
        return (mmgen, progress) -> {
            ImageRequestBuilder request = asked.settings.apply(mmgen.generate().fit(fit));
            given.forEach(request::given);
            return Task.Result.of(progress.run(mmgen, request, DRAWING));
        };
    }

    private Task inpaint(Asked asked) {
        Fit fit = drawingFit(asked.fields);
        Pictures.Coding coding = Pictures.Coding.of(asked.fields);
        asked.fields.requireNoOthers();
        MaskImage mask = pictures.mask(asked.form);
        Map<Modality, RgbImage> kept =
                pictures.modalities(asked.form, asked.model.config().modalities(), coding, "mask");
        kept.forEach((modality, picture) -> {
            if (picture.width() != mask.width() || picture.height() != mask.height()) {
                throw new Problem(
                        Problem.Kind.INVALID,
                        "the mask has " + mask.width() + " x " + mask.height() + " pixels, but '" + modality + "' "
                                + picture.width() + " x " + picture.height() + "; all must be of one size");
            }
        });
        kept.replaceAll((_, picture) -> reduced(picture));
        RgbImage photo = photo(kept);
        RgbImage region = reduced(mask.toRgbImage());
        return (mmgen, progress) -> {
            Placement placement = placement(mmgen, asked.settings, fit, region);
            Map<Modality, RgbImage> cut = new LinkedHashMap<>();
            kept.forEach((modality, picture) -> cut.put(modality, placement.cut(picture)));
            MultiModalImage scene = scene(mmgen, progress, asked.settings, Fit.CROP, cut);
            ImageRequestBuilder request = asked.settings.apply(mmgen.generate());
            request.inpaint(scene, Mask.of(placement.cut(region)));
            return progress.run(mmgen, request, DRAWING).stream()
                    .map(image -> new Task.Result(image, pasted(placement, photo, image, region)))
                    .toList();
        };
    }

    /** Returns the photo at its own size with the region as it was drawn, as {@code photo.png}. */
    private static Map<String, byte[]> pasted(
            Placement placement, RgbImage photo, MultiModalImage image, RgbImage region) {
        RgbImage whole = placement.paste(photo, image.numbers(Modality.RGB), Mask.of(region));
        return Map.of("photo.png", whole.encoded(ImageFormat.PNG));
    }

    /** Returns how photos of another shape are drawn to: windows would not fit each other. */
    private static Fit drawingFit(Fields fields) {
        Fit fit = Objects.requireNonNullElse(fields.choice("fit", Fit.class), Fit.CROP);
        if (fit == Fit.TILE) {
            throw new Problem(Problem.Kind.INVALID, "'fit' is tile, which is for reading; use crop, pad or stretch");
        }
        return fit;
    }

    /** Returns the place of what the model draws: by default as much of the picture as fits around the region. */
    private static Placement placement(MmGen mmgen, DrawingSettings settings, Fit fit, RgbImage region) {
        int width = Objects.requireNonNullElse(settings.width(), mmgen.resolution());
        int height = Objects.requireNonNullElse(settings.height(), mmgen.resolution());
        return fit == Fit.CROP
                ? Placement.around(Mask.of(region).bounds(), region, width, height)
                : Placement.of(fit, region, width, height).getFirst();
    }

    private Task reconstruct(Asked asked) {
        SceneSettings surface = SceneSettings.of(asked.fields);
        Fit fit = Objects.requireNonNullElse(asked.fields.choice("fit", Fit.class), Fit.CROP);
        Pictures.Coding coding = Pictures.Coding.of(asked.fields);
        asked.fields.requireNoOthers();
        Map<Modality, RgbImage> given = given(asked, coding);
        given.replaceAll((_, picture) -> fit == Fit.CROP ? cropped(picture, asked) : reduced(picture));
        photo(given);
        return (mmgen, progress) -> {
            MultiModalImage scene = scene(mmgen, progress, asked.settings, fit, given);
            return List.of(new Task.Result(scene, surface.files(scene)));
        };
    }

    /** Returns a scene with all modalities: those that are missing are read from the photo. */
    private static MultiModalImage scene(
            MmGen mmgen, Progress progress, DrawingSettings settings, Fit fit, Map<Modality, RgbImage> given) {
        ImageRequestBuilder request =
                settings.applySize(mmgen.understand(photo(given)).fit(fit));
        given.forEach(request::given);
        if (settings.seed() != null) {
            request.seed(settings.seed());
        }
        if (given.keySet().containsAll(mmgen.modalities().list())) {
            return new MultiModalImage(request.build().given().conditions());
        }
        return progress.run(mmgen, request, READING).getFirst();
    }

    private Map<Modality, RgbImage> given(Asked asked, Pictures.Coding coding) {
        return pictures.modalities(asked.form, asked.model.config().modalities(), coding);
    }

    private static RgbImage photo(Map<Modality, RgbImage> given) {
        RgbImage photo = given.get(Modality.RGB);
        if (photo == null) {
            throw new Problem(Problem.Kind.INVALID, "the part 'rgb' is missing; send the photo under this name");
        }
        return photo;
    }

    /** Returns what the model will see of a picture: a request that waits need not hold the whole. */
    private static RgbImage cropped(RgbImage picture, Asked asked) {
        int resolution = asked.model.resolution();
        int width = Objects.requireNonNullElse(asked.settings.width(), resolution);
        int height = Objects.requireNonNullElse(asked.settings.height(), resolution);
        return new CoverCrop(width, height).apply(picture);
    }

    /** Results that have the photo's size are of a copy of it, where it has more pixels than are drawn. */
    private RgbImage reduced(RgbImage photo) {
        double scale = Math.sqrt((double) limits.drawnPixels() / ((long) photo.width() * photo.height()));
        return scale >= 1
                ? photo
                : photo.resize(
                        Math.max(1, (int) (photo.width() * scale)),
                        Math.max(1, (int) (photo.height() * scale)),
                        Resampling.BOX);
    }
}
