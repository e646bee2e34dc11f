package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.ArrayList;
import java.util.List;

/**
 * The random drawing of the second edition's scenes: products in a studio. Colours are of one harmony, calm on ground and wall
 * and stronger on the objects.
 */
final class StudioDrawing {

    private static final Vec3 UP = new Vec3(0, 1, 0);
    private static final int MOST_SMALL = 4;

    /** From the main hue to the others, once around: neighbours, or opposites, or thirds. */
    private static final List<List<Double>> HARMONIES = List.of(
            List.of(0.0, 0.07, -0.07, 0.14),
            List.of(0.0, 0.5, 0.06, 0.56),
            List.of(0.0, 0.42, 0.58, 0.05),
            List.of(0.0, 0.33, -0.33, 0.06),
            List.of(0.0, 0.25, 0.5, -0.06));

    private final SceneRandom random;
    private final Framing framing;
    private final List<Double> harmony;
    private final double stageHue;
    private final double stageLightness;

    StudioDrawing(SceneRandom random) {
        this.random = random;
        this.framing = new Framing(random);
        this.stageHue = random.between(0, 1);
        this.harmony = random.pick(HARMONIES);
        this.stageLightness = random.between(0.62, 0.9);
    }

    Scene draw() {
        Category category = random.pick(ShapesWorld.SECOND.categories());
        double pitch = random.between(0.16, 0.6);
        Form form = category.form(1, pitch, random);
        double mainHue = stageHue + random.between(-0.5, 0.5);
        SceneObject main =
                new SceneObject(category, form, new Vec3(0, form.rest(), 0), materials(category, 1, mainHue));
        double halfView = StrictMath.tan(random.between(0.2, 0.36));
        Camera camera = framing.camera(main, pitch, halfView, random.between(0.54, 0.68));
        Scene.Stage stage = random.chance(0.6) ? sweep(camera) : room(camera);
        List<SceneObject> objects = new ArrayList<>();
        objects.add(main);
        int small = random.below(MOST_SMALL + 1);
        for (int i = 0; i < small; i++) {
            double hue = mainHue + harmony.get(1 + i % (harmony.size() - 1));
            addSmall(objects, camera, stage.backdrop(), pitch, hue);
        }
        return new Scene(ShapesWorld.SECOND, camera, lights(), stage, objects);
    }

    private void addSmall(List<SceneObject> objects, Camera camera, Scene.Backdrop backdrop, double pitch, double hue) {
        Category category = random.pick(ShapesWorld.SECOND.categories());
        double radius = random.between(0.32, 0.5);
        Form form = category.form(radius, pitch, random);
        SceneObject small = new SceneObject(category, form, Vec3.ZERO, materials(category, radius, hue));
        SceneObject placed = framing.place(small, objects, camera, backdrop);
        if (placed != null) {
            objects.add(placed);
        }
    }

    /** A sheet of paper that runs from the ground up the wall. */
    private Scene.Stage sweep(Camera camera) {
        double chroma = random.between(0.0, 0.07);
        Vec3 paper = new Oklch(stageLightness, chroma, stageHue).linear();
        Vec3 high = new Oklch(
                        stageLightness + random.between(-0.12, 0.04), chroma, stageHue + random.between(-0.05, 0.05))
                .linear();
        Scene.Backdrop wall =
                wall(camera, random.between(0.7, 2.4), new Scene.Paint(paper, high, random.between(3, 6)));
        return new Scene.Stage(new Scene.Ground(Material.matt(paper), Rotation.standing(0)), wall);
    }

    /** A floor or table top before a painted wall. */
    private Scene.Stage room(Camera camera) {
        double hue = stageHue + random.between(-0.06, 0.06) + (random.chance(0.3) ? 0.5 : 0);
        double chroma = random.between(0.01, 0.07);
        double lightness = random.between(0.6, 0.9);
        Vec3 low = new Oklch(lightness, chroma, hue).linear();
        Vec3 high =
                new Oklch(lightness + random.between(-0.1, 0.08), chroma, hue + random.between(-0.04, 0.04)).linear();
        Scene.Paint paint = new Scene.Paint(low, high, random.between(2, 5));
        Rotation pattern = Rotation.standing(random.between(0, 2 * Math.PI));
        return new Scene.Stage(new Scene.Ground(floor(), pattern), wall(camera, 0, paint));
    }

    private Scene.Backdrop wall(Camera camera, double curve, Scene.Paint paint) {
        double distance = Framing.wallDistance(camera, random.between(0.25, 0.75), 2.0 + 0.7 * curve);
        double angle = random.between(-0.25, 0.25);
        return new Scene.Backdrop(new Vec3(StrictMath.sin(angle), 0, StrictMath.cos(angle)), distance, curve, paint);
    }

    private Material floor() {
        Texture texture =
                random.pick(List.of(Texture.PLAIN, Texture.WOOD, Texture.WOOD, Texture.CHECKS, Texture.MARBLE));
        double gloss = random.chance(0.4) ? random.between(0.1, 0.5) : 0;
        double shift = random.between(0, 1);
        if (texture == Texture.WOOD) {
            double hue = random.between(0.14, 0.2);
            double lightness = random.between(0.55, 0.8);
            Vec3 first = new Oklch(lightness, random.between(0.04, 0.09), hue).linear();
            Vec3 second =
                    new Oklch(lightness - random.between(0.05, 0.11), random.between(0.05, 0.09), hue - 0.01).linear();
            return new Material(first, second, texture, random.between(1.0, 1.8), shift, gloss);
        }
        double chroma = random.between(0, 0.05);
        double step = texture == Texture.MARBLE ? random.between(0.12, 0.25) : random.between(0.06, 0.16);
        double darker = stageLightness > 0.75 || random.chance(0.5) ? stageLightness - step : stageLightness + step;
        Vec3 first = new Oklch(stageLightness, chroma, stageHue).linear();
        Vec3 second = new Oklch(darker, chroma, stageHue + random.between(-0.04, 0.04)).linear();
        return new Material(first, second, texture, random.between(0.45, 0.8), shift, gloss);
    }

    /** Solids of several parts show them by colour, and have no pattern that would hide them. */
    private List<Material> materials(Category category, double radius, double hue) {
        int colours = switch (category) {
            case RINGS -> 5;
            case TABLE, CHAIR, MUSHROOM -> 2;
            default -> 1;
        };
        boolean plain = switch (category) {
            case RINGS, ARCH, STAIRS, CHAIR, TABLE, MUSHROOM, GEM -> true;
            default -> random.chance(0.5);
        };
        double gloss = random.chance(0.55) ? random.between(0.35, 1) : random.between(0, 0.15);
        double lightness = random.between(0.5, 0.82);
        double chroma = random.between(0.06, 0.16);
        List<Material> materials = new ArrayList<>();
        for (int i = 0; i < colours; i++) {
            double turn = harmony.get(i % harmony.size());
            double lighter = lightness + (i % 2 == 0 ? 0 : lightness > 0.66 ? -0.18 : 0.18);
            materials.add(material(new Oklch(lighter, chroma, hue + turn), plain, radius, gloss));
        }
        return materials;
    }

    private Material material(Oklch colour, boolean plain, double radius, double gloss) {
        Texture texture = plain
                ? Texture.PLAIN
                : random.pick(List.of(Texture.STRIPES, Texture.CHECKS, Texture.WOOD, Texture.MARBLE));
        double shift = random.between(0, 1);
        double step = random.between(0.1, 0.22);
        double other = colour.lightness() > 0.62 ? colour.lightness() - step : colour.lightness() + step;
        double scale = random.between(0.8, 1.25) / radius;
        if (texture == Texture.WOOD) {
            double hue = random.between(0.12, 0.2);
            Vec3 light = new Oklch(random.between(0.62, 0.8), random.between(0.06, 0.11), hue).linear();
            Vec3 dark = new Oklch(random.between(0.45, 0.58), random.between(0.06, 0.1), hue - 0.015).linear();
            return new Material(light, dark, texture, 1.2 * scale, shift, Math.min(gloss, 0.5));
        }
        Vec3 first = colour.linear();
        double turn = random.between(-0.06, 0.06);
        Vec3 second = new Oklch(other, colour.chroma() * random.between(0.3, 1), colour.hue() + turn).linear();
        return new Material(first, second, texture, scale, shift, gloss);
    }

    /** A large soft key lamp, a larger weak one opposite, and now and then one from behind. */
    private List<Scene.Light> lights() {
        double side = random.chance(0.5) ? 1 : -1;
        double warmth = random.between(-0.05, 0.09);
        double ambient = random.between(0.26, 0.36);
        List<Scene.Light> lights = new ArrayList<>();
        lights.add(lamp(
                side * random.between(0.25, 1.1),
                random.between(0.62, 1.1),
                random.between(0.1, 0.3),
                tint(warmth, random.between(0.85, 1.1)),
                tint(-0.5 * warmth, ambient)));
        lights.add(lamp(
                -side * random.between(0.6, 1.3),
                random.between(0.5, 0.9),
                random.between(0.28, 0.42),
                tint(-warmth, random.between(0.15, 0.32)),
                Vec3.ZERO));
        if (random.chance(0.35)) {
            lights.add(lamp(
                    Math.PI + random.between(-0.7, 0.7),
                    random.between(0.75, 1.1),
                    random.between(0.15, 0.3),
                    tint(0.5 * warmth, random.between(0.2, 0.4)),
                    Vec3.ZERO));
        }
        return lights;
    }

    private static Vec3 tint(double warmth, double strength) {
        return new Vec3(1 + warmth, 1, 1 - warmth).times(strength);
    }

    private Scene.Light lamp(double azimuth, double height, double size, Vec3 colour, Vec3 ambient) {
        Vec3 direction = new Vec3(
                StrictMath.sin(azimuth) * StrictMath.cos(height),
                StrictMath.sin(height),
                StrictMath.cos(azimuth) * StrictMath.cos(height));
        Vec3 across = direction.cross(UP).unit();
        double slim = random.between(0.7, 1.3);
        return new Scene.Light(
                direction, across.times(size * slim), across.cross(direction).times(size / slim), colour, ambient);
    }
}
