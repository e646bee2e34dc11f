package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.ArrayList;
import java.util.List;

/**
 * The random drawing of scenes: a main solid of radius 1 near the middle, and smaller ones that neither touch nor hide it.
 */
final class SceneDrawing {

    private static final Vec3 UP = new Vec3(0, 1, 0);
    private static final int MOST_SMALL = 3;
    private static final int ATTEMPTS = 60;

    /** The least radius in the picture, in half heights: 4.5 pixels of 64. */
    private static final double SMALLEST = 0.14;

    private final SceneRandom random;
    private final double groundHue;

    SceneDrawing(SceneRandom random) {
        this.random = random;
        this.groundHue = random.between(0, 1);
    }

    Scene draw() {
        Category category = random.pick(List.of(Category.values()));
        double pitch = random.between(0.2, 0.66);
        Form form = category.form(1, pitch, random);
        SceneObject main = new SceneObject(category, form, new Vec3(0, form.rest(), 0), materials(category, 1));
        Camera camera = camera(main, pitch);
        Scene.Backdrop backdrop = backdrop(camera);
        List<SceneObject> objects = new ArrayList<>();
        objects.add(main);
        int small = random.below(MOST_SMALL + 1);
        for (int i = 0; i < small; i++) {
            addSmall(objects, camera, backdrop, pitch);
        }
        return new Scene(camera, light(), ground(), backdrop, objects);
    }

    /** The camera's distance decides the size of the main solid in the picture, its direction the place. */
    private Camera camera(SceneObject main, double pitch) {
        double halfView = StrictMath.tan(random.between(0.26, 0.46));
        double size = random.between(0.5, 0.65);
        double distance = Math.sqrt(1 + 1 / (size * halfView * size * halfView));
        Vec3 away = new Vec3(0, StrictMath.sin(pitch), StrictMath.cos(pitch));
        double room = 0.8 * (1 - size);
        double yaw = StrictMath.atan(halfView * random.between(-room, room));
        double nod = pitch + StrictMath.atan(halfView * random.between(-0.6 * room, 0.5 * room));
        Vec3 forward = new Vec3(
                StrictMath.sin(yaw) * StrictMath.cos(nod),
                -StrictMath.sin(nod),
                -StrictMath.cos(yaw) * StrictMath.cos(nod));
        return Camera.looking(main.position().plus(distance, away), forward, halfView);
    }

    /** The wall meets the ground in the upper part of the picture, unless that is too near or too far. */
    private Scene.Backdrop backdrop(Camera camera) {
        Vec3 way = camera.ray(0, random.between(0.3, 0.8)).direction();
        Vec3 foot = camera.position().plus(-camera.position().y() / Math.min(way.y(), -1e-3), way);
        double distance = Math.clamp(-foot.z(), 1.8, 9.0);
        double angle = random.between(-0.3, 0.3);
        double hue = random.between(0, 1);
        double saturation = random.between(0.03, 0.35);
        Vec3 low = Colours.linear(hue, saturation, random.between(0.55, 0.95));
        Vec3 high = Colours.linear(
                hue + random.between(-0.1, 0.1), saturation + random.between(0, 0.2), random.between(0.6, 0.95));
        return new Scene.Backdrop(
                new Vec3(StrictMath.sin(angle), 0, StrictMath.cos(angle)), distance, low, high, random.between(2, 5));
    }

    private void addSmall(List<SceneObject> objects, Camera camera, Scene.Backdrop backdrop, double pitch) {
        Category category = random.pick(List.of(Category.values()));
        double radius = random.between(0.32, 0.48);
        Form form = category.form(radius, pitch, random);
        List<Material> materials = materials(category, radius);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Vec3 place = new Vec3(random.between(-4, 4), form.rest(), random.between(-6, 3));
            SceneObject object = new SceneObject(category, form, place, materials);
            if (place.dot(backdrop.normal()) + backdrop.distance() > form.radius() && fits(object, objects, camera)) {
                objects.add(object);
                return;
            }
        }
    }

    private static boolean fits(SceneObject object, List<SceneObject> objects, Camera camera) {
        Camera.Disc disc = camera.project(object.position(), object.form().radius());
        SceneObject main = objects.getFirst();
        double largest =
                0.55 * camera.project(main.position(), main.form().radius()).radius();
        double margin = 0.96 - disc.radius();
        if (disc.depth() < 1
                || disc.radius() < SMALLEST
                || disc.radius() > largest
                || Math.abs(disc.x()) > margin
                || Math.abs(disc.y()) > margin) {
            return false;
        }
        for (SceneObject other : objects) {
            Camera.Disc otherDisc =
                    camera.project(other.position(), other.form().radius());
            // The farther one may show half of itself, no less.
            double hidden = disc.depth() < otherDisc.depth() ? disc.radius() : otherDisc.radius();
            boolean hides = other == main && disc.depth() < otherDisc.depth();
            double apart = hides ? disc.radius() + otherDisc.radius() : Math.max(hidden, 0.8 * otherDisc.radius());
            double reach = object.form().radius() + other.form().radius();
            if (object.position().minus(other.position()).length() < reach || disc.distance(otherDisc) < apart) {
                return false;
            }
        }
        return true;
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
