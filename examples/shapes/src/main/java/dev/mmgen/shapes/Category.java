package dev.mmgen.shapes;

import java.util.Locale;

/**
 * The kinds of solids. The class of a scene is the category of its main solid. {@link ShapesWorld#categories} says which an
 * edition of the world has; a later one has those of the earlier ones first, so numbers stay.
 */
public enum Category {

    /** A ball. */
    SPHERE(Forms::sphere),
    /** A cube, upright. */
    CUBE(Forms::cube),
    /** A cylinder, standing or lying with its side to the viewer. */
    CYLINDER(Forms::cylinder),
    /** A cone on its flat side. */
    CONE(Forms::cone),
    /** A ring, lying if seen well from above, else standing. */
    TORUS(Forms::torus),
    /** A pyramid on a square. */
    PYRAMID(Forms::pyramid),
    /** A cylinder with round ends, standing or lying. */
    CAPSULE(Forms::capsule),
    /** Rings on a pole, smaller towards the top. */
    RINGS(Forms::rings),
    /** A block with a round-topped passage. */
    ARCH(Forms::arch),
    /** A table with four legs. */
    TABLE(Forms::table),
    /** Four steps, rising to one side. */
    STAIRS(MoreForms::stairs),
    /** A thick star of five points, upright, towards the viewer. */
    STAR(MoreForms::star),
    /** A cup with a handle at its side. */
    MUG(MoreForms::mug),
    /** A dome on a stem. */
    MUSHROOM(MoreForms::mushroom),
    /** A cut stone of eight sides on its lower tip. */
    GEM(MoreForms::gem),
    /** A chair with a back, towards the viewer. */
    CHAIR(MoreForms::chair);

    private final Builder builder;

    Category(Builder builder) {
        this.builder = builder;
    }

    /** The function that draws a form of a category at random. */
    private interface Builder {
        Form build(Forms forms);
    }

    /** Returns the class name: {@code sphere} and so on. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Draws a form.
     *
     * @param radius of the ball that holds it
     * @param pitch  how far down the camera looks, in radians
     */
    Form form(double radius, double pitch, SceneRandom random) {
        return builder.build(new Forms(radius, pitch, random));
    }
}
