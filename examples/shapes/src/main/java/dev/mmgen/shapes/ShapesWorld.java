package dev.mmgen.shapes;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The editions of the world of shapes: each makes a scene of every seed, and keeps making the same one, since trained models
 * and reported figures depend on its pixels.
 *
 * {@snippet class="dev.mmgen.shapes.SnippetsTest" region="world"}
 */
public enum ShapesWorld {

    /** Ten categories under one small lamp, for pictures of 64 × 64. */
    FIRST(10, 64),

    /** Sixteen categories in a studio with soft lamps, for pictures of 128 × 128: the world of the model in the box. */
    SECOND(16, 128);

    private final List<Category> categories;
    private final ShapePalette palette;
    private final int size;

    ShapesWorld(int categories, int size) {
        this.categories = List.of(Arrays.copyOf(Category.values(), categories));
        this.palette = new ShapePalette(Rendering.FIRST_OBJECT + categories);
        this.size = size;
    }

    /**
     * Returns the edition with so many categories: that of a model, by its classes.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ShapesWorld ofCategories(int count) {
        return Arrays.stream(values())
                .filter(edition -> edition.categories.size() == count)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no edition of the world of shapes has " + count
                        + " categories; there are those of 10 (first) and 16 (second)"));
    }

    /** Returns the scene of a seed, always the same. {@link Split} divides the seeds into training, validation and test. */
    public Scene scene(long seed) {
        SceneRandom random = new SceneRandom(seed);
        return this == FIRST ? new SceneDrawing(random).draw() : new StudioDrawing(random).draw();
    }

    /** Returns the categories, in the order of class numbers; those of the first edition come first. */
    public List<Category> categories() {
        return categories;
    }

    /** Returns the categories in turn, over and over, so that any number has about as many of each. */
    public List<Category> categoriesInTurn(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> categories.get(i % categories.size()))
                .toList();
    }

    /** Returns the number of labels: ground, backdrop, and one for each category. */
    public int labels() {
        return palette.size();
    }

    /** Returns the colours of the labels. */
    public ShapePalette palette() {
        return palette;
    }

    /** Returns the height and width of the pictures that the edition is made for. */
    public int size() {
        return size;
    }

    /** Returns the name in files and options: {@code first} and so on. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Renders the scene of a seed at the edition's {@link #size}. */
    public Rendering render(long seed) {
        return render(scene(seed), size, size);
    }

    /**
     * Renders a scene, as its edition does. Safe to call from many threads; the pixels do not depend on them.
     *
     * @param width  of the pictures; the angle of view across follows from it
     * @param height of the pictures
     * @throws IllegalArgumentException if a side is not positive
     */
    public static Rendering render(Scene scene, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "a rendering cannot have " + width + " x " + height + " pixels; both must be at least 1");
        }
        return scene.edition() == FIRST
                ? new RayCaster(scene).render(width, height)
                : new StudioRenderer(scene, width, height).render();
    }
}
