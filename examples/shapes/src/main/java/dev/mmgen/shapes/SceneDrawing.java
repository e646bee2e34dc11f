package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.ArrayList;
import java.util.List;

/**
 * The random drawing of the first edition's scenes: a main solid of radius 1 near the middle, and smaller ones that neither touch nor hide it.
 */
final class SceneDrawing {

    private static final Vec3 UP = new Vec3(0, 1, 0);
    private static final int MOST_SMALL = 3;
    private final SceneRandom random;
    private final Framing framing;
    private final double groundHue;

    SceneDrawing(SceneRandom random) {
        this.random = random;
        this.framing = new Framing(random);
        this.groundHue = random.between(0, 1);
    }

    Scene draw() {
        Category category = random.pick(ShapesWorld.FIRST.categories());
        double pitch = random.between(0.2, 0.66);
        Form form = category.form(1, pitch, random);
        SceneObject main = new SceneObject(category, form, new Vec3(0, form.rest(), 0), materials(category, 1));
        double halfView = StrictMath.tan(random.between(0.26, 0.46));
        Camera camera = framing.camera(main, pitch, halfView, random.between(0.5, 0.65));
        Scene.Backdrop backdrop = backdrop(camera);
        List<SceneObject> objects = new ArrayList<>();
        objects.add(main);
        int small = random.below(MOST_SMALL + 1);
        for (int i = 0; i < small; i++) {
            addSmall(objects, camera, backdrop, pitch);
        }
        Scene.Light light = light();
        return new Scene(ShapesWorld.FIRST, camera, List.of(light), new Scene.Stage(ground(), backdrop), objects);
    }

    /** The wall meets the ground in the upper part of the picture, unless that is too near or too far. */
    private Scene.Backdrop backdrop(Camera camera) {
        double distance = Framing.wallDistance(camera, random.between(0.3, 0.8), 1.8);
        double angle = random.between(-0.3, 0.3);
        double hue = random.between(0, 1);
        double saturation = random.between(0.03, 0.35);
        Vec3 low = Colours.linear(hue, saturation, random.between(0.55, 0.95));
        Vec3 high = Colours.linear(
                hue + random.between(-0.1, 0.1), saturation + random.between(0, 0.2), random.between(0.6, 0.95));
        Scene.Paint paint = new Scene.Paint(low, high, random.between(2, 5));
        return new Scene.Backdrop(new Vec3(StrictMath.sin(angle), 0, StrictMath.cos(angle)), distance, 0, paint);
    }

    private void addSmall(List<SceneObject> objects, Camera camera, Scene.Backdrop backdrop, double pitch) {
        Category category = random.pick(ShapesWorld.FIRST.categories());
        double radius = random.between(0.32, 0.48);
        Form form = category.form(radius, pitch, random);
        SceneObject small = new SceneObject(category, form, Vec3.ZERO, materials(category, radius));
        SceneObject placed = framing.place(small, objects, camera, backdrop);
        if (placed != null) {
            objects.add(placed);
        }
    }

    private Scene.Light light() {
        double azimuth = random.between(-1.3, 1.3);
        double height = random.between(0.55, 1.15);
        Vec3 direction = new Vec3(
                StrictMath.sin(azimuth) * StrictMath.cos(height),
                StrictMath.sin(height),
                StrictMath.cos(azimuth) * StrictMath.cos(height));
        double size = random.between(0.01, 0.12);
        Vec3 across = direction.cross(UP).unit().times(size);
        Vec3 along = across.cross(direction);
        double warmth = random.between(-0.1, 0.14);
        double strength = random.between(0.85, 1.15);
        double rest = random.between(0.28, 0.45);
        Vec3 colour = new Vec3(1 + warmth, 1, 1 - warmth).times(strength);
        Vec3 ambient = new Vec3(1 - 0.6 * warmth, 1, 1 + 0.6 * warmth).times(rest);
        return new Scene.Light(direction, across, along, colour, ambient);
    }

    private Scene.Ground ground() {
        double saturation = random.between(0.02, 0.3);
        double value = random.between(0.5, 0.9);
        Vec3 first = Colours.linear(groundHue, saturation, value);
        Vec3 second =
                Colours.linear(groundHue + random.between(-0.05, 0.05), saturation, value * random.between(0.74, 0.9));
        Material material =
                new Material(first, second, texture(0.4), random.between(0.3, 0.6), random.between(0, 1), 0);
        return new Scene.Ground(material, Rotation.standing(random.between(0, 2 * Math.PI)));
    }

    /** Solids of several parts show them by colour, and have no pattern that would hide them. */
    private List<Material> materials(Category category, double radius) {
        int colours = switch (category) {
            case RINGS -> 5;
            case TABLE -> 2;
            default -> 1;
        };
        double plain = category == Category.ARCH || colours > 1 ? 1 : 0.45;
        double hue = groundHue + random.between(0.15, 0.85);
        List<Material> materials = new ArrayList<>();
        for (int i = 0; i < colours; i++) {
            // Neighbouring parts differ in hue by the golden ratio, so no two of them look alike.
            materials.add(material(hue + 0.618 * i, plain, radius));
        }
        return materials;
    }

    private Material material(double hue, double plain, double radius) {
        double saturation = random.between(0.4, 0.9);
        double value = random.between(0.5, 0.97);
        Vec3 first = Colours.linear(hue, saturation, value);
        double other = value > 0.7 ? value * random.between(0.45, 0.7) : Math.min(1, value * random.between(1.4, 1.8));
        Vec3 second = Colours.linear(hue + random.between(-0.12, 0.12), saturation * random.between(0.3, 1), other);
        double scale = random.between(0.8, 1.3) / radius;
        return new Material(first, second, texture(plain), scale, random.between(0, 1), random.between(0, 0.6));
    }

    private Texture texture(double plain) {
        return random.chance(plain)
                ? Texture.PLAIN
                : random.pick(List.of(Texture.STRIPES, Texture.CHECKS, Texture.SPECKLE));
    }
}
